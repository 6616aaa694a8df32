/**
 * Sentences 1, 2, 3 and 6: reads.
 *
 * @module
 */
import {
  bytes,
  concat,
  expect,
  expectBytes,
  pattern,
  readExactly,
  readOnce,
  readToEnd,
  type TransportCheck,
  turns,
  underWay,
} from "./steps.ts";

const GUARD = 0xa5;

/** Into memory of these sizes, over and over: as small as it gets, and never a divisor of what is sent. */
const SIZES = [1, 7, 100, 3];

/** More than a socket holds, so that reads and writes must take turns. */
const MUCH = 1_048_576;

export const readingChecks: readonly TransportCheck[] = [
  {
    id: "1a",
    title: "a write goes through while a read waits, and the read then gets what comes",
    async body(local, peer) {
      const waiting = underWay(readOnce(local));
      const [question] = await Promise.all([readExactly(peer, 8), local.write([bytes("question")])]);
      expectBytes(question, bytes("question"), "the peer read");
      underWay(peer.write([bytes("answer")]));
      const answer = await waiting;
      expect(answer !== null, "the read that waited resolved to null: an end of stream that nobody sent");
      expectBytes(answer, bytes("answer").subarray(0, answer.length), "the read that waited");
    },
  },
  {
    id: "1b",
    title: "both directions carry 1 MiB at once, byte for byte",
    async body(local, peer) {
      const [there, back] = [pattern(MUCH, 1), pattern(MUCH, 2)];
      const [atPeer, atLocal] = await Promise.all([
        readExactly(peer, MUCH),
        readExactly(local, MUCH),
        local.write([there]),
        peer.write([back]),
      ]);
      expectBytes(atPeer, there, "the peer read");
      expectBytes(atLocal, back, "read()");
    },
  },
  {
    id: "2a",
    title: "a read puts bytes into the view it was given, and touches nothing outside of it",
    async body(local, peer) {
      underWay(peer.write([pattern(64)]));
      const memory = new Uint8Array(96).fill(GUARD);
      const count = await local.read(memory.subarray(32, 64));
      expect(count !== null && count <= 32, `read() resolved to ${count}, into memory of 32 bytes`);
      expectBytes(memory.subarray(32, 32 + count), pattern(64).subarray(0, count), "the start of the view");
      const outside = [...memory.subarray(0, 32), ...memory.subarray(64)];
      expect(outside.every((byte) => byte === GUARD), "read() wrote outside of the view it was given");
    },
  },
  {
    id: "2b",
    title: "memory is left alone once its read has settled",
    async body(local, peer) {
      underWay(peer.write([bytes("first")]).then(() => peer.write([bytes("second")])));
      const memory = new Uint8Array(5);
      const count = await local.read(memory);
      memory.fill(GUARD);
      await readExactly(local, 5 - (count ?? 0) + 6);
      await turns();
      expect(memory.every((byte) => byte === GUARD), "a later read wrote into the memory of an earlier one");
    },
  },
  {
    id: "2c",
    title: "a chunk that was handed over is left alone, and memory that became free brings only what is new",
    async body(local, peer) {
      if (local.readChunk === undefined) return;
      const sent = pattern(MUCH);
      underWay(peer.write([sent]).then(() => peer.closeWrite()));
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for (let chunk = await local.readChunk(); chunk !== null; chunk = await local.readChunk()) chunks.push(chunk);
      expectBytes(concat(chunks), sent, "the chunks, looked at when all had come");
    },
  },
  {
    id: "3a",
    title: "reads give 1 byte or more, no more than fits, and lose nothing in between",
    async body(local, peer) {
      const sent = pattern(3_001);
      underWay(peer.write([sent]).then(() => peer.closeWrite()));
      let at = 0;
      for (let i = 0; at < sent.length; i++) {
        const piece = await readOnce(local, SIZES[i % SIZES.length]);
        expect(piece !== null, `end of stream after ${at} of ${sent.length} bytes`);
        expectBytes(piece, sent.subarray(at, at + piece.length), `from byte ${at} on`);
        at += piece.length;
      }
    },
  },
  {
    id: "3b",
    title: "the end of stream is null, behind the last byte",
    async body(local, peer) {
      const sent = pattern(70_000);
      const [received] = await Promise.all([
        readToEnd(local, sent.length),
        peer.write([sent]).then(() => peer.closeWrite()),
      ]);
      expectBytes(received, sent, "up to the end of stream");
    },
  },
  {
    id: "3c",
    title: "after one null every read is null",
    async body(local, peer) {
      await peer.closeWrite();
      for (let i = 0; i < 3; i++) {
        const piece = await readOnce(local);
        expect(piece === null, `read ${i + 1} resolved to ${piece?.length} bytes behind the end of stream`);
        await turns(2);
      }
    },
  },
  {
    id: "3d",
    title: "a read that waits ends with null when the peer half-closes",
    async body(local, peer) {
      const waiting = underWay(readOnce(local));
      await turns();
      await peer.closeWrite();
      expect(await waiting === null, "the read that waited got bytes that nobody sent");
    },
  },
  {
    id: "6a",
    title: "a read that nobody waits for any more keeps waiting, and gets the next bytes",
    async body(local, peer) {
      const memory = new Uint8Array(16);
      const parked = underWay(local.read(memory));
      await turns();
      await Promise.all([readExactly(peer, 10), local.write([bytes("still here")])]);
      await local.closeWrite();
      await turns();
      underWay(peer.write([bytes("late")]));
      const count = await parked;
      expect(count !== null, "the parked read resolved to null: its bytes are lost");
      expectBytes(memory.subarray(0, count), bytes("late").subarray(0, count), "the memory of the parked read");
    },
  },
];
