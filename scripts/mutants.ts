/**
 * Applies each sabotage of `tests/mutants.ts` to a copy of the project and runs the test that must fail.
 * `deno task mutants [part of an id]` runs only those.
 *
 * A result counts only if the same test passes on the untouched copy: a broken or misspelt test would "catch"
 * everything.
 */
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants } from "../tests/mutants.ts";
import type { Mutant } from "../tests/mutants/mutant.ts";
import { buildNpm, rebuild } from "./build_npm.ts";
import { temporaryFolder } from "./interruption.ts";
import { run, type RunResult } from "./run.ts";
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
/** Copies at work at once: a sabotage often shows as a test that never ends, so three do not keep two cores busy. */
const PARALLEL = 3;
/** When a test of a sabotaged copy counts as hung; the slowest single test needs a fifth of it. */
const HUNG = 12_000;
/** The same for all tests of a file that its mutants name, on the untouched copy. */
const UNTOUCHED_HUNG = 60_000;

const root = fileURLToPath(new URL("../", import.meta.url));

type Outcome = "passed" | "failed" | "hung" | "not run";

/** A regular expression that matches any of the texts. */
const anyOf = (texts: string[]) => texts.map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");

/** Those tests of one file whose names contain one of `filters`, on one copy. */
async function runTests(
  tree: string,
  { test, runtime = "deno" }: Mutant,
  filters: string[],
  timeout: number,
): Promise<RunResult> {
  const command = runtime === "node"
    ? nodeTestCommand("node", [join("npm", test.file.replace(/\.ts$/, ".js"))], anyOf(filters), "npm")
    : ["deno", "test", "--no-check", "-A", "--filter", `/${anyOf(filters)}/`, test.file];
  return await run(command, { cwd: tree, timeout, env: { NO_COLOR: "1" } });
}

/** The test of one mutant. "not run": nothing matched the filter, or the sabotage does not even parse. */
async function runTest(tree: string, mutant: Mutant): Promise<{ outcome: Outcome; output: string }> {
  const { code, timedOut, output } = await runTests(tree, mutant, [mutant.test.filter], HUNG);
  const count = (denoWord: string, nodeWord: string) => {
    const found = mutant.runtime === "node"
      ? new RegExp(`^ℹ ${nodeWord} (\\d+)`, "m")
      : new RegExp(`(\\d+) ${denoWord}`);
    return Number(found.exec(output)?.[1] ?? 0);
  };
  if (timedOut) return { outcome: "hung", output };
  if (code === 0) return { outcome: count("passed", "pass") > 0 ? "passed" : "not run", output };
  return { outcome: count("failed", "fail") > 0 ? "failed" : "not run", output };
}

/** Runs what all the mutants of one test file expect to pass, at once, and gives the filters that no passed test has. */
async function notPassing(tree: string, alike: Mutant[]): Promise<{ filters: string[]; output: string }> {
  const filters = alike.map(({ test }) => test.filter);
  const { code, output } = await runTests(tree, alike[0]!, filters, UNTOUCHED_HUNG);
  if (code !== 0) return { filters, output };
  const passed = output.split("\n").filter((line) => / \.\.\. ok |^\s*✔ /.test(line));
  return { filters: filters.filter((filter) => !passed.some((line) => line.includes(filter))), output };
}

/** Sabotages, tests, repairs. */
async function tryMutant(tree: string, mutant: Mutant): Promise<{ outcome: Outcome; output: string }> {
  const path = join(tree, mutant.file);
  const original = await readFile(path, "utf8");
  const put = async (source: string) => {
    await writeFile(path, source);
    if (mutant.runtime === "node") await rebuild(tree, mutant.file);
  };
  await put(original.replace(mutant.find, () => mutant.replace));
  try {
    return await runTest(tree, mutant);
  } finally {
    await put(original);
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
  return into;
}

/** The package of each tree. Not that of the project: the matrix may be using it. */
async function buildIn([first, ...others]: string[]): Promise<void> {
  await buildNpm(first!);
  for (const tree of others) await cp(join(first!, "npm"), join(tree, "npm"), { recursive: true });
  for (const tree of [first!, ...others]) await symlink(join(root, "npm/node_modules"), join(tree, "npm/node_modules"));
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
const onNode = chosen.some(({ runtime }) => runtime === "node");
if (onNode) {
  await mkdir(join(root, "npm"), { recursive: true });
  await installTestDependencies(root);
}
{
  await using folder = temporaryFolder("mutants_");
  const trees = await Promise.all(
    Array.from({ length: PARALLEL }, (_, index) => copyTree(join(folder.path, `${index}`))),
  );
  if (onNode) await buildIn(trees);

  const broken = new Set<Mutant>();
  const byFile = Object.values(Object.groupBy(chosen, ({ test, runtime }) => `${test.file} ${runtime}`));
  await inTrees(trees, byFile.map((alike) => alike!), async (tree, alike) => {
    const { filters, output } = await notPassing(tree, alike);
    if (filters.length === 0) return;
    for (const mutant of alike) if (filters.includes(mutant.test.filter)) broken.add(mutant);
    problems.push(`${alike[0]!.test.file}: without any sabotage there is no pass of ${filters.join(", ")}\n${output}`);
  });

  await inTrees(trees, chosen, async (tree, mutant) => {
    const started = performance.now();
    const mistake = broken.has(mutant) ? "its test does not pass without it" : await mistakeIn(mutant);
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
}
for (const problem of problems) console.error(`\n${problem}`);
console.log(`mutants: ${chosen.length}, survived: ${survived}`);
if (survived > 0) Deno.exit(1);
