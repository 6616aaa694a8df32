/** Runs the programs of `examples/` as a user would: a process of its own, from the root of the package. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const onDeno = "Deno" in globalThis;

/** The repository; compiled, the npm package. */
const root: URL = new URL("../", import.meta.url);

/** A program that hangs fails its test, with what it said so far. */
const PATIENCE = 60_000;

/** `.js` where the programs are compiled. */
const inThisForm = (path: string): string => onDeno ? path : path.replace(/\.ts$/, ".js");

/** How a program ended. */
export interface ProgramResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The `deno run …` line in the first comment of an example. */
export async function commandOf(example: string): Promise<string[]> {
  const source = await readFile(new URL(inThisForm(example), root), "utf8");
  const line = /^ \* +(deno run .*)$/m.exec(source.slice(0, source.indexOf("*/")))?.[1];
  if (line === undefined) throw new Error(`Cannot run ${example}: its first comment has no "deno run" line`);
  return line.trim().split(/ +/);
}

/** Starts `deno …` under Deno; elsewhere the compiled form of the script it names, with the same arguments. */
export function startProgram(command: readonly string[]): ChildProcessWithoutNullStreams {
  const script = command.findIndex((word) => word.endsWith(".ts"));
  const args = onDeno ? command.slice(1) : command.slice(script).map(inThisForm);
  return spawn(process.execPath, args, {
    cwd: fileURLToPath(root),
    // The update check of Deno opens sockets of its own.
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    timeout: PATIENCE,
  });
}

/** Runs a program to its end. */
export async function runProgram(command: readonly string[], input = ""): Promise<ProgramResult> {
  const child = startProgram(command);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
