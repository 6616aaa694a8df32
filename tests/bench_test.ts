/** The benchmark: what is published follows from its samples, and a subject that crashes is only reported. Deno only. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "../bench/harness/check.ts";
import { FarProcess } from "../bench/harness/far_process.ts";
import { type Circumstances, type Entry, judge } from "../bench/harness/judge.ts";
import { findRuntime } from "../bench/harness/runtimes.ts";
import { hold } from "../bench/harness/session.ts";
import type { Row } from "../bench/row.ts";
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

/** A row of this test: the same as the real ones, but small. */
const row: Row = {
  id: "X",
  title: "a row",
  unit: "GB/s",
  feed: "bytes",
  on: ["deno"],
  ours: [{
    name: "owned",
    program: "receive/hawser",
    way: "owned",
    targets: [{ what: "speed", than: "raw", is: "≥", bound: 0.5 }, { what: "speed", than: "peer", is: "≥", bound: 2 }],
  }],
  raw: [{ name: "conn.read", program: "receive/deno", way: "read" }],
  peers: [
    { name: "crashes", program: "receive/deno", way: "no such way" },
    { name: "conn.readable", program: "receive/deno", way: "readable" },
  ],
  warm: 1,
  measure: 1,
};

const circumstances: Circumstances = { versions: {}, at: "", machine: "", command: "" };

function judged(samples: Record<string, number[]>): Entry {
  const session = new Map(Object.entries(samples).map(([role, values]) => [role, { values, also: {} }]));
  return judge(row, row.ours[0]!, "deno", session, circumstances);
}

test("judge() compares a rate with the raw API and with the best peer", () => {
  const entry = judged({ "ours owned": [4, 4, 4], raw: [5, 5, 5], crashes: [1, 1, 1], "conn.readable": [2, 2, 2] });
  assert.deepEqual([entry.vsRaw, entry.vsPeer, entry.peerName, entry.pass], [0.8, 2, "conn.readable", true]);
});

test("judge() says that a target is missed", () => {
  const entry = judged({ "ours owned": [4, 4, 4], raw: [9, 9, 9], "conn.readable": [2, 2, 2] });
  assert.deepEqual(entry.conditions.map(({ pass }) => pass), [false, true]);
  assert.equal(entry.pass, false);
});

test("judge() gives no verdict on a session whose raw reference is unsteady", () => {
  const entry = judged({ "ours owned": [4, 4, 4, 4], raw: [1, 1, 3, 3.5], "conn.readable": [2, 2, 2, 2] });
  assert.equal(entry.pass, null);
  assert.match(entry.note!, /^rejected: the raw reference has p85\/median 1\.6\d/);
});

test("judge() gives no verdict on what could not be measured", () => {
  assert.equal(judged({ "ours owned": [4, 4, 4], raw: [5, 5, 5] }).pass, null);
});

test("hold() reports a subject that crashes, leaves it out after two times, and measures the others", async () => {
  await using far = new FarProcess(join(root, "bench/far_end.ts"));
  const small = { ...row, raw: [], peers: row.peers.slice(0, 1) };
  const session = await hold(small, await findRuntime("deno"), { root, far, rounds: 3 });
  assert.match(session.get("crashes")!.failure!, /Cannot run "no such way"/);
  assert.deepEqual([...session].map(([role, { values }]) => [role, values.length]), [
    ["ours owned", 3],
    ["crashes", 0],
  ]);
});
