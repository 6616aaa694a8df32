/**
 * Runs compiled test files on Node: `node tests/node_runner.js [--filter=regular expression] file …`.
 *
 * `node --test` follows every promise of a test with `async_hooks`: in a package that is made of promises that is half of
 * all time. So this does what the tests need of it, and prints its words: a process for each file, one test after the
 * other, a test that rejects, hangs or leaves a rejection to nobody fails, and so does a file that cannot end.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { collectInto, type Declared } from "./declared.ts";

/** The slowest test needs a fifth of it on a busy machine. */
const PATIENCE = 60_000;

/** How long what a file has left open may take to go away by itself; `--leaving=ms` for the test of that. */
const LEAVING = 10_000;

/** What a file's process says at its end, for the one that started it. */
interface Summary {
  pass: number;
  fail: number;
  skipped: number;
}

/** Runs the tests of one file in this process. */
async function runFile(path: string, filter: RegExp, leaving: number): Promise<void> {
  const summary: Summary = { pass: 0, fail: 0, skipped: 0 };
  let failCurrent: ((error: unknown) => void) | undefined;
  const fail = (name: string, error: unknown): void => {
    summary.fail++;
    console.log(`✖ ${name}`, error);
  };
  const unowned = (error: unknown): void => failCurrent === undefined ? fail(path, error) : failCurrent(error);
  process.on("uncaughtException", unowned);
  process.on("unhandledRejection", unowned);
  // Nothing is left that could settle it. The process would end as if all were well.
  process.on("beforeExit", () => failCurrent?.(new Error("nothing is left to wait for, and it has not settled")));
  let done = false;
  process.on("exit", () => {
    if (!done) fail(path, new Error("the process ended before its tests"));
    process.exitCode = summary.fail > 0 ? 1 : 0;
    console.log(`summary ${JSON.stringify(summary)}`);
  });

  const declared: Declared[] = [];
  collectInto(declared);
  await import(pathToFileURL(path).href);
  for (const { name, options, body } of declared) {
    if (!filter.test(name)) continue;
    if (options.skip) {
      summary.skipped++;
      console.log(`﹣ ${name} # SKIP`);
      continue;
    }
    const started = performance.now();
    const patience = new AbortController();
    const late = delay(PATIENCE, undefined, { ref: false, signal: patience.signal })
      .then(() => Promise.reject(new Error(`it has not settled within ${PATIENCE} ms`)));
    const unownedFails = new Promise<never>((_, reject) => failCurrent = reject);
    try {
      await Promise.race([body(), late, unownedFails]);
      summary.pass++;
      console.log(`✔ ${name} (${(performance.now() - started).toFixed(1)}ms)`);
    } catch (error) {
      fail(name, error);
    }
    failCurrent = undefined;
    patience.abort();
    late.catch(() => {}); // Nobody waits for it any more.
  }
  done = true;
  setTimeout(() => {
    fail(path, new Error(`it cannot end: ${process.getActiveResourcesInfo().join(", ")}`));
    process.exit();
  }, leaving).unref();
}

/** Runs each file in a process of its own and shows what it prints. */
async function runFiles(paths: string[], options: string[]): Promise<void> {
  const total: Summary = { pass: 0, fail: 0, skipped: 0 };
  for (const path of paths) {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), ...options, "--here", path];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const output = await text(child.stdout);
    const found = /^summary (.*)$/m.exec(output);
    const summary: Summary = found ? JSON.parse(found[1]!) : { pass: 0, fail: 1, skipped: 0 };
    console.log(found ? output.slice(0, found.index).trimEnd() : `${output}\n✖ ${path} has not come to its end`);
    for (const key of ["pass", "fail", "skipped"] as const) total[key] += summary[key];
  }
  for (const [word, number] of Object.entries(total)) console.log(`ℹ ${word} ${number}`);
  if (total.fail > 0) process.exitCode = 1;
}

const words = process.argv.slice(2);
const value = (option: string) => words.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1);
const options = words.filter((word) => word.startsWith("--"));
const paths = words.filter((word) => !word.startsWith("--"));
if (words.includes("--here")) {
  await runFile(paths[0]!, new RegExp(value("--filter") ?? ""), Number(value("--leaving") ?? LEAVING));
} else {
  await runFiles(paths, options);
}
