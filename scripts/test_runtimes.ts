/**
 * Runs the compiled tests on every Node that is supported, and on Bun:
 * `deno task test:runtimes [node@22 …] [tests/reader_test.ts …]`.
 *
 * `deno` among them is `deno task test`, which keeps one core busy: beside the others it costs next to no time.
 */
import { cp, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNpm } from "./build_npm.ts";
import { temporaryFolder } from "./interruption.ts";
import { PACKAGES } from "./npm_runtimes.ts";
import { run } from "./run.ts";
import { compiledTests, installTestDependencies, nodeTestCommand } from "./test_node.ts";

/** Two keep two cores busy. The tests provoke timeouts: a machine that runs five suites at once is a different test. */
const PARALLEL = 2;

/** A suite takes a minute or two; one that hangs must end with its output. */
const LIMIT = 8 * 60_000;

/** Bun's default of 5 s per test is too short for 10,000 random cuts on a busy machine; Node has none. */
const BUN_TEST_LIMIT = 60_000;

/** What is shown of a suite that failed, at most. */
const LINES = 300;

const root = fileURLToPath(new URL("../", import.meta.url));

/** What runs the tests. */
function command(runtime: string, files: string[]): string[] {
  if (runtime === "deno") return ["deno", "task", "test"];
  if (runtime.startsWith("bun")) {
    return ["npx", "-y", runtime, "test", "--timeout", `${BUN_TEST_LIMIT}`, ...files.map((file) => `./${file}`)];
  }
  return ["npx", "-y", runtime, ...nodeTestCommand("node", files).slice(1)];
}

/** A number of the summary: `ℹ pass 12` of Node, `12 pass` of Bun, `ok | 12 passed | …` of Deno. */
function count(output: string, word: string, bunWord = word): number {
  const found = new RegExp(`^(?:ℹ ${word} (\\d+)|\\s*(\\d+) ${bunWord}s?)$`, "m").exec(output);
  const byDeno = new RegExp(`^(?:ok|FAILED) \\| .*?(\\d+) (?:${word}ed|${bunWord})\\b`, "m").exec(output);
  return Number(found?.[1] ?? found?.[2] ?? byDeno?.[1] ?? 0);
}

/** Runs the suite on one runtime, prints a line, and whatever has not passed. */
async function testOn(runtime: string, files: string[], compiled: string): Promise<boolean> {
  const started = performance.now();
  const cwd = runtime === "deno" ? root : compiled;
  const { code, output, timedOut } = await run(command(runtime, files), { cwd, timeout: LIMIT });
  const passed = count(output, "pass");
  // A file that does not even load is an "error" for Bun; a test that never settles is "cancelled" for Node.
  const failed = count(output, "fail") + count(output, "cancelled", "error");
  const ignored = count(output, "skipped", "skip") + count(output, "todo") + count(output, "ignored");
  const fine = code === 0 && passed > 0 && failed === 0;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  // In Deno's words: the sum of all tests (scripts/ok.ts) reads them.
  const sum = `| ${passed} passed | ${fine ? 0 : Math.max(failed, 1)} failed | ${ignored} ignored`;
  console.log(
    `${fine ? "ok    " : "FAILED"} ${runtime.padEnd(10)} ${seconds.padStart(6)} s ${sum}${timedOut ? " | hung" : ""}`,
  );
  if (!fine) {
    const lines = output.split("\n").filter((line) =>
      !/^\s*(?:✔.*|\(pass\).*|.* \.\.\. ok .*|tests\/\w+\.js:)?$/.test(line)
    );
    console.log(lines.slice(-LINES).map((line) => `       ${line}`).join("\n"));
  }
  return fine;
}

/** Copies what has been built: tests under Deno build it again. */
async function copyPackage(copy: string): Promise<void> {
  const built = join(root, "npm");
  for (const name of await readdir(built)) {
    if (name === "node_modules") await symlink(join(built, name), join(copy, name));
    else await cp(join(built, name), join(copy, name), { recursive: true });
  }
}

await buildNpm(root);
await installTestDependencies(root);
const chosen = Deno.args.filter((word) => word.endsWith("_test.ts")).map((path) => path.replace(/\.ts$/, ".js"));
const files = chosen.length > 0 ? chosen : await compiledTests(root);
const named = Deno.args.filter((word) => !word.endsWith("_test.ts"));
const queue = named.length > 0 ? named : Object.values<string>(PACKAGES);
let bad = false;
{
  await using copy = temporaryFolder("runtimes_");
  await copyPackage(copy.path);
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    for (let runtime = queue.shift(); runtime !== undefined; runtime = queue.shift()) {
      if (!await testOn(runtime, files, copy.path)) bad = true;
    }
  }));
}
if (bad) Deno.exit(1);
