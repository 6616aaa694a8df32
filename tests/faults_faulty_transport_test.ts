/** The contract of a transport, kept whatever a flaw does: written against flaws of the tests' own. */
import assert from "node:assert/strict";
import { FaultyTransport } from "../lib/testing/faults/faulty_transport.ts";
import type { Flaw, Lane } from "../lib/testing/faults/flaw.ts";
import { memoryPair, type MemoryPairOptions } from "../lib/testing/mod.ts";
import type { Transport } from "../mod.ts";
import { Delegate } from "./delegate.ts";
import { counting, read, rest } from "./fault_steps.ts";
import { test } from "./harness.ts";
import { ManualTransport, reset } from "./manual_transport.ts";
import { rejection } from "./raw_peers.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

const RESET = { reason: "reset", initiator: "peer", code: "ECONNRESET" } as const;

/** A pair whose first end has these flaws, and the lanes to play with them. */
function flawed(
  flaws: { read?: Flaw; write?: Flaw },
  options?: MemoryPairOptions,
): { faulty: FaultyTransport; peer: Transport; lanes: Record<string, Lane> } {
  const [inner, peer] = memoryPair(options);
  const lanes: Record<string, Lane> = {};
  const faulty = new FaultyTransport(inner, (lane) => {
    lanes[lane.direction] = lane;
    return flaws[lane.direction] ?? {};
  });
  return { faulty, peer, lanes };
}

/** Holds everything back until it is opened. */
class Gate implements Flaw {
  readonly holds: number;
  open = false;

  constructor(holds = 0) {
    this.holds = holds;
  }

  admit(waiting: number): number {
    return this.open ? waiting : 0;
  }

  admitEnd(): boolean {
    return this.open;
  }
}

test("FaultyTransport without flaws is undisturbed, both ways", async () => {
  const { faulty, peer } = flawed({});
  await faulty.write([bytes(1, 2), bytes(), bytes(3)]);
  assert.deepEqual(await read(peer), [1, 2, 3]);
  await peer.write([bytes(4)]);
  assert.deepEqual(await read(faulty), [4]);
  await faulty.closeWrite();
  await faulty.closeWrite();
  assert.equal(await read(peer), null);
  await peer.closeWrite();
  assert.equal(await read(faulty), null);
  assert.equal(await read(faulty), null);
});

test("FaultyTransport gives a read no more than it has room for", async () => {
  const { faulty, peer } = flawed({});
  await peer.write([bytes(1, 2, 3)]);
  assert.deepEqual([await read(faulty, 2), await read(faulty, 2)], [[1, 2], [3]]);
});

test("FaultyTransport holds what its flaw does not admit, and asks again when told to look", async () => {
  const [reads, writes] = [new Gate(), new Gate()];
  const { faulty, peer, lanes } = flawed({ read: reads, write: writes });
  const reading = read(faulty);
  const writing = faulty.write([bytes(2)]);
  const seen: unknown[] = [];
  void reading.then((value) => seen.push(value));
  void writing.then(() => seen.push("written"));
  await peer.write([bytes(1)]);
  await rest();
  assert.deepEqual(seen, []);
  reads.open = writes.open = true;
  lanes.read!.look();
  lanes.write!.look();
  assert.deepEqual(await reading, [1]);
  await writing;
  assert.deepEqual(await read(peer), [2]);
});

test("FaultyTransport never resolves a read to 0 bytes, also when a flaw swallows a chunk", async () => {
  const { faulty, peer } = flawed({ read: { alter: (chunk) => chunk[0] === 1 ? bytes() : chunk } });
  const reading = read(faulty);
  await peer.write([bytes(1, 1)]);
  await rest();
  await peer.write([bytes(2)]);
  assert.deepEqual(await reading, [2]);
});

test("FaultyTransport that swallows a piece goes on with the next piece that is here", async () => {
  const { faulty, peer } = flawed({ read: { admit: () => 1, alter: (piece) => piece[0] === 1 ? bytes() : piece } });
  await peer.write([bytes(1, 1, 2)]);
  assert.deepEqual(await read(faulty), [2]);
});

test("FaultyTransport writes nothing where a flaw swallows everything, and counts it as taken", async () => {
  const { faulty, peer } = flawed({ write: { alter: () => bytes() } });
  await faulty.write([bytes(1, 2, 3)]);
  assert.equal(faulty.bytesTaken, 3);
  await faulty.closeWrite();
  assert.equal(await read(peer), null);
});

test("FaultyTransport: a failure of the inner transport is told behind what had arrived, and then by every call", async () => {
  const { faulty, peer } = flawed({});
  await peer.write([bytes(1, 2)]);
  peer.abort();
  assert.deepEqual(await read(faulty), [1, 2]);
  await assert.rejects(read(faulty), { reason: "reset", operation: "read" });
  await assert.rejects(read(faulty), { reason: "reset" });
  await assert.rejects(faulty.write([bytes(1)]), { reason: "reset", operation: "write" });
  await assert.rejects(faulty.closeWrite(), { reason: "reset", operation: "closeWrite" });
});

test("FaultyTransport: a failed write does not destroy what had arrived", async () => {
  const { faulty, peer } = flawed({});
  await peer.write([bytes(1)]);
  peer.abort();
  await assert.rejects(faulty.write([bytes(9)]), { reason: "reset" });
  assert.deepEqual(await read(faulty), [1]);
  await assert.rejects(read(faulty), { reason: "reset" });
  await assert.rejects(faulty.write([bytes(9)]), { reason: "reset" });
});

test("FaultyTransport.fail() wakes every pending call, is latched, and resets the peer", async () => {
  const { faulty, peer } = flawed({ write: new Gate() });
  const pending = [rejection(read(faulty)), rejection(faulty.write([bytes(1)])), rejection(faulty.closeWrite())];
  await rest();
  faulty.fail(RESET);
  faulty.fail({ reason: "timeout", initiator: "network" });
  assert.deepEqual((await Promise.all(pending)).map(({ reason }) => reason), ["reset", "reset", "reset"]);
  await assert.rejects(read(faulty), { reason: "reset", code: "ECONNRESET" });
  await assert.rejects(faulty.write([bytes(1)]), { reason: "reset" });
  await assert.rejects(read(peer), { reason: "reset" });
});

test("FaultyTransport.fail() leaves what had passed to be read", async () => {
  const { faulty, peer } = flawed({ read: { passed: () => faulty.fail(RESET) } });
  await peer.write([bytes(1, 2, 3)]);
  assert.deepEqual(await read(faulty, 2), [1, 2]);
  assert.deepEqual(await read(faulty, 2), [3]);
  await assert.rejects(read(faulty), { reason: "reset" });
});

test("FaultyTransport.end() is a peer that has closed: end of stream both ways, then broken-pipe, and no end after it", async () => {
  const { faulty, peer } = flawed({});
  const reading = read(faulty);
  await rest();
  faulty.end();
  assert.equal(await reading, null);
  assert.equal(await read(peer), null);
  await assert.rejects(faulty.write([bytes(1)]), { reason: "broken-pipe", code: "EPIPE" });
  await assert.rejects(read(faulty), { reason: "broken-pipe" });
});

test("FaultyTransport.end() lets this end say goodbye", async () => {
  const { faulty } = flawed({});
  faulty.end();
  await faulty.closeWrite();
});

test("FaultyTransport: the end of stream waits for a write that is under way", async () => {
  const { faulty, peer, lanes } = flawed({}, { capacity: 2 });
  const writing = faulty.write([bytes(1, 2, 3)]);
  lanes.write!.end();
  assert.deepEqual([await read(peer), await read(peer), await read(peer)], [[1, 2], [3], null]);
  await writing;
  await faulty.write([bytes(4)]);
  assert.equal(await read(peer), null, "what comes behind the end is swallowed");
});

for (const way of ["release", "abort"] as const) {
  test(`FaultyTransport.${way}() wakes every pending call and is idempotent`, async () => {
    const { faulty } = flawed({ write: new Gate() });
    const pending = [rejection(read(faulty)), rejection(faulty.write([bytes(1)])), rejection(faulty.closeWrite())];
    await rest();
    faulty[way]();
    faulty[way]();
    faulty.abort();
    assert.deepEqual((await Promise.all(pending)).map(({ reason }) => reason), ["closed", "closed", "closed"]);
    await assert.rejects(read(faulty), { reason: "closed", operation: "read" });
    await assert.rejects(faulty.write([bytes(1)]), { reason: "closed", operation: "write" });
    await assert.rejects(faulty.closeWrite(), { reason: "closed", operation: "closeWrite" });
  });
}

test("FaultyTransport: a write into a network that holds bytes settles at once, and its buffer is the caller's", async () => {
  const gate = new Gate(10);
  const { faulty, peer, lanes } = flawed({ write: gate });
  const buffer = bytes(1, 2, 3);
  await faulty.write([buffer]);
  buffer.fill(9);
  assert.equal(faulty.bytesTaken, 3);
  gate.open = true;
  lanes.write!.look();
  assert.deepEqual(await read(peer), [1, 2, 3]);
});

test("FaultyTransport: a network that holds bytes takes no more than it holds", async () => {
  const gate = new Gate(10);
  const { faulty, peer, lanes } = flawed({ write: gate });
  let written = false;
  const writing = faulty.write([counting(15)]).then(() => written = true);
  await rest();
  assert.deepEqual([written, faulty.bytesTaken], [false, 10]);
  gate.open = true;
  lanes.write!.look();
  await writing;
  assert.deepEqual([faulty.bytesTaken, (await read(peer))!.length], [15, 15]);
});

test("FaultyTransport.release() still delivers what a network holds, then the end of stream", async () => {
  const gate = new Gate(10);
  const { faulty, peer, lanes } = flawed({ write: gate });
  await faulty.write([bytes(1, 2)]);
  await faulty.closeWrite();
  faulty.release();
  await rest();
  gate.open = true;
  lanes.write!.look();
  assert.deepEqual([await read(peer), await read(peer)], [[1, 2], null]);
  await assert.rejects(peer.write([bytes(1)]), { reason: "broken-pipe" }, "and only then it has let go");
});

test("FaultyTransport.abort() after release() drops what a network holds", async () => {
  const { faulty, peer } = flawed({ write: new Gate(10) });
  await faulty.write([bytes(1, 2)]);
  faulty.release();
  faulty.abort();
  await assert.rejects(read(peer), { reason: "reset" });
});

test("FaultyTransport reads ahead as far as a network holds bytes, once somebody has read", async () => {
  const { faulty, peer } = flawed({ read: new Gate(4) }, { capacity: 2 });
  let written = false;
  const writing = peer.write([counting(8)]).then(() => written = true);
  await rest();
  assert.equal(peer.bytesTaken, 2);
  const reading = read(faulty);
  await rest();
  assert.equal(peer.bytesTaken, 6);
  assert.equal(written, false);
  faulty.bypass();
  const first = (await reading)!.length;
  for (let sum = first; sum < 8;) sum += (await read(faulty))!.length;
  await writing;
});

test("FaultyTransport.bytesTaken follows a write that is under way", () => {
  const inner: ManualTransport & { bytesTaken?: number } = new ManualTransport();
  inner.bytesTaken = 100;
  const faulty = new FaultyTransport(inner, () => ({}));
  void faulty.write([bytes(1, 2, 3)]);
  assert.equal(faulty.bytesTaken, 0);
  inner.bytesTaken = 102;
  assert.equal(faulty.bytesTaken, 2);
});

test("FaultyTransport.bytesTaken keeps what was taken of a write that failed", async () => {
  const inner: ManualTransport & { bytesTaken?: number } = new ManualTransport();
  inner.bytesTaken = 0;
  const faulty = new FaultyTransport(inner, () => ({}));
  const writing = rejection(faulty.write([bytes(1, 2, 3)]));
  inner.bytesTaken = 1;
  inner.writes[0]!.reject(reset());
  assert.equal((await writing).reason, "reset");
  assert.equal(faulty.bytesTaken, 1);
});

test("FaultyTransport.bypass() lets pass what was held, in order, and disturbs nothing from then on", async () => {
  const { faulty, peer } = flawed({ read: new Gate(10), write: new Gate(10) });
  await faulty.write([bytes(1), bytes(2)]);
  const reading = read(faulty);
  await peer.write([bytes(3)]);
  await rest();
  faulty.bypass();
  assert.deepEqual(await reading, [3]);
  await faulty.write([bytes(4)]);
  await faulty.closeWrite();
  const received = [];
  for (let piece = await read(peer); piece !== null; piece = await read(peer)) received.push(...piece);
  assert.deepEqual(received, [1, 2, 4]);
});

test("FaultyTransport.bypass() takes the faults away that are within", async () => {
  const [inner, peer] = memoryPair();
  const faulty = new FaultyTransport(new FaultyTransport(inner, () => new Gate()), () => new Gate());
  const writing = faulty.write([bytes(1)]);
  faulty.bypass();
  await writing;
  assert.deepEqual(await read(peer), [1]);
});

test("FaultyTransport lets go of the timers of its flaws in every way that it can end", async () => {
  const ends: Record<string, (faulty: FaultyTransport, peer: Transport) => unknown> = {
    release: (faulty) => faulty.release(),
    abort: (faulty) => faulty.abort(),
    fail: (faulty) => faulty.fail(RESET),
    bypass: (faulty) => faulty.bypass(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const disposed: string[] = [];
    const flaw = (direction: string): Flaw => ({ dispose: () => disposed.push(direction) });
    const { faulty, peer } = flawed({ read: flaw("read"), write: flaw("write") });
    await end(faulty, peer);
    assert.deepEqual([...new Set(disposed)].sort(), ["read", "write"], name);
  }
});

test("FaultyTransport.watch() tells of a failure while nobody reads, behind nothing that waits", async () => {
  const [inner, peer] = memoryPair();
  let fail: (error: unknown) => void = () => {};
  const watched = Object.assign(new Delegate(inner, {}), { watch: (one: (error: unknown) => void) => fail = one });
  const gate = new Gate(10);
  const faulty = new FaultyTransport(watched, ({ direction }) => direction === "read" ? gate : {});
  const told: unknown[] = [];
  faulty.watch((error) => told.push((error as { reason: string }).reason));
  peer.abort();
  fail(reset());
  await rest();
  assert.deepEqual(told, [], "the reset is delayed as bytes are");
  faulty.bypass();
  assert.deepEqual(told, ["reset"]);
});

test("FaultyTransport.watch() tells of a failure of bytes that were under way", async () => {
  const gate = new Gate(10);
  const { faulty, peer, lanes } = flawed({ write: gate });
  const told: unknown[] = [];
  faulty.watch((error) => told.push((error as { reason: string }).reason));
  await faulty.write([bytes(1)]);
  peer.abort();
  gate.open = true;
  lanes.write!.look();
  await rest();
  assert.deepEqual(told, ["reset"]);
  await assert.rejects(faulty.write([bytes(1)]), { reason: "reset" });
});

test("FaultyTransport.watch() tells of the failure that a flaw makes", async () => {
  const { faulty } = flawed({});
  const told: unknown[] = [];
  faulty.watch((error) => told.push((error as { reason: string }).reason));
  faulty.fail(RESET);
  await rest();
  assert.deepEqual(told, ["reset"]);
});
