/**
 * The benchmark: every row on every runtime, against the raw API and the peers.
 *
 * deno task bench [row …] [--runtime deno|node20|node26|bun …] [--rounds 9]
 * deno task bench --check [folder of the project]
 * deno task bench --draw    judges, draws and writes again what was recorded: after a change of a target or of the chart
 */
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildNpm } from "../scripts/build_npm.ts";
import { npmVersions } from "../scripts/npm_imports.ts";
import { installTestDependencies } from "../scripts/test_node.ts";
import { FarProcess } from "./harness/far_process.ts";
import { type Circumstances, type Entry, judge, unsteady, variantsOf } from "./harness/judge.ts";
import { outsideVersions } from "./harness/programs.ts";
import { publish } from "./harness/publish.ts";
import { merge, readResults, textOf } from "./harness/results.ts";
import { findRuntime, type Runtime } from "./harness/runtimes.ts";
import { hold } from "./harness/session.ts";
import { heading, lineOf, mark } from "./harness/table.ts";
import { check, judgeAgain } from "./harness/check.ts";
import type { Row, RuntimeName } from "./row.ts";
import { ROWS } from "./rows/mod.ts";

const ROUNDS = 9;
/** Bun has no targets: a few rounds say enough. */
const ROUNDS_ON_BUN = 3;
/** A full run shall take less than 20 minutes: after so many no session is held a second time … */
const PATIENT = 10;
/** … and after so many there are only so many rounds. Every entry says how many it had. */
const HURRIED = 15;
const ROUNDS_IN_A_HURRY = 5;

const root = fileURLToPath(new URL("../", import.meta.url));
const resultsFile = join(root, "bench/results.json");

const { values: flags, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    draw: { type: "boolean", default: false },
    runtime: { type: "string", multiple: true, default: ["deno", "node20", "node26", "bun"] },
    rounds: { type: "string", default: String(ROUNDS) },
  },
});

if (flags.check) {
  const problems = check(positionals[0] ?? root);
  for (const problem of problems) console.error(problem);
  console.log(
    problems.length === 0 ? "bench: everything follows from the samples" : `bench: ${problems.length} differ`,
  );
  Deno.exit(problems.length === 0 ? 0 : 1);
}

if (flags.draw) {
  const again = readResults(resultsFile).map(judgeAgain).filter((entry) => entry !== null);
  writeFileSync(resultsFile, textOf(merge([], again)));
  publish(root);
  Deno.exit();
}

const rows = chosenRows(positionals);
const rounds = Number(flags.rounds);
if (!(rounds >= 1)) throw new RangeError(`Cannot run ${flags.rounds} rounds: want 1 or more`);
await buildNpm(root);
await installTestDependencies(root);
const runtimes = await findRuntimes(flags.runtime as RuntimeName[]);
const started = performance.now();
{
  await using far = new FarProcess(join(root, "bench/far_end.ts"));
  for (const row of rows) {
    console.log(heading(row, minutes()));
    for (const runtime of runtimes.filter(({ name }) => (row.on ?? []).includes(name))) {
      const entries = await measure(row, runtime, far);
      for (const entry of entries) console.log(lineOf(entry));
      // After each session: what was measured stays, and fits together, whatever happens to the rest of the run.
      writeFileSync(resultsFile, textOf(merge(readResults(resultsFile), entries)));
      publish(root);
    }
  }
}
summarize(readResults(resultsFile));
Deno.exit(); // A subject that hung may have left a pipe open.

/** Since the run began. */
function minutes(): number {
  return (performance.now() - started) / 60_000;
}

function chosenRows(ids: readonly string[]): readonly Row[] {
  const unknown = ids.find((id) => !ROWS.some((row) => row.id === id));
  if (unknown) throw new RangeError(`Cannot run row "${unknown}": there are ${ROWS.map(({ id }) => id).join(", ")}`);
  return ids.length === 0 ? ROWS : ROWS.filter(({ id }) => ids.includes(id));
}

/** Those that can be had; the run goes on without the others. */
async function findRuntimes(names: readonly RuntimeName[]): Promise<Runtime[]> {
  const found = await Promise.allSettled(names.map(findRuntime));
  for (const result of found) if (result.status === "rejected") console.error(result.reason.message);
  return found.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
}

/** A session whose raw reference is unsteady is held once more, and then taken as it is: rejected. */
async function measure(row: Row, runtime: Runtime, far: FarProcess): Promise<Entry[]> {
  const most = runtime.name === "bun" ? Math.min(rounds, ROUNDS_ON_BUN) : rounds;
  const left = minutes() > HURRIED ? ROUNDS_IN_A_HURRY : most;
  const setting = { root, far, rounds: Math.min(row.rounds ?? most, most, left) };
  let session = await hold(row, runtime, setting);
  if (unsteady(session) !== null && minutes() < PATIENT) session = await hold(row, runtime, setting);
  const circumstances = await circumstancesOf(row, runtime);
  return variantsOf(row, runtime.name).map((variant) => judge(row, variant, runtime.name, session, circumstances));
}

async function circumstancesOf(row: Row, runtime: Runtime): Promise<Circumstances> {
  const packages = npmVersions(JSON.parse(readFileSync(join(root, "deno.json"), "utf8")).imports);
  const versions: Record<string, string> = { [runtime.name]: runtime.version };
  for (const peer of row.peers.filter(({ on }) => on?.includes(runtime.name) ?? true)) {
    const version = peer.package ? packages.get(peer.package) : await outsideVersions(peer);
    if (version) versions[peer.package ?? peer.name] = version;
  }
  const [cpu] = os.cpus();
  return {
    versions,
    at: new Date().toISOString().slice(0, 16) + "Z",
    machine: `${cpu?.model.trim() || os.machine()}, ${os.cpus().length} cores, ${os.platform()} ${os.release()}`,
    command: ["deno task bench", ...Deno.args].join(" "),
  };
}

function summarize(entries: readonly Entry[]): void {
  const counts = new Map<string, number>();
  for (const entry of entries) counts.set(mark(entry), (counts.get(mark(entry)) ?? 0) + 1);
  console.log(
    `\nbench: ${[...counts].map(([word, count]) => `${count} ${word}`).join(", ")} (${minutes().toFixed(1)} min)`,
  );
}
