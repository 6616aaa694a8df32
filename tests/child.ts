/** Programs of their own: for what can only be seen from outside of a process. */
import { type ChildProcess, execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onDeno } from "./raw_peers.ts";

const run = promisify(execFile);

/** Where this very file is: `.ts` in the sources, `.js` in the package. */
const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** A program that hangs fails its test. */
const PATIENCE = 20_000;

/** Runs a program that is kept beside this file, to its end, perhaps behind another command; returns what it printed. */
export async function runChild(
  name: string,
  args: readonly string[],
  permissions: readonly string[] = ["-A"],
  behind: readonly string[] = [],
): Promise<string> {
  const path = fileURLToPath(new URL(`./programs/${name}.${suffix}`, import.meta.url));
  const [first, ...others] = [...behind, process.execPath];
  if (!onDeno) return (await run(first!, [...others, path, ...args], { timeout: PATIENCE })).stdout;
  // Not node:child_process: it would hand the permissions of this process down.
  const flags = ["run", "--no-prompt", "--no-check", "--quiet", ...permissions];
  const command = new Deno.Command(first!, {
    args: [...others, ...flags, path, ...args],
    stderr: "inherit",
    signal: AbortSignal.timeout(PATIENCE),
  });
  return new TextDecoder().decode((await command.output()).stdout);
}

/** What a door says in a Deno without permissions. */
export async function runPermitted(
  permissions: string[],
  door: "connect" | "listen",
  runtime: string,
  target = "127.0.0.1:9",
): Promise<{ name: string; message: string; isOurs: boolean }> {
  return JSON.parse(await runChild("try_door", [door, runtime, target], permissions));
}

/** Waits until a server has said something on its standard error. */
export function says(server: ChildProcess, words: string): Promise<boolean> {
  let log = "";
  return new Promise((resolve) => {
    server.stderr!.on("data", (chunk: Uint8Array) => {
      log += new TextDecoder().decode(chunk);
      if (log.includes(words)) resolve(true);
    });
  });
}
