/** The published results of the benchmark: they follow from their samples, and a falsified one is noticed. Deno only. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "../bench/harness/check.ts";
import type { Entry } from "../bench/harness/judge.ts";
import { test } from "./harness.ts";
import { runProgram } from "./program.ts";
import { temporaryFolder } from "./raw_peers.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const PUBLISHED = ["README.md", "bench/results.json", "bench/results.svg"];

/** A copy of what is published, with something changed. */
async function altered(path: string, alter: (text: string) => string): Promise<string[]> {
  await using folder = await temporaryFolder();
  mkdirSync(folder.path("bench"));
  for (const name of PUBLISHED) cpSync(join(root, name), folder.path(name));
  const file = folder.path(path);
  writeFileSync(file, alter(readFileSync(file, "utf8")));
  return check(folder.path(""));
}

/** A falsified entry: the first one with targets that has everything. */
function falsified(change: (entry: Entry) => void): (text: string) => string {
  return (text) => {
    const entries: Entry[] = JSON.parse(text);
    change(entries.find(({ ours, raw, peer, pass }) => ours && raw && peer && pass !== null)!);
    return JSON.stringify(entries);
  };
}

test("bench --check finds nothing in what is published", async () => {
  const { code, stdout, stderr } = await runProgram(["deno", "run", "-A", "bench/main.ts", "--check"]);
  assert.equal(code, 0, stdout + stderr);
});

const FALSIFIED: [what: string, change: (entry: Entry) => void, field: RegExp][] = [
  ["a verdict", (entry) => void (entry.pass = !entry.pass), /pass is (true|false), the samples say/],
  ["a ratio", (entry) => void (entry.vsRaw! *= 1.1), /vsRaw is/],
  ["a median", (entry) => void (entry.peer! *= 1.1), /peer is/],
  ["a sample", (entry) => entry.samples.ours!.fill(1), /ours is/],
  ["a target", (entry) => void (entry.target = "≥ 0.1x raw"), /target is "≥ 0.1x raw"/],
  ["the number of samples", (entry) => void (entry.n += 1), /n is/],
];

for (const [what, change, field] of FALSIFIED) {
  test(`bench --check notices that ${what} was falsified`, async () => {
    assert.match((await altered("bench/results.json", falsified(change))).join("\n"), field);
  });
}

test("bench --check notices a row that was left out", async () => {
  const problems = await altered("bench/results.json", (text) => JSON.stringify(JSON.parse(text).slice(1)));
  assert.match(problems.join("\n"), /: it is missing/);
});

test("bench --check notices a chart that was drawn of other results", async () => {
  const problems = await altered("bench/results.svg", (text) => text.replace(/ width="\d+(?=\.)/, ' width="1'));
  assert.match(problems.join("\n"), /results\.svg: it is not the chart/);
});

test("bench --check notices a table of the README that says something else", async () => {
  const problems = await altered("README.md", (text) => text.replace("| ✗", "| ✓"));
  assert.match(problems.join("\n"), /README\.md: its table/);
});
