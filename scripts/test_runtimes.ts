/**
 * Runs the compiled tests on every Node that is supported, and on Bun: `deno task test:runtimes [node@22 …]`.
 *
 * The runtimes come through npm (`npx`), so that a machine needs none of them. One after the other: the tests count the
 * sockets of their process and provoke timeouts, and a machine that runs five suites at once is a different test.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNpm } from "./build_npm.ts";
import { run } from "./run.ts";
import { compiledTests, installTestDependencies, nodeTestCommand } from "./test_node.ts";

const NODES = ["node@20", "node@22", "node@24", "node@26"];
const BUN = "bun@1.4.5";

/** A suite takes about a minute; one that hangs must end with its output. */
const LIMIT = 5 * 60_000;

const root = fileURLToPath(new URL("../", import.meta.url));
await buildNpm(root);
await installTestDependencies(root);
const files = await compiledTests(root);

/** What npx runs, and the arguments of that runtime. */
function command(runtime: string): string[] {
  if (runtime.startsWith("bun@")) {
    return [
      "npx",
      "-y",
      runtime,
      "test",
      "--timeout",
      "60000",
      ...files.map((file) => `./${file}`),
    ];
  }
  const [, ...args] = nodeTestCommand("node", files);
  return ["npx", "-y", runtime, ...args];
}

/** The summary of either test runner. */
function count(output: string, label: string, word: string): number {
  const found = new RegExp(`^(?:ℹ ${label} (\\d+)|\\s*(\\d+) ${word})$`, "m").exec(output);
  return Number(found?.[1] ?? found?.[2] ?? 0);
}

let bad = false;
for (const runtime of Deno.args.length > 0 ? Deno.args : [...NODES, BUN]) {
  const started = performance.now();
  const { code, output, timedOut } = await run(command(runtime), { cwd: join(root, "npm"), timeout: LIMIT });
  const [passed, failed] = [count(output, "pass", "pass"), count(output, "fail", "fail")];
  const fine = code === 0 && passed > 0 && failed === 0;
  bad ||= !fine;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const sum = timedOut ? "hung" : `${passed} passed, ${failed} failed`;
  console.log(`${fine ? "ok    " : "FAILED"} ${runtime.padEnd(10)} ${seconds.padStart(6)} s  ${sum}`);
  if (!fine) {
    console.log(output.split("\n").filter((line) => /✖|\(fail\)|[Ee]rror:|not ok/.test(line)).slice(0, 60).join("\n"));
  }
}
if (bad) Deno.exit(1);
