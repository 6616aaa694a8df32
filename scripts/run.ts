/** Runs a command to its end, its output collected. */

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
  const timer = timeout === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    Deno.kill(-child.pid, "SIGKILL");
  }, timeout);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return { code, timedOut, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
