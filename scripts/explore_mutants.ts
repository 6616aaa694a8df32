/**
 * Lets the abort explorer alone, with no help from other tests, look for the sabotages of `tests/mutants.ts`.
 * `deno task explore:mutants [part of an id]` tries only those.
 *
 * A mutant counts only if the explorer can reach it: the sabotaged lines are executed by a scenario of `tests/explored/`,
 * as the coverage of one run on the untouched sources tells. The others are listed with what they are about.
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants } from "../tests/mutants.ts";
import { explorerMutants } from "../tests/mutants/explorer.ts";
import { kitMutants } from "../tests/mutants/kit.ts";
import type { Mutant } from "../tests/mutants/mutant.ts";
import { temporaryFolder } from "./interruption.ts";
import { run } from "./run.ts";

const TREE = ["deno.json", "deno.lock", "mod.ts", "lib", "tests", "interop", "scripts"];
/** Copies at work at once. */
const PARALLEL = 2;
/** All scenarios take a few seconds; what takes longer than this hangs in a way that virtual time cannot see. */
const TIMEOUT = 120_000;
const EXPLORE = ["deno", "run", "--no-check", "-A", "tests/explored/main.ts"];
const ENV = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };

const root = fileURLToPath(new URL("../", import.meta.url));

type Verdict = "found" | "found (hang)" | "NOT FOUND";

/** Lines that were executed at least once, by file. */
type Hits = Map<string, Map<number, number>>;

function parseLcov(lcov: string, tree: string): Hits {
  const hits: Hits = new Map();
  let lines = new Map<number, number>();
  for (const record of lcov.split("\n")) {
    if (record.startsWith("SF:")) {
      lines = new Map();
      hits.set(record.slice(3).replace(`${tree}/`, ""), lines);
    } else if (record.startsWith("DA:")) {
      const [line, count] = record.slice(3).split(",").map(Number);
      lines.set(line!, count!);
    }
  }
  return hits;
}

/**
 * What the scenarios execute, on the untouched sources, where they must find nothing; with `none` only what loading the
 * modules executes.
 */
async function coverage(tree: string, which: "all" | "none"): Promise<Hits> {
  const folder = join(tree, "coverage");
  const command = [...EXPLORE.toSpliced(2, 0, `--coverage=${folder}`), which];
  const explored = await run(command, { cwd: tree, timeout: TIMEOUT * 4, env: ENV });
  console.log(explored.output);
  if (explored.code !== 0) throw new Error("Cannot judge mutants: the explorer finds something without any sabotage");
  const report = await run(["deno", "coverage", "--lcov", "--include=/lib/", folder], {
    cwd: tree,
    timeout: TIMEOUT,
    env: ENV,
  });
  const hits = parseLcov(report.output, tree);
  await rm(folder, { recursive: true });
  return hits;
}

/**
 * Whether a scenario executes one of the lines that the sabotage changes. Loading the module executes some, too, such as
 * constants: those tell nothing.
 */
function isReached(mutant: Mutant, source: string, hits: Hits, loaded: Hits): boolean {
  const at = source.indexOf(mutant.find);
  const first = source.slice(0, at).split("\n").length;
  const last = first + mutant.find.trimEnd().split("\n").length - 1;
  const count = (of: Hits, line: number): number => of.get(mutant.file)?.get(line) ?? 0;
  for (let line = first; line <= last; line++) if (count(hits, line) > 0 && count(loaded, line) === 0) return true;
  return false;
}

async function explore(tree: string, mutant: Mutant): Promise<{ verdict: Verdict; output: string }> {
  const path = join(tree, mutant.file);
  const original = await readFile(path, "utf8");
  await writeFile(path, original.replace(mutant.find, () => mutant.replace));
  try {
    const { code, timedOut, output } = await run(EXPLORE, { cwd: tree, timeout: TIMEOUT, env: ENV });
    return { verdict: timedOut ? "found (hang)" : code === 0 ? "NOT FOUND" : "found", output };
  } finally {
    await writeFile(path, original);
  }
}

/** What the explorer said first about a mutant. */
function symptom(output: string): string {
  const line = output.split("\n").find((line) => /^ {2}\w+: |^the peer complains|^error: /.test(line)) ?? "";
  return line.trim().slice(0, 110);
}

/** The kit's own sabotages, also those in files that it shares: here it is the tool. */
const kit = new Set([...kitMutants, ...explorerMutants]);
/** Those for Node alone need another runtime. */
const chosen = mutants.filter((mutant) =>
  mutant.id.includes(Deno.args[0] ?? "") && mutant.runtime !== "node" && !kit.has(mutant) &&
  !mutant.file.startsWith("lib/testing/")
);
const reached: Mutant[] = [];
const missed: Mutant[] = [];
const unreached: Mutant[] = [];
/** Their text does not occur just once: `deno task mutants` fails for those. */
const stale: Mutant[] = [];
{
  await using folder = temporaryFolder("explore_mutants_");
  const trees = await Promise.all(Array.from({ length: PARALLEL }, async (_, index) => {
    const tree = join(folder.path, `${index}`);
    await mkdir(tree);
    for (const path of TREE) await cp(join(root, path), join(tree, path), { recursive: true });
    return tree;
  }));
  const loaded = await coverage(trees[0]!, "none");
  const hits = await coverage(trees[0]!, "all");
  for (const mutant of chosen) {
    const source = await readFile(join(root, mutant.file), "utf8");
    if (source.split(mutant.find).length !== 2) stale.push(mutant);
    else (isReached(mutant, source, hits, loaded) ? reached : unreached).push(mutant);
  }
  const queue = [...reached];
  await Promise.all(trees.map(async (tree) => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const { verdict, output } = await explore(tree, mutant);
      if (verdict === "NOT FOUND") missed.push(mutant);
      console.log(`${verdict.padEnd(13)}${mutant.id.padEnd(44)}${symptom(output)}`);
    }
  }));
}
for (const { id, file } of stale) console.log(`stale        ${id.padEnd(44)}${file}`);
for (const { id, file } of unreached) console.log(`not reached  ${id.padEnd(44)}${file}`);
for (const { id, why } of missed) console.log(`\nnot found: ${id}\n  ${why}`);
const found = reached.length - missed.length;
const share = reached.length === 0 ? 100 : Math.floor(100 * found / reached.length);
console.log(`\nexplorer: found ${found} of ${reached.length} reachable mutants (${share} %)`);
if (share < 80) Deno.exit(1);
