import assert from "node:assert/strict";
import { memoryPair, type MemoryPairOptions, resetAt } from "../lib/testing/mod.ts";
import { badSizes, testBadOptions } from "./bad_input.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

async function read(transport: ReturnType<typeof memoryPair>[0], size = 64): Promise<number[] | null> {
  const into = new Uint8Array(size);
  const count = await transport.read(into);
  return count === null ? null : [...into.subarray(0, count)];
}

test("memoryPair() carries bytes both ways", async () => {
  const [a, b] = memoryPair();
  await a.write([bytes(1, 2), bytes(3)]);
  await b.write([bytes(4)]);
  assert.deepEqual(await read(b), [1, 2, 3]);
  assert.deepEqual(await read(a), [4]);
});

test("memoryPair() names its ends for messages", () => {
  const [a, b] = memoryPair();
  assert.deepEqual(a.localAddress, b.remoteAddress);
  assert.deepEqual(a.remoteAddress, b.localAddress);
  assert.notDeepEqual(a.localAddress, a.remoteAddress);
});

test("memoryPair() lets a read wait for bytes", async () => {
  const [a, b] = memoryPair();
  const reading = read(b);
  await a.write([bytes(7)]);
  assert.deepEqual(await reading, [7]);
});

test("memoryPair() lets a write wait while the peer's buffer is full", async () => {
  const [a, b] = memoryPair({ capacity: 2 });
  let written = false;
  const writing = a.write([bytes(1, 2, 3, 4, 5)]).then(() => written = true);
  await Promise.resolve();
  assert.equal(a.bytesTaken, 2);
  assert.deepEqual(await read(b), [1, 2]);
  assert.equal(written, false);
  assert.deepEqual(await read(b), [3, 4]);
  assert.deepEqual(await read(b), [5]);
  await writing;
  assert.equal(a.bytesTaken, 5);
});

test("memoryPair() fills no more than it was given", async () => {
  const [a, b] = memoryPair();
  await a.write([bytes(1, 2, 3)]);
  assert.deepEqual(await read(b, 2), [1, 2]);
  assert.deepEqual(await read(b, 2), [3]);
});

test("memoryPair() ends the peer's stream with closeWrite(), behind the bytes, again and again", async () => {
  const [a, b] = memoryPair();
  await a.write([bytes(1)]);
  await a.closeWrite();
  assert.deepEqual(await read(b), [1]);
  assert.equal(await read(b), null);
  assert.equal(await read(b), null);
  await b.write([bytes(2)]);
  assert.deepEqual(await read(a), [2], "the other direction goes on");
});

test('memoryPair(): an abort() is seen by the peer as "reset", ECONNRESET, behind the bytes', async () => {
  const [a, b] = memoryPair();
  await a.write([bytes(1)]);
  a.abort();
  assert.deepEqual(await read(b), [1]);
  const { reason, code, initiator } = await rejection(read(b));
  assert.deepEqual({ reason, code, initiator }, { reason: "reset", code: "ECONNRESET", initiator: "peer" });
  await assert.rejects(b.write([bytes(2)]), { reason: "reset" });
});

test("memoryPair(): a release() is the peer's end of stream, never a reset", async () => {
  const [a, b] = memoryPair();
  await a.write([bytes(1)]);
  a.release();
  assert.deepEqual(await read(b), [1]);
  assert.equal(await read(b), null);
});

test('memoryPair(): a write to a peer that has let go is a "broken-pipe", after its end was seen or not', async () => {
  const [a, b] = memoryPair();
  a.release();
  const { reason, code } = await rejection(b.write([bytes(1)]));
  assert.deepEqual([reason, code], ["broken-pipe", "EPIPE"]);
});

test("memoryPair(): release() and abort() wake pending calls and are idempotent", async () => {
  const [a] = memoryPair({ capacity: 1 });
  const reading = rejection(read(a));
  const writing = rejection(a.write([bytes(1, 2)]));
  a.release();
  a.release();
  a.abort();
  assert.equal((await reading).reason, "closed");
  assert.equal((await writing).reason, "closed");
  await assert.rejects(a.write([bytes(1)]), { reason: "closed", operation: "write" });
  await assert.rejects(a.closeWrite(), { reason: "closed", operation: "closeWrite" });
});

test("memoryPair(): an abort wakes the peer's pending read and write", async () => {
  const [a, b] = memoryPair({ capacity: 1 });
  const reading = rejection(read(b));
  const writing = rejection(b.write([bytes(1, 2)]));
  a.abort();
  assert.equal((await reading).reason, "reset");
  assert.equal((await writing).reason, "reset");
});

test("memoryPair({ capacity: 0 }): a write settles only when the peer has read all of it", async () => {
  const [a, b] = memoryPair({ capacity: 0 });
  let written = false;
  const writing = a.write([bytes(1, 2), bytes(3)]).then(() => written = true);
  assert.deepEqual(await read(b, 1), [1]);
  assert.equal(a.bytesTaken, 1);
  assert.deepEqual(await read(b), [2]);
  assert.equal(written, false);
  assert.deepEqual(await read(b), [3]);
  await writing;
  assert.equal(a.bytesTaken, 3);
});

test("memoryPair({ capacity: 0 }): what was not read is not delivered by a release(), nor counted as taken", async () => {
  const [a, b] = memoryPair({ capacity: 0 });
  const writing = rejection(a.write([bytes(1, 2, 3)]));
  assert.deepEqual(await read(b, 2), [1, 2]);
  a.release();
  assert.equal((await writing).reason, "closed");
  assert.equal(a.bytesTaken, 2);
  assert.equal(await read(b), null);
});

test("memoryPair({ capacity: 0 }): a pending write is woken by the peer's abort", async () => {
  const [a, b] = memoryPair({ capacity: 0 });
  const writing = rejection(a.write([bytes(1)]));
  b.abort();
  assert.equal((await writing).reason, "reset");
  assert.equal(a.bytesTaken, 0);
});

test("memoryPair({ capacity: 0 }) carries both directions at once", async () => {
  const [a, b] = memoryPair({ capacity: 0 });
  const writing = Promise.all([a.write([bytes(1)]), b.write([bytes(2)])]);
  assert.deepEqual(await read(a), [2]);
  assert.deepEqual(await read(b), [1]);
  await writing;
});

/** The sizes of the reads that 1,000 bytes take. */
async function sizes(options: MemoryPairOptions): Promise<number[]> {
  const [a, b] = memoryPair(options);
  void a.write([new Uint8Array(1_000)]);
  const found: number[] = [];
  for (let sum = 0; sum < 1_000; sum += found.at(-1)!) found.push((await read(b, 1_000))!.length);
  return found;
}

for (const capacity of [0, 64, 65_536]) {
  test(`memoryPair({ capacity: ${capacity}, seed }) cuts reads at random, the same way for the same seed`, async () => {
    const [one, again, other] = [
      await sizes({ capacity, seed: 1 }),
      await sizes({ capacity, seed: 1 }),
      await sizes({ capacity, seed: 2 }),
    ];
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
    assert.ok(new Set(one).size > 3, "of many sizes");
  });
}

test("memoryPair({ wrap }) puts a fault around the first end", async () => {
  const [a, b] = memoryPair({ wrap: resetAt(2) });
  await b.write([bytes(1, 2, 3)]);
  assert.deepEqual(await read(a), [1, 2]);
  await assert.rejects(read(a), { reason: "reset" });
});

const badCapacities = badSizes("capacity").filter(({ value }) => value !== 0);
testBadOptions("memoryPair()", badCapacities, (options) => memoryPair(options));
testBadOptions("memoryPair()", [
  { option: "seed", value: "1", error: "TypeError" },
  { option: "seed", value: NaN, error: "TypeError" },
  { option: "wrap", value: 1, error: "TypeError" },
], (options) => memoryPair(options));

test("memoryPair() refuses options that are no object", () => {
  assert.throws(() => memoryPair(5 as never), { name: "TypeError", message: /options 5/ });
});

test("memoryPair() refuses a capacity without an end", () => {
  assert.throws(() => memoryPair({ capacity: Infinity }), { name: "RangeError", message: /capacity Infinity/ });
});
