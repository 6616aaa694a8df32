/**
 * T35, TS01, TS06: much data, in pieces of every size.
 */
import assert from "node:assert/strict";
import type { Connection } from "../../mod.ts";
import type { Check } from "./pair.ts";
import { atRest, bytes, letBlock } from "./steps.ts";

const SOAK_BYTES = 1_048_576;

/** Pieces of the soak are 1 byte to this many. */
const PIECE_BYTES = 16_384;

const BIG_BYTES = 10_000_000;

/** A small generator with a seed (xorshift32): the same numbers on every run and runtime. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

async function sendInPieces({ writer }: Connection, data: Uint8Array, seed: number): Promise<void> {
  const next = random(seed);
  for (let at = 0; at < data.length;) {
    const size = 1 + next() % PIECE_BYTES;
    await writer.write(data.subarray(at, at + size));
    at += size;
  }
  await writer.closeWrite();
}

async function receiveInPieces({ reader }: Connection, expected: Uint8Array, seed: number): Promise<void> {
  const next = random(seed);
  let at = 0;
  for (;;) {
    const atMost = 1 + next() % PIECE_BYTES;
    const piece = await reader.read({ atMost });
    if (piece === null) break;
    assert.ok(piece.length > 0 && piece.length <= atMost, `a piece of ${piece.length} bytes`);
    // Compared by a loop: `deepEqual` of so much takes longer than to send it.
    for (const byte of piece) {
      if (byte !== expected[at++]) assert.fail(`byte ${at - 1} is wrong`);
    }
  }
  assert.equal(at, expected.length);
}

/** In turn: as it comes, lent, a little, more than fits before a chunk, more than a chunk. */
async function receiveInEveryWay({ reader }: Connection, length: number, seed: number): Promise<Uint8Array[]> {
  const next = random(seed);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < length;) {
    const ways = [
      () => reader.read(),
      async () => (await reader.read({ borrow: true }))!.slice(),
      () => reader.readExactly(Math.min(1 + next() % 100, length - at)),
      () => reader.readExactly(Math.min(5_000, length - at)),
      () => reader.readExactly(Math.min(100_000, length - at)),
    ];
    const piece = await ways[next() % ways.length]!();
    pieces.push(piece!);
    at += piece!.length;
  }
  return pieces;
}

export const volumeChecks: Check[] = [
  {
    id: "T35",
    title: "1 MiB each way at once in pieces of random size arrives byte for byte",
    async run(maker) {
      await using pair = await maker.pair();
      const next = random(1);
      const there = Uint8Array.from({ length: SOAK_BYTES }, () => next());
      const back = there.slice().reverse();
      await Promise.all([
        sendInPieces(pair.local, there, 2),
        receiveInPieces(pair.peer, there, 3),
        sendInPieces(pair.peer, back, 4),
        receiveInPieces(pair.local, back, 5),
      ]);
    },
  },
  {
    id: "TS01",
    title: "10 MB in one write arrive when the peer begins to read late, and the buffer is the caller's again",
    async run(maker) {
      await using pair = await maker.pair();
      const { local, peer } = pair;
      const memory = resizable(BIG_BYTES);
      const writing = local.writer.write(new Uint8Array(memory));
      await atRest(() => local.bytesWritten);
      await letBlock();
      await peer.reader.skip(BIG_BYTES);
      await writing;
      memory.resize?.(1);
      await local.writer.write("e");
      await local.writer.closeWrite();
      assert.equal(peer.bytesRead, BIG_BYTES + peer.reader.bufferedBytes);
      assert.deepEqual(await peer.reader.read(), bytes("e"));
      assert.equal(await peer.reader.read(), null);
    },
  },
  {
    id: "TS06",
    title: "8 MiB received in every way, and kept until the end, are what was sent",
    async run(maker) {
      await using pair = await maker.pair();
      const next = random(6);
      const sent = new Uint8Array(Uint32Array.from({ length: 8 * SOAK_BYTES / 4 }, () => next()).buffer);
      const sending = pair.local.writer.write(sent);
      const pieces = await receiveInEveryWay(pair.peer, sent.length, 7);
      await sending;
      let at = 0;
      for (const piece of pieces) for (const byte of piece) if (byte !== sent[at++]) assert.fail(`byte ${at - 1}`);
      assert.equal(at, sent.length);
    },
  },
];

/** Memory whose size cannot change while a system call or a view of a runtime still holds it. */
function resizable(length: number): ArrayBuffer & { resize?(length: number): void } {
  const Resizable = ArrayBuffer as { new (length: number, options: { maxByteLength: number }): ArrayBuffer };
  return new Resizable(length, { maxByteLength: length });
}
