/**
 * T00–T11: bytes go in at one end and come out at the other.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { setImmediate as afterIo } from "node:timers";
import { BusyError, type ReadOptions } from "../../mod.ts";
import type { Check, PairMaker } from "./pair.ts";
import { bytes, letBlock, send } from "./steps.ts";

/** Below the size from which the writer keeps the caller's buffer instead of copying it, and above. */
const SIZES = [10, 40_000];

/** Sends `data` whole and compares what arrives. */
async function arrives(maker: PairMaker, data: Uint8Array, expected: Uint8Array): Promise<void> {
  await using pair = await maker.pair();
  const [received] = await Promise.all([
    pair.peer.reader.readExactly(expected.length),
    send(pair.local, data),
  ]);
  assert.deepEqual(received, expected);
}

/** A read that must be refused for its argument, and must leave the byte behind it for the next. */
async function refuses(maker: PairMaker, atMost: number, error: typeof RangeError | typeof TypeError): Promise<void> {
  await using pair = await maker.pair();
  await assert.rejects(pair.peer.reader.read({ atMost }), error);
  assert.equal(pair.peer.bytesRead, 0);
  await send(pair.local, "x");
  assert.deepEqual(await pair.peer.reader.read(), bytes("x"));
}

async function readsOne(maker: PairMaker, options: ReadOptions | undefined): Promise<void> {
  await using pair = await maker.pair();
  await send(pair.local, "x");
  assert.deepEqual(await pair.peer.reader.read(options), bytes("x"));
}

function counted(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

export const transferChecks: Check[] = [
  {
    id: "T00",
    title: "a loop of reads that are always ready lets a timer fire",
    // trio asserts that every call yields; here a call with an answer at hand need not, but nobody may starve.
    async run(maker) {
      await using pair = await maker.pair();
      const { local, peer } = pair;
      let fired = false;
      afterIo(() => fired = true);
      const sending = (async () => {
        while (!fired) await local.writer.write(new Uint8Array(32_768));
        await local.writer.closeWrite();
      })();
      let reads = 0;
      while (!fired && reads++ < 2_000_000) await peer.reader.read({ atMost: 1 });
      const inTime = fired;
      peer.abort();
      await sending.catch(() => {}); // Cut short by the abort, which is how it ends.
      assert.ok(inTime, `no timer fired during ${reads} reads`);
    },
  },
  {
    id: "T01",
    title: "a byte that is sent is received",
    async run(maker) {
      await using pair = await maker.pair();
      const [received] = await Promise.all([pair.peer.reader.read({ atMost: 1 }), send(pair.local, "x")]);
      assert.deepEqual(received, bytes("x"));
    },
  },
  {
    id: "T02",
    title: "an empty write is invisible to the peer",
    async run(maker) {
      await using pair = await maker.pair();
      const sending = (async () => {
        await send(pair.local, new Uint8Array(0));
        await send(pair.local, "y");
      })();
      assert.deepEqual(await pair.peer.reader.read({ atMost: 1 }), bytes("y"));
      await sending;
    },
  },
  {
    id: "T03",
    title: "memory that others can change is sent as it was, plain and shared",
    async run(maker) {
      for (const size of SIZES) {
        const shared = new Uint8Array(new SharedArrayBuffer(size));
        shared.set(counted(size));
        await arrives(maker, counted(size), counted(size));
        await arrives(maker, shared, counted(size));
      }
    },
  },
  {
    id: "T04",
    title: "every kind of view is sent: a subarray, a DataView, a Buffer",
    async run(maker) {
      for (const size of SIZES) {
        const whole = counted(size + 9);
        const expected = whole.slice(7, 7 + size);
        const dataView = new DataView(whole.buffer, 7, size);
        await arrives(maker, whole.subarray(7, 7 + size), expected);
        // By its type a write takes Uint8Arrays; callers without types pass what their platform has.
        await arrives(maker, dataView as unknown as Uint8Array, expected);
        await arrives(maker, Buffer.from(whole.buffer, 7, size), expected);
      }
    },
  },
  {
    id: "T05",
    title: "read() of at most -1 byte is a RangeError, before any I/O",
    run: (maker) => refuses(maker, -1, RangeError),
  },
  {
    id: "T06",
    title: "read() of at most 0 bytes is a RangeError",
    run: (maker) => refuses(maker, 0, RangeError),
  },
  {
    id: "T07",
    title: "read() of at most 1.5 bytes is a TypeError",
    run: (maker) => refuses(maker, 1.5, TypeError),
  },
  {
    id: "T08",
    title: "read() without a size gives what is there",
    run: (maker) => readsOne(maker, undefined),
  },
  {
    id: "T09",
    title: "read() with null for a size is read() without one",
    async run(maker) {
      // What callers without types pass for "nothing".
      await readsOne(maker, null as unknown as undefined);
      await readsOne(maker, { atMost: null as unknown as undefined });
      await readsOne(maker, { atMost: undefined });
    },
  },
  {
    id: "T10",
    title: "a second read at once is a BusyError, and the first goes on",
    async run(maker) {
      await using pair = await maker.pair();
      const first = pair.peer.reader.read({ atMost: 1 });
      await assert.rejects(pair.peer.reader.read({ atMost: 1 }), BusyError);
      await send(pair.local, "x");
      assert.deepEqual(await first, bytes("x"));
    },
  },
  {
    id: "T11",
    title: "drain() of a stream with nothing in it resolves while the peer waits",
    async run(maker) {
      await using pair = await maker.pair();
      const giveUp = new AbortController();
      const reading = pair.peer.reader.read({ atMost: 1, signal: giveUp.signal, keepOpen: true });
      await letBlock();
      await pair.local.writer.drain();
      giveUp.abort();
      await assert.rejects(reading, { name: "AbortError" });
    },
  },
];
