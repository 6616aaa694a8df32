/**
 * Everything a change must pass, the quick answers first. Stops at the first failure and shows its output.
 *
 * `--ci` goes on after a failure, shows all output, runs the demo too, lets nothing be skipped, and ends with the sum
 * of all tests.
 */
import { PACKAGES } from "./npm_runtimes.ts";
import { run } from "./run.ts";

const ci = Deno.args.includes("--ci");
/** A test that hangs must end with its output, not with the patience of the CI. Ctrl-C does the same for people. */
const limit = ci ? { timeout: 10 * 60_000 } : {};

const steps: [name: string, command: string][] = [
  ["format", "deno fmt --check"],
  ["lint", "deno lint"],
  ["types", "deno check"],
  ["types on Node 20", "deno task check:node20"],
  // Part of the tests too; here for the quick answer, and left out where the sum counts.
  ...(ci ? [] : [["style", "deno task style"] as [string, string]]),
  ["doc lint", "deno task doc:lint"],
  ["npm build", "deno task build"],
  ["API snapshot", "deno task api"],
  ["publint", "deno run -A --no-lock npm:publint@0.3.25 --strict npm"],
  ["types are right", "deno run -A --no-lock npm:@arethetypeswrong/cli@0.18.5 --pack npm --profile esm-only"],
  ["stranger", "deno task stranger"],
  ["publish dry run", "deno publish --dry-run --allow-dirty"],
  // Locally the machine's Node must do: six suites take five minutes.
  ...(ci
    ? [["tests on Deno, Node, Bun", `deno task test:runtimes deno ${Object.values(PACKAGES).join(" ")}`]]
    : [["tests, examples, leaks", "deno task test"], ["tests on Node", "deno task test:node"]]) as typeof steps,
  ...(ci ? [["demo", "deno task demo"] as [string, string]] : []),
  ["error matrix", "deno task matrix"],
  ["mutants", "deno task mutants"],
];

/** The matrix waits for timeouts of the kernel most of its time: the next step runs beside it. */
const ASIDE = "error matrix";

/** What a step's own summary says; a step without one counts as a single test. */
function count(output: string, code: number): { passed: number; failed: number; skipped: number } {
  const sum = (pattern: RegExp) => [...output.matchAll(pattern)].reduce((total, found) => total + Number(found[1]), 0);
  const mutants = sum(/^mutants: (\d+), survived: \d+$/gm);
  const survived = sum(/^mutants: \d+, survived: (\d+)$/gm);
  const cells = matrixCells(output);
  const passed = sum(/\| (\d+) passed/g) + sum(/^ℹ pass (\d+)/gm) + mutants - survived + cells.passed;
  const failed = sum(/\| (\d+) failed/g) + sum(/^ℹ (?:fail|cancelled) (\d+)/gm) + survived + cells.failed;
  const skipped = sum(/\| (\d+) ignored/g) + sum(/^ℹ skipped (\d+)/gm) + cells.skipped;
  if (code !== 0) return { passed, failed: Math.max(failed, 1), skipped };
  return { passed: Math.max(passed, 1), failed, skipped };
}

/** The last line of the matrix: every cell is a test. */
function matrixCells(output: string): { passed: number; failed: number; skipped: number } {
  const pattern = /^matrix: (\d+) conditions x (\d+) runtimes, (\d+) differ, \d+ impossible, (\d+) skipped$/m;
  const [conditions = 0, runtimes = 0, failed = 0, skipped = 0] = pattern.exec(output)?.slice(1).map(Number) ?? [];
  return { passed: conditions * runtimes - failed - skipped, failed, skipped };
}

const total = { passed: 0, failed: 0 };

/** Runs one step, prints what is to be seen of it, and adds it up. Answers whether to go on. */
async function runStep(name: string, command: string): Promise<boolean> {
  const started = performance.now();
  const { code, output, timedOut } = await run(command.split(" "), { ...limit, env: { NO_COLOR: "1" } });
  const { passed, failed, skipped } = count(output, code);
  const bad = code !== 0 || failed > 0 || (ci && skipped > 0);
  total.passed += passed;
  total.failed += failed + (ci ? skipped : 0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (ci) console.log(`\n$ ${command}\n${output}`);
  const note = timedOut ? "  hung" : skipped > 0 ? `  ${skipped} skipped` : "";
  console.log(`${bad ? "FAILED" : "ok    "} ${name.padEnd(24)} ${seconds.padStart(6)} s${note}`);
  if (!bad || ci) return true;
  console.log(`\n$ ${command}\n${output}`);
  return false;
}

let aside: Promise<boolean> | undefined;
for (const [name, command] of steps) {
  if (name === ASIDE) aside = runStep(name, command);
  else if (!await runStep(name, command)) break;
}
await aside;
console.log(`\n${total.passed} passed, ${total.failed} failed`);
if (total.failed > 0) Deno.exit(1);
