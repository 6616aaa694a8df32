/**
 * Runs compiled test files on Node: `node tests/node_runner.js [--filter=REGEXP] [--limit=MS] FILE …`.
 *
 * `node --test` follows every promise of a test with `async_hooks`, which in a package made of promises is half of all time,
 * and starts a process for each file. This runs all files in one process, one test after the other, and prints its words.
 * A test fails
 * - with its error, and with any rejection or exception that nobody handled while it ran;
 * - when it has not ended in time, or nothing is left that could end it;
 * - when something that keeps the process alive is still there a while later: a socket, a server, a timer, a child.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { resolve } from "node:path";
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Body, collectInto, type Declared } from "./declared.ts";

/** The slowest test needs a fifth of it on a busy machine. */
const LIMIT = 60_000;

/** Longest wait for what is just about to go: a socket closes some turns after it was let go, a child takes longer. */
const LEAVING = 2_000;

/** Between two looks. */
const LOOK_EVERY = 5;

const { values: { filter, limit }, positionals: files } = parseArgs({
  options: { filter: { type: "string", default: "" }, limit: { type: "string", default: `${LIMIT}` } },
  allowPositionals: true,
});
const wanted = new RegExp(filter);
const sum = { pass: 0, fail: 0, skipped: 0 };

/** Told of what nobody handled. */
let blame: (error: unknown) => void;
/** Told when nothing is left that could run. */
let giveUp: () => void = () => {};

/** Everything that `work` did wrong up to its end, and what it has left behind. */
async function errorsOf(work: Body): Promise<unknown[]> {
  const errors: unknown[] = [];
  const before = countResources();
  blame = (error) => errors.push(error);
  await new Promise<void>((end) => {
    const stop = (state: string): void => {
      errors.push(new Error(`Cannot end the test: ${state}`));
      end();
    };
    const timer = setTimeout(stop, Number(limit), `it still runs after ${limit} ms`).unref();
    giveUp = () => stop("nothing is left to wait for, and it has not settled");
    Promise.resolve().then(work).catch(blame).finally(() => {
      clearTimeout(timer);
      end();
    });
  });
  giveUp = () => {};
  await turn(); // Rejections are reported after the microtasks.
  const left = await leftOver(before);
  if (left.length > 0) errors.push(new Error(`Cannot end the test: it has left ${left.join(", ")}`));
  return errors;
}

/** What keeps the process alive: how many of each kind. */
function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What there is more of than before, after a wait. */
async function leftOver(before: Map<string, number>): Promise<string[]> {
  const patience = performance.now() + LEAVING;
  while (true) {
    const more = [...countResources()].map(([kind, count]) => ({ kind, count: count - (before.get(kind) ?? 0) }))
      .filter(({ count }) => count > 0);
    if (more.length === 0) return [];
    if (performance.now() > patience) return more.map(({ kind, count }) => `${count} ${kind}`);
    await delay(LOOK_EVERY);
  }
}

/** Runs one test and prints its line. */
async function run({ name, options, body }: Declared): Promise<void> {
  if (options.skip) {
    sum.skipped++;
    console.log(`﹣ ${name} # SKIP`);
    return;
  }
  const started = performance.now();
  const errors = await errorsOf(body);
  if (errors.length > 0) return fail(name, errors);
  sum.pass++;
  console.log(`✔ ${name} (${(performance.now() - started).toFixed(1)}ms)`);
}

function fail(name: string, errors: readonly unknown[]): void {
  sum.fail++;
  console.log(`✖ ${name}`, ...errors);
}

process.on("unhandledRejection", (reason) => blame(reason));
process.on("uncaughtException", (error) => blame(error));
process.on("beforeExit", () => giveUp());

let current = "the tests";
let finished = false;
process.on("exit", () => {
  if (!finished) fail(current, [new Error("Cannot go on: it has ended the process")]);
  for (const [word, number] of Object.entries(sum)) console.log(`ℹ ${word} ${number}`);
  process.exitCode = sum.fail > 0 ? 1 : 0;
});

const declared: Declared[] = [];
collectInto(declared);
for (const file of files) {
  current = file;
  const errors = await errorsOf(() => import(pathToFileURL(resolve(file)).href));
  if (errors.length > 0) fail(file, errors);
  for (const test of declared.splice(0)) {
    if (!wanted.test(test.name)) continue;
    current = test.name;
    await run(test);
  }
}
finished = true;
process.exit(); // A test that failed may have left something that keeps the process alive.
