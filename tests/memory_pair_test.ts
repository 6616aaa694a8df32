import assert from "node:assert/strict";
import { memoryPair } from "../lib/testing/mod.ts";
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

testBadOptions("memoryPair()", badSizes("capacity"), (options) => memoryPair(options));

test("memoryPair() refuses options that are no object", () => {
  assert.throws(() => memoryPair(5 as never), { name: "TypeError", message: /options 5/ });
});
