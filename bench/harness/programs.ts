/** How a subject is started: its command line on each runtime. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../scripts/run.ts";
import type { Subject } from "../row.ts";
import type { Runtime } from "./runtimes.ts";

/** Where a Python with uvloop may be, when the first one has none. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** Command lines that were found, and reasons why there is none. */
const found = new Map<string, Promise<string[]>>();

/**
 * The command line of a subject, without its task.
 *
 * @throws {Error} "not measured: …", where the machine lacks what it needs.
 */
export function commandOf(subject: Subject, runtime: Runtime, root: string): Promise<string[]> {
  const { program, way } = subject;
  if (!program.includes(".")) {
    const file = join("bench/subjects", program);
    const path = runtime.name === "deno" ? join(root, `${file}.ts`) : join(root, "npm", `${file}.js`);
    return Promise.resolve([...runtime.command, path]);
  }
  const path = join(root, "bench/outside", program);
  const key = `${program} ${way}`;
  if (!found.has(key)) found.set(key, program.endsWith(".go") ? goProgram(path, root) : pythonProgram(path, way));
  return found.get(key)!;
}

/** Beside our own compiled programs, which the next build removes. */
async function goProgram(path: string, root: string): Promise<string[]> {
  const binary = join(root, "npm/bench/scanner");
  const build = await attempt(["go", "build", "-o", binary, path]);
  if (build === null) throw new Error("not measured: no go");
  if (!existsSync(binary)) throw new Error(`go build: ${build}`);
  return [binary];
}

async function pythonProgram(path: string, way: string): Promise<string[]> {
  for (const python of PYTHONS) {
    if (await attempt([python, "-c", `import ${way}; print("there")`]) === "there") return [python, path];
  }
  throw new Error(`not measured: no python3 with ${way}`);
}

/** What a command prints; `null` where there is no such command. */
async function attempt(command: string[]): Promise<string | null> {
  try {
    return (await run(command, { timeout: 120_000 })).output.trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** What a subject's language and its library are called in the results. */
export async function outsideVersions(subject: Subject): Promise<string | undefined> {
  if (subject.program.endsWith(".go")) return /go\d\S*/.exec(await attempt(["go", "version"]) ?? "")?.[0];
  if (!subject.program.endsWith(".py")) return undefined;
  const command = await found.get(`${subject.program} ${subject.way}`)?.catch(() => undefined);
  if (command === undefined) return undefined;
  const script =
    `import sys, ${subject.way} as m; print(getattr(m, "__version__", ""), "Python", sys.version.split()[0])`;
  return (await attempt([command[0]!, "-c", script]))?.trim();
}
