import assert from "node:assert/strict";
import type { Transport } from "@hawser/net";
import { memoryPair } from "@hawser/net/testing";
import { parseCut } from "../lib/testing/explore/cut.ts";
import { CutTransport } from "../lib/testing/explore/cut_transport.ts";
import { turn } from "../lib/testing/explore/idle.ts";
import { Seam } from "../lib/testing/explore/seam.ts";
import { test } from "./harness.ts";

interface Cuttable {
  local: CutTransport;
  peer: Transport;
  seam: Seam;
  /** How often it was asked to cut by signal, cancel or close. */
  locally: () => number;
}

/** A memory pair, cut at its near end. */
function cuttable(id: string, capacity?: number): Cuttable {
  const cut = parseCut(id);
  const seam = new Seam(cut);
  const [near, far] = memoryPair({ capacity });
  let cuts = 0;
  const local = new CutTransport(near, {
    seam,
    way: cut.way,
    number: 1,
    cutLocally: () => cuts++,
    nextChunk: () => Infinity,
  });
  return { local, peer: far, seam, locally: () => cuts };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads once; text, or `null` at the end of stream. */
async function readFrom(transport: Transport): Promise<string | null> {
  const into = new Uint8Array(64);
  const count = await transport.read(into);
  return count === null ? null : new TextDecoder().decode(into.subarray(0, count));
}

/** Whether it has settled after a few turns. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  for (let i = 0; i < 3; i++) await turn();
  return settled;
}

test("CutTransport lets just so many bytes in, and resets", async () => {
  const { local, peer } = cuttable("in:3:reset");
  await peer.write([bytes("hello")]);
  assert.equal(await readFrom(local), "hel");
  await assert.rejects(readFrom(local), { reason: "reset", code: "ECONNRESET" });
  await assert.rejects(local.write([bytes("x")]), { reason: "reset" });
  await assert.rejects(readFrom(peer), { reason: "reset" });
});

test("CutTransport lets just so many bytes out, and fails the write", async () => {
  const { local, peer } = cuttable("out:3:write-error");
  await assert.rejects(local.write([bytes("hello")]), { reason: "broken-pipe", code: "EPIPE" });
  assert.equal(local.bytesTaken, 3);
  assert.equal(await readFrom(peer), "hel");
});

test("CutTransport resolves the write whose last byte it cuts after, and fails the next", async () => {
  const { local } = cuttable("out:5:reset");
  await local.write([bytes("he"), bytes("llo")]);
  await assert.rejects(local.write([bytes("x")]), { reason: "reset" });
});

test("CutTransport goes on reading after a write error", async () => {
  const { local, peer } = cuttable("event:1:write-error");
  await assert.rejects(local.write([bytes("hello")]), { reason: "broken-pipe" });
  await assert.rejects(local.closeWrite(), { reason: "broken-pipe" });
  await peer.write([bytes("answer")]);
  assert.equal(await readFrom(local), "answer");
});

test("CutTransport ends a read that waits, and still writes", async () => {
  const { local, peer, seam } = cuttable("event:2:end");
  const waiting = readFrom(local);
  await local.write([bytes("hello")]);
  assert.equal(await waiting, null);
  assert.equal(seam.reached, true);
  assert.equal(await readFrom(local), null);
  assert.equal(await readFrom(peer), "hello");
});

test("CutTransport leaves the memory of a read alone that has ended", async () => {
  const { local, peer } = cuttable("event:2:end");
  const into = new Uint8Array(8);
  const waiting = local.read(into);
  await turn(); // The transport inside reads by now.
  await local.write([bytes("x")]);
  assert.equal(await waiting, null);
  await peer.write([bytes("too late")]);
  await turn();
  assert.deepEqual(into, new Uint8Array(8));
});

test("CutTransport lets nothing pass when it stalls, until it is let go", async () => {
  const { local, peer } = cuttable("in:2:stall");
  await peer.write([bytes("hello")]);
  assert.equal(await readFrom(local), "he");
  const calls = [readFrom(local), local.write([bytes("x")]), local.closeWrite()];
  for (const call of calls) assert.equal(await settles(call), false);
  assert.equal(await settles(readFrom(peer)), false);
  local.abort();
  for (const call of calls) await assert.rejects(call, { reason: "closed" });
});

test("CutTransport keeps what arrives while it stalls, and brings it late", async () => {
  const { local, peer } = cuttable("event:2:late");
  const reading = readFrom(local);
  const writing = local.write([bytes("question")]);
  await peer.write([bytes("answer")]);
  assert.equal(await settles(Promise.race([reading, writing])), false);
  local.resume();
  assert.equal(await reading, "answer");
  await writing;
  assert.equal(await readFrom(peer), "question");
});

test("CutTransport leaves signal, cancel and close to others, and passes everything", async () => {
  for (const way of ["signal", "cancel", "close"]) {
    const { local, peer, locally } = cuttable(`in:2:${way}`);
    await peer.write([bytes("hello")]);
    assert.equal(await readFrom(local), "he");
    assert.equal(await readFrom(local), "llo");
    assert.equal(locally(), 1);
  }
});

test("CutTransport cuts at an event, once", async () => {
  const { local, seam, locally } = cuttable("event:3:signal");
  await local.write([bytes("a")]);
  assert.equal(seam.reached, false);
  await local.write([bytes("b")]);
  await local.closeWrite();
  await turn();
  assert.equal(locally(), 1);
  assert.equal(seam.events, 6);
});

test("CutTransport tells what has been taken of a write that waits", async () => {
  const { local } = cuttable("event:99:reset", 4);
  const writing = local.write([bytes("hello")]);
  await turn();
  assert.equal(local.bytesTaken, 4);
  local.release();
  await assert.rejects(writing, { reason: "closed" });
});

test("CutTransport numbers its events in words, in the clean run", async () => {
  const seam = new Seam();
  const [near, far] = memoryPair();
  const cutLocally = (): void => {};
  const local = new CutTransport(near, { seam, way: undefined, number: 1, cutLocally, nextChunk: () => 2 });
  await far.write([bytes("abc")]);
  await readFrom(local);
  await local.write([]);
  await local.closeWrite();
  far.abort();
  await assert.rejects(readFrom(local).then(() => readFrom(local)));
  local.release();
  local.abort();
  assert.deepEqual(seam.labels, [
    ...["read 1 starts", "read 1 brings 2 bytes", "write 1 starts", "write 1 is taken"],
    ...["closeWrite starts", "closeWrite is done", "read 2 starts", "read 2 brings 1 bytes"],
    ...["read 3 starts", "read 3 fails", "release"],
  ]);
});
