import assert from "node:assert/strict";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { Inbound, nextMemory } from "../lib/runtime/node/inbound.ts";
import { FakeSocket } from "./fake_socket.ts";
import { test } from "./harness.ts";
import { rejection, temporaryFolder } from "./raw_peers.ts";

const RESET = { reason: "reset", initiator: "peer", code: "ECONNRESET" } as const;
const CLOSED = { reason: "closed", initiator: "local" } as const;

const chunk = (...bytes: number[]) => new Uint8Array(bytes);

const memories = new WeakMap<Inbound, Uint8Array<ArrayBuffer>>();

/** Where Node puts the next bytes of an `onread` socket. */
function memoryOf(inbound: Inbound): Uint8Array<ArrayBuffer> {
  return memories.get(inbound) ?? nextMemory();
}

/** What Node does with them: puts them there, calls, and asks for the next memory. */
function arrive(inbound: Inbound, bytes: Uint8Array): boolean {
  const memory = memoryOf(inbound);
  memory.set(bytes);
  const goesOn = inbound.receive(bytes.length, memory);
  memories.set(inbound, nextMemory());
  return goesOn;
}

/** A read into memory of its own, as text of the bytes it brought. */
async function read(inbound: Inbound, size = 64): Promise<number[] | null> {
  const into = new Uint8Array(size);
  const bytes = await inbound.read(into);
  return bytes === null ? null : [...into.subarray(0, bytes)];
}

test("Inbound.read() takes what the callback brings, straight into the reader's memory", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const reading = read(inbound);
  arrive(inbound, chunk(1, 2, 3));
  assert.deepEqual(await reading, [1, 2, 3]);
});

test("Inbound keeps what does not fit, in order", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const reading = read(inbound, 2);
  arrive(inbound, chunk(1, 2, 3, 4, 5));
  assert.deepEqual(await reading, [1, 2]);
  assert.deepEqual(await read(inbound, 2), [3, 4]);
  assert.deepEqual(await read(inbound, 2), [5]);
});

test("Inbound copies what it keeps, because the callback's buffer is shared by every socket", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const shared = memoryOf(inbound);
  arrive(inbound, chunk(1, 2, 3));
  shared.fill(9);
  assert.deepEqual(await read(inbound), [1, 2, 3]);
});

test("Inbound.receive() stops the socket once a chunk is kept: the seam pulls", async () => {
  const socket = new FakeSocket();
  const inbound = new Inbound(socket, "onread");
  assert.equal(arrive(inbound, chunk(1)), false);
  assert.deepEqual(socket.calls, []);
  await read(inbound);
  assert.deepEqual(socket.calls, ["resume"]);
});

test("Inbound.receive() goes on reading while nothing is kept", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const reading = read(inbound);
  assert.equal(arrive(inbound, chunk(1)), true);
  await reading;
});

test("Inbound reads ahead while a write is pending, up to 1 MiB", () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  inbound.writing = true;
  const full = new Uint8Array(65_536);
  for (let i = 0; i < 15; i++) assert.equal(arrive(inbound, full), true);
  assert.equal(arrive(inbound, full.subarray(1)), true);
  assert.equal(arrive(inbound, chunk(1)), false);
});

test("Inbound.read() leaves a socket alone that goes on reading by itself", async () => {
  const socket = new FakeSocket();
  const inbound = new Inbound(socket, "onread");
  const first = read(inbound);
  arrive(inbound, chunk(1));
  await first;
  const second = read(inbound);
  arrive(inbound, chunk(2));
  await second;
  assert.deepEqual(socket.calls, ["resume"]);
});

const BLOCK = 65_536;

test("Inbound.readChunk() hands over what came, without a copy from the second chunk on", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const first = inbound.readChunk(undefined);
  const shared = memoryOf(inbound);
  arrive(inbound, chunk(1, 2));
  assert.deepEqual(await first, chunk(1, 2));
  assert.ok((await first)!.buffer !== shared.buffer, "that belongs to every socket");
  const second = inbound.readChunk(undefined);
  const own = memoryOf(inbound);
  arrive(inbound, chunk(3));
  assert.deepEqual(await second, chunk(3));
  assert.ok((await second)!.buffer === own.buffer, "it was copied");
  assert.ok(memoryOf(inbound).buffer !== own.buffer, "what was handed over is filled again");
});

test("Inbound.readChunk() fills memory again that became free, and never for another socket", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const spare = new Uint8Array(new ArrayBuffer(BLOCK + 10), 10);
  const reading = inbound.readChunk(spare);
  arrive(inbound, chunk(1));
  await reading;
  assert.ok(memoryOf(inbound) === spare);
  assert.ok(memoryOf(new Inbound(new FakeSocket(), "onread")) !== spare, "whoever connects next asks, too");
});

test("Inbound.readChunk() takes no memory that is too small", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const reading = inbound.readChunk(new Uint8Array(10));
  arrive(inbound, chunk(1));
  await reading;
  assert.equal(memoryOf(inbound).length, BLOCK);
});

test("Inbound.readChunk() shows nothing around a chunk that was not sent", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  for (let i = 0; i < 50; i++) {
    const reading = inbound.readChunk(undefined);
    arrive(inbound, chunk(7, 7, 7));
    const whole = new Uint8Array((await reading)!.buffer);
    assert.equal(whole.reduce((sum, byte) => sum + byte, 0), 21);
  }
});

test("Inbound.readChunk() has what was kept while nobody read, large pieces where they are", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  inbound.writing = true; // So that it reads ahead.
  const reading = inbound.readChunk(undefined);
  arrive(inbound, chunk(1));
  await reading;
  const large = memoryOf(inbound);
  arrive(inbound, new Uint8Array(BLOCK / 4).fill(2));
  const own = memoryOf(inbound);
  arrive(inbound, new Uint8Array(BLOCK / 4 - 1).fill(3));
  const [second, third] = [await inbound.readChunk(undefined), await inbound.readChunk(undefined)];
  assert.equal(second!.length, BLOCK / 4);
  assert.ok(second!.buffer === large.buffer, "it was copied");
  assert.equal(third!.length, BLOCK / 4 - 1);
  assert.ok(third!.buffer !== own.buffer, "a little keeps a whole block");
  assert.ok([second, third].every((piece, index) => piece!.every((byte) => byte === index + 2)));
});

test("Inbound.read() behind readChunk() gets everything, and the socket its shared memory back", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const shared = memoryOf(inbound);
  const chunks = inbound.readChunk(undefined);
  arrive(inbound, chunk(1));
  await chunks;
  assert.ok(memoryOf(inbound) !== shared);
  const reading = read(inbound);
  arrive(inbound, chunk(2, 3));
  assert.deepEqual(await reading, [2, 3]);
  assert.ok(memoryOf(inbound) === shared);
});

test("Inbound.readChunk() hands over what a Readable had, unless that is a part of something larger", async () => {
  const socket = new FakeSocket();
  const [whole, part] = [chunk(1, 2, 3), chunk(4, 5, 6).subarray(1)];
  socket.buffered.push(whole, part);
  const inbound = new Inbound(socket, "data");
  assert.ok((await inbound.readChunk(undefined))!.buffer === whole.buffer);
  const second = await inbound.readChunk(undefined);
  assert.deepEqual(second, chunk(5, 6));
  assert.equal(second!.buffer.byteLength, 2);
});

test("Inbound.readChunk() ends and fails as read() does", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  arrive(inbound, chunk(1));
  inbound.end();
  assert.deepEqual(await inbound.readChunk(undefined), chunk(1));
  assert.equal(await inbound.readChunk(undefined), null);
  const failed = new Inbound(new FakeSocket(), "onread");
  const reading = rejection(failed.readChunk(undefined));
  failed.fail(RESET);
  assert.equal((await reading).reason, "reset");
});

test("Inbound.read() resolves to null at the end of stream, again and again", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  const reading = read(inbound);
  inbound.end();
  assert.equal(await reading, null);
  assert.equal(await read(inbound), null);
});

test("Inbound.read() brings the last bytes before the end of stream", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  arrive(inbound, chunk(1));
  inbound.end();
  assert.deepEqual(await read(inbound), [1]);
  assert.equal(await read(inbound), null);
});

test("Inbound.read() brings the last bytes before the failure", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  arrive(inbound, chunk(1));
  inbound.fail(RESET);
  assert.deepEqual(await read(inbound), [1]);
  await assert.rejects(read(inbound), { reason: "reset", operation: "read" });
});

test("Inbound prefers a failure to an end of stream in the turn when a write is under way", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  inbound.writing = true;
  const reading = rejection(read(inbound));
  inbound.end();
  inbound.fail(RESET);
  assert.equal((await reading).reason, "reset");
});

test("Inbound does not wait for a blocked write to report the end of stream", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  inbound.writing = true;
  const reading = read(inbound);
  inbound.end();
  assert.equal(await reading, null);
});

test("Inbound latches the first failure", async () => {
  const inbound = new Inbound(new FakeSocket(), "onread");
  inbound.fail(RESET);
  inbound.fail({ reason: "other", initiator: "network" });
  await assert.rejects(read(inbound), { reason: "reset" });
});

test("Inbound.stop() drops what was kept and wakes the read", async () => {
  const kept = new Inbound(new FakeSocket(), "onread");
  arrive(kept, chunk(1));
  kept.stop(CLOSED);
  await assert.rejects(read(kept), { reason: "closed" });
  const inbound = new Inbound(new FakeSocket(), "onread");
  const reading = rejection(read(inbound));
  inbound.stop(CLOSED);
  assert.equal((await reading).reason, "closed");
  await assert.rejects(read(inbound), { reason: "closed" });
});

test("Inbound takes what a Readable had buffered before it was adopted, chunk by chunk", async () => {
  const socket = new FakeSocket();
  socket.buffered.push(chunk(1, 2), chunk(3));
  const inbound = new Inbound(socket, "data");
  assert.deepEqual(await read(inbound), [1, 2]);
  assert.deepEqual(await read(inbound), [3]);
});

test("Inbound of a socket that says 'data' has at most one chunk that nobody has asked for", async () => {
  const socket = new FakeSocket();
  const inbound = new Inbound(socket, "data");
  assert.deepEqual(socket.calls, ["pause", "resume"]);
  const reading = read(inbound);
  socket.flow(chunk(7), chunk(8), chunk(9));
  assert.deepEqual(await reading, [7]);
  assert.deepEqual(socket.calls, ["pause", "resume", "pause"]);
  assert.deepEqual(socket.buffered, [chunk(9)]);
  assert.deepEqual(await read(inbound), [8]);
  assert.deepEqual(await read(inbound), [9]);
});

// An error destroys the socket and what its Readable holds; inside the handler the bytes are there for the last time.
test("Inbound.rescue() takes all that the Readable still holds", async () => {
  const socket = new FakeSocket();
  const inbound = new Inbound(socket, "data");
  socket.pause();
  socket.buffered.push(chunk(1), chunk(2), chunk(3));
  inbound.rescue();
  inbound.fail(RESET);
  assert.deepEqual(await read(inbound), [1]);
  assert.deepEqual(await read(inbound), [2]);
  assert.deepEqual(await read(inbound), [3]);
  await assert.rejects(read(inbound), { reason: "reset" });
});

test("Inbound.salvage() takes what the Readable holds, and nothing once it was stopped", async () => {
  const socket = new FakeSocket();
  const inbound = new Inbound(socket, "data");
  socket.buffered.push(chunk(1), chunk(2));
  inbound.salvage();
  inbound.fail(RESET);
  assert.deepEqual(await read(inbound), [1]);
  assert.deepEqual(await read(inbound), [2]);
  socket.buffered.push(chunk(3));
  inbound.stop(CLOSED);
  inbound.salvage();
  assert.equal(socket.buffered.length, 1);
});

test("Inbound.lookBehind() brings what is behind an end of stream before the end", async () => {
  await using folder = await temporaryFolder();
  writeFileSync(folder.path("kernel"), chunk(1, 2, 3));
  const fd = openSync(folder.path("kernel"), "r");
  const inbound = new Inbound(Object.assign(new FakeSocket(), { _handle: { fd } }), "onread");
  const reading = read(inbound, 2);
  assert.equal(inbound.lookBehind(), undefined);
  inbound.end();
  closeSync(fd);
  assert.deepEqual([await reading, await read(inbound), await read(inbound)], [[1, 2], [3], null]);
});

test("Inbound of a socket whose end was read before knows it", async () => {
  const socket = new FakeSocket();
  socket.readableEnded = true;
  assert.equal(await read(new Inbound(socket, "data")), null);
});
