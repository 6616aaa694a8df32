/**
 * Applies each sabotage of `tests/mutants.ts` to a copy of the project and runs the test that must fail.
 * `deno task mutants [part of an id]` runs only those.
 *
 * A result counts only if the same test passes on the untouched copy: a broken or misspelt test would "catch"
 * everything.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants } from "../tests/mutants.ts";
import type { Mutant } from "../tests/mutants/mutant.ts";
import { buildNpm } from "./build_npm.ts";
import { run } from "./run.ts";
import { installTestDependencies, nodeTestCommand } from "./test_node.ts";

/** What a test may need of the project. */
const TREE = [
  "deno.json",
  "deno.lock",
  "mod.ts",
  "lib",
  "tests",
  "examples",
  "scripts",
  "interop",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
];
/** Copies at work at once: two keep two cores busy, and tests with timing in them stay honest. */
const PARALLEL = 2;
/** A sabotage often shows as a test that never ends; the slowest single test needs far less. */
const TIMEOUT = 20_000;

const root = fileURLToPath(new URL("../", import.meta.url));

type Outcome = "passed" | "failed" | "hung" | "not run";

/** One test on one copy. "not run": nothing matched the filter, or the sabotage does not even parse. */
async function runTest(
  tree: string,
  { test, runtime = "deno" }: Mutant,
): Promise<{ outcome: Outcome; output: string }> {
  if (runtime === "node") await buildNpm(tree);
  const command = runtime === "node"
    ? nodeTestCommand("node", [join("npm", test.file.replace(/\.ts$/, ".js"))], test.filter)
    : ["deno", "test", "--no-check", "-A", "--filter", test.filter, test.file];
  const { code, timedOut, output } = await run(command, { cwd: tree, timeout: TIMEOUT, env: { NO_COLOR: "1" } });
  const count = (word: string) => {
    const found = runtime === "node" ? new RegExp(`^ℹ ${word} (\\d+)`, "m") : new RegExp(`(\\d+) ${word}`);
    return Number(found.exec(output)?.[1] ?? 0);
  };
  if (timedOut) return { outcome: "hung", output };
  if (code === 0) return { outcome: count(runtime === "node" ? "pass" : "passed") > 0 ? "passed" : "not run", output };
  return { outcome: count(runtime === "node" ? "fail" : "failed") > 0 ? "failed" : "not run", output };
}

/** Sabotages, tests, repairs. */
async function tryMutant(tree: string, mutant: Mutant): Promise<{ outcome: Outcome; output: string }> {
  const path = join(tree, mutant.file);
  const original = await readFile(path, "utf8");
  await writeFile(path, original.replace(mutant.find, () => mutant.replace));
  try {
    return await runTest(tree, mutant);
  } finally {
    await writeFile(path, original);
  }
}

/** Everything that can be said without running: the sentence, or null. */
async function mistakeIn(mutant: Mutant): Promise<string | null> {
  const source = await readFile(join(root, mutant.file), "utf8");
  const times = source.split(mutant.find).length - 1;
  if (times !== 1) return `its text occurs ${times} times in ${mutant.file}, want 1`;
  if (mutants.filter(({ id }) => id === mutant.id).length > 1) return "its id is used twice";
  return null;
}

async function copyTree(into: string): Promise<string> {
  await mkdir(into);
  for (const path of TREE) await cp(join(root, path), join(into, path), { recursive: true });
  await mkdir(join(into, "npm"));
  await symlink(join(root, "npm/node_modules"), join(into, "npm/node_modules"));
  return into;
}

/** Works through `jobs`, one at a time in each tree. */
async function inTrees<T>(trees: string[], jobs: T[], work: (tree: string, job: T) => Promise<void>): Promise<void> {
  const queue = [...jobs];
  await Promise.all(trees.map(async (tree) => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await work(tree, job);
  }));
}

const problems: string[] = [];
let survived = 0;
const chosen = mutants.filter(({ id }) => id.includes(Deno.args[0] ?? ""));
if (chosen.some(({ runtime }) => runtime === "node")) {
  await mkdir(join(root, "npm"), { recursive: true });
  await installTestDependencies(root);
}
const folder = await mkdtemp(join(tmpdir(), "mutants_"));
try {
  const trees = await Promise.all(Array.from({ length: PARALLEL }, (_, index) => copyTree(join(folder, `${index}`))));

  const keyOf = ({ test, runtime }: Mutant) => JSON.stringify([test, runtime]);
  const untouched = new Map(chosen.map((mutant) => [keyOf(mutant), mutant]));
  const broken = new Set<string>();
  await inTrees(trees, [...untouched], async (tree, [key, mutant]) => {
    const { outcome, output } = await runTest(tree, mutant);
    if (outcome === "passed") return;
    broken.add(key);
    problems.push(`${mutant.test.file} "${mutant.test.filter}": ${outcome} without any sabotage\n${output}`);
  });

  await inTrees(trees, chosen, async (tree, mutant) => {
    const started = performance.now();
    const mistake = broken.has(keyOf(mutant)) ? "its test does not pass without it" : await mistakeIn(mutant);
    const { outcome, output } = mistake === null
      ? await tryMutant(tree, mutant)
      : { outcome: "not run" as const, output: mistake };
    const caught = outcome === "failed" || outcome === "hung";
    const verdict = caught
      ? `caught${outcome === "hung" ? " (hang)" : ""}`
      : outcome === "passed"
      ? "SURVIVED"
      : "NOT RUN";
    console.log(`${verdict.padEnd(13)} ${mutant.id} (${Math.round(performance.now() - started)} ms)`);
    if (caught) return;
    survived++;
    problems.push(`${mutant.id}: ${verdict}. ${mutant.why}\n${output}`);
  });
} finally {
  await rm(folder, { recursive: true });
}
for (const problem of problems) console.error(`\n${problem}`);
console.log(`mutants: ${chosen.length}, survived: ${survived}`);
if (survived > 0) Deno.exit(1);
