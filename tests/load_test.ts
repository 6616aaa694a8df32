/** The load test itself: a small run of it, and that it can fail. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type HeldClient, type HoldClients, type HoldServer, judge } from "../scripts/load/judge.ts";
import { raisedLimit, withLimit } from "../scripts/load/limits.ts";
import { killedOf, mannerOf, type Plan, survivorsOf } from "../scripts/load/plan.ts";
import { needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { onDeno } from "./raw_peers.ts";

const PLAN: Plan = {
  idle: 280,
  active: 20,
  seconds: 60,
  seed: 1,
  runtime: "deno",
  tls: { cert: "", key: "", ca: "" },
};

/** What both processes say when nothing went wrong. */
function fineRun(): { server: HoldServer; clients: HoldClients } {
  const killed = killedOf(PLAN);
  const ids = Array.from({ length: 300 }, (_, id) => id);
  const survivors = survivorsOf(PLAN);
  const summary = { finished: survivors.finishes, aborted: survivors["never settles"], failed: survivors.throws };
  return {
    server: {
      ends: ids.map((id) => [id, killed.has(id) ? "reset" : mannerOf(id)]),
      open: 300 - killed.size,
      summary,
      samples: Array.from({ length: 30 }, (_, i) => [i, 100 + i % 3]),
      collected: [40, 39],
      unexpected: [],
    },
    clients: {
      clients: ids.map((id): HeldClient => ({ id, killed: killed.has(id), ...endOf(id, killed.has(id)) })),
      from: 0,
      until: 29,
      unexpected: [],
    },
  };
}

function endOf(id: number, killed: boolean): Omit<HeldClient, "id" | "killed"> {
  const numbers = { asked: 9, answered: 9, wrong: 0 };
  if (killed) return { ...numbers, end: "closed", served: null };
  if (mannerOf(id) === "finishes") return { ...numbers, end: "goodbye", served: 9 };
  return { ...numbers, end: "reset", served: null };
}

const FINE = "load: 300 connections, 30 killed, 0 lost, 0 unexpected errors, memory 100..102 MB";

test("load: the judge passes a run in which everything was told", () => {
  const { server, clients } = fineRun();
  const other = { lost: 0, unexpected: [], facts: "" };
  assert.deepEqual(judge(PLAN, server, clients, [other]), { line: FINE, complaints: [], passed: true });
});

/** The first connection of a kind. */
const first = (wanted: (id: number) => boolean): number => Array.from({ length: 300 }, (_, id) => id).find(wanted)!;
const victim = first((id) => killedOf(PLAN).has(id));
const survivor = first((id) => !killedOf(PLAN).has(id) && mannerOf(id) === "finishes");

type Part = Partial<HoldServer & HoldClients>;

/** Each with one thing that went wrong, and how it is counted: lost, unexpected. */
const WRONG: [what: string, spoil: (run: ReturnType<typeof fineRun>) => Part, lost: number, unexpected: number][] = [
  [
    "a connection that was never opened",
    ({ clients }) => {
      return { clients: clients.clients.filter(({ id }) => id !== survivor) };
    },
    1,
    0,
  ],
  ["an answer that never came", ({ clients }) => withClient(clients, survivor, { answered: 8 }), 1, 0],
  ["an answer that was wrong", ({ clients }) => withClient(clients, survivor, { wrong: 1 }), 1, 0],
  ["a client that was never told", ({ clients }) => withClient(clients, survivor, { end: null }), 1, 0],
  [
    "a reset that the server was never told of",
    ({ server }) => {
      return { ends: server.ends.filter(([id]) => id !== victim) };
    },
    1,
    0,
  ],
  ["a reset that looked like an end", ({ server }) => withEnd(server, victim, "The client ended the stream"), 0, 1],
  ["a handler that was cut short", ({ server }) => withEnd(server, survivor, "reset"), 0, 1],
  ["a goodbye that did not arrive", ({ clients }) => withClient(clients, survivor, { end: "end of stream" }), 0, 1],
  ["a kill that did not happen", ({ clients }) => withClient(clients, victim, { killed: false }), 0, 1],
  ["a shutdown that forgot one", ({ server: { open } }) => ({ open: open + 1 }), 0, 1],
  ["an error of the server", () => ({ unexpected: ["something"] }), 0, 2], // Both processes have the field.
];

function withClient({ clients }: HoldClients, wanted: number, change: Partial<HeldClient>): Part {
  return { clients: clients.map((client) => client.id === wanted ? { ...client, ...change } : client) };
}

function withEnd({ ends }: HoldServer, wanted: number, end: string): Part {
  return { ends: ends.map(([id, told]) => [id, id === wanted ? end : told]) };
}

for (const [what, spoil, lost, unexpected] of WRONG) {
  test(`load: the judge counts ${what}`, () => {
    const run = fineRun();
    const part = spoil(run);
    const verdict = judge(PLAN, { ...run.server, ...part }, { ...run.clients, ...part }, []);
    assert.match(verdict.line, new RegExp(`, ${lost} lost, ${unexpected} unexpected errors, `));
    assert.equal(verdict.complaints.length, lost + unexpected, verdict.complaints.join("\n"));
    assert.ok(!verdict.passed);
  });
}

test("load: the judge counts what the other phases lost", () => {
  const { server, clients } = fineRun();
  const verdict = judge(PLAN, server, clients, [{ lost: 3, unexpected: ["a surprise"], facts: "" }]);
  assert.match(verdict.line, /, 3 lost, 1 unexpected errors, /);
  assert.ok(!verdict.passed);
});

test("load: the judge does not pass resident memory that grows", () => {
  const { server, clients } = fineRun();
  const samples = Array.from({ length: 30 }, (_, i): [number, number] => [i, 100 + 9 * i]);
  const verdict = judge(PLAN, { ...server, samples }, clients, []);
  assert.match(verdict.line, /, 0 lost, 0 unexpected errors, memory 100\.\.361 MB$/);
  assert.ok(!verdict.passed);
});

test("load: the judge does not pass memory in use that grows", () => {
  const { server, clients } = fineRun();
  const verdict = judge(PLAN, { ...server, collected: [40, 46] }, clients, []);
  assert.deepEqual(verdict.complaints, ["memory in use is not flat: from 40.0 to 46.0 MB"]);
});

test("load: raisedLimit() gives what the connections need, and refuses where the system does not", () => {
  assert.equal(raisedLimit({ soft: 1_024, hard: 20_000 }, 11_000), 11_512);
  assert.equal(raisedLimit({ soft: 20_000, hard: 20_000 }, 11_000), 20_000);
  assert.throws(() => raisedLimit({ soft: 1_024, hard: 4_096 }, 11_000), /each process needs 11512 .* limit is 4096/);
});

test("load: withLimit() runs a command with that soft limit", () => {
  const [shell, ...args] = withLimit(300, ["sh", "-c", "ulimit -Sn"]);
  assert.equal(spawnSync(shell!, args, { encoding: "utf8" }).stdout, "300\n");
});

if (onDeno) {
  const root = fileURLToPath(new URL("../", import.meta.url));
  /** A run that hangs fails its test. */
  const PATIENCE = 60_000;
  const start = ["run", "-A", "--no-check", "--quiet", "scripts/load.ts"];

  test("load: a small run loses nothing, and is told every end", needsOpenssl, () => {
    const args = [...start, "--idle", "200", "--active", "20", "--seconds", "1"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: "utf8",
      timeout: PATIENCE,
    });
    const last = /^load: 220 connections, 22 killed, 0 lost, 0 unexpected errors, memory \d+\.\.\d+ MB\n$/m;
    assert.match(stdout, last, stdout + stderr);
    assert.match(stdout, /^hold: [1-9]\d* answers; of 198 at the shutdown 193 finished, 3 aborted, 2 failed$/m);
    assert.equal(status, 0);
  });

  test("load: it does not start without the descriptors that it needs", () => {
    const script = 'ulimit -n 1000 && exec "$@"';
    const args = ["-c", script, "sh", process.execPath, ...start];
    const { status, stdout, stderr } = spawnSync("sh", args, { cwd: root, encoding: "utf8", timeout: PATIENCE });
    assert.match(
      stderr,
      /^Cannot hold 11000 connections: each process needs 11512 descriptors, and the hard limit is 1000/,
    );
    assert.equal(stdout, "");
    assert.equal(status, 1);
  });
}
