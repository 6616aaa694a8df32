/** Runs a command to its end, its output collected. */
import { uninterrupted, whenInterrupted } from "./interruption.ts";

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Kills the command and everything it started after so many milliseconds. */
  timeout?: number;
}

export interface RunResult {
  code: number;
  timedOut: boolean;
  /** Standard output, then standard error. */
  output: string;
}

export async function run(command: string[], options: RunOptions = {}): Promise<RunResult> {
  const { timeout, ...rest } = options;
  await uninterrupted();
  const child = new Deno.Command(command[0]!, {
    ...rest,
    args: command.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // A process group of its own, so that a test which hangs is killed together with the servers it started.
    detached: timeout !== undefined,
  }).spawn();
  let timedOut = false;
  const end = (): void => endProcess(timeout === undefined ? child.pid : -child.pid);
  const forget = whenInterrupted(end);
  const timer = timeout === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    end();
  }, timeout);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  await uninterrupted();
  forget();
  const decoder = new TextDecoder();
  return { code, timedOut, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Ends a process, or the group whose number is negative: with what it has started. */
export function endProcess(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // Nobody of it is left, which is what was wanted.
  }
}
