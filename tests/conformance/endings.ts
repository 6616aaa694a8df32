/**
 * T12–T25: one end closes, in order or by force, and both ends are told the truth.
 */
import assert from "node:assert/strict";
import type { Check, PairMaker } from "./pair.ts";
import { aborted, atOnce, BROKEN, bytes, closeBoth, letBlock, sendUntilRefused } from "./steps.ts";

/** An operation after both ends closed in order. */
function afterClose(operation: (pair: Awaited<ReturnType<PairMaker["pair"]>>) => Promise<unknown>): Check["run"] {
  return async (maker) => {
    await using pair = await maker.pair();
    await closeBoth(pair);
    await aborted(operation(pair), "closed");
  };
}

export const endingChecks: Check[] = [
  {
    id: "T12",
    title: "writing to a peer that closes is refused in the end",
    async run(maker) {
      await using pair = await maker.pair();
      const [error] = await Promise.all([sendUntilRefused(pair.local), pair.peer.close({ timeout: 1 })]);
      assert.ok(BROKEN.includes(error.reason), error.message);
    },
  },
  {
    id: "T13",
    title: "once broken it stays broken: the next write is refused at once, for the same reason",
    async run(maker) {
      await using pair = await maker.pair();
      pair.peer.abort();
      const first = await sendUntilRefused(pair.local);
      const second = await atOnce(aborted(pair.local.writer.write(new Uint8Array(100)), first.reason));
      assert.notEqual(second, first, "each operation has its own error object");
    },
  },
  {
    id: "T14",
    title: 'read() after close() rejects with "closed"',
    run: afterClose(({ peer }) => peer.reader.read()),
  },
  {
    id: "T15",
    title: "the receiving end can be closed again",
    async run(maker) {
      await using pair = await maker.pair();
      await closeBoth(pair);
      await pair.peer.close();
      await pair.peer.close();
    },
  },
  {
    id: "T16",
    title: 'write() after close() rejects with "closed"',
    run: afterClose(({ local }) => local.writer.write(new Uint8Array(100))),
  },
  {
    id: "T17",
    title: 'an empty write() after close() rejects with "closed" too',
    run: afterClose(({ local }) => local.writer.write(new Uint8Array(0))),
  },
  {
    id: "T18",
    title: 'drain() after close() rejects with "closed"',
    run: afterClose(({ local }) => local.writer.drain()),
  },
  {
    id: "T19",
    title: "the sending end can be closed again",
    async run(maker) {
      await using pair = await maker.pair();
      await closeBoth(pair);
      await pair.local.close();
      await pair.local.close();
    },
  },
  {
    id: "T20",
    title: "what was written before close() arrives, then the end of stream",
    async run(maker) {
      await using pair = await maker.pair();
      await pair.local.writer.write("y");
      const closing = pair.local.close();
      await letBlock();
      assert.deepEqual(await pair.peer.reader.read({ atMost: 1 }), bytes("y"));
      assert.equal(await pair.peer.reader.read({ atMost: 1 }), null);
      const [local, peer] = await Promise.all([closing, pair.peer.close()]);
      assert.ok(local.clean && peer.clean);
    },
  },
  {
    id: "T21",
    title: 'the receiving end is aborted: writes are refused there, reads reject with "closed" here',
    async run(maker) {
      await using pair = await maker.pair();
      pair.peer.abort();
      const error = await sendUntilRefused(pair.local);
      assert.ok(BROKEN.includes(error.reason), error.message);
      await aborted(pair.peer.reader.read(), "closed");
    },
  },
  {
    id: "T22",
    title: "the sending end is aborted: its writes are refused, the peer gets no data and does not hang",
    async run(maker) {
      await using pair = await maker.pair();
      pair.local.abort();
      await aborted(pair.local.writer.write(new Uint8Array(100)), "closed");
      // Deno has no RST, so the peer may see an end of stream.
      const received = await pair.peer.reader.read({ atMost: 1 }).catch((error) => {
        assert.ok(BROKEN.includes(error.reason), String(error));
        return null;
      });
      assert.equal(received, null);
    },
  },
  {
    id: "T23",
    title: "a close() that is given up still closes",
    // Nothing can cancel close() but abort(), and time that is up.
    async run(maker) {
      await using pair = await maker.pair();
      const closing = [pair.local.close(), pair.peer.close()];
      pair.local.abort();
      void pair.peer.close({ timeout: 1 });
      await Promise.all(closing);
      await aborted(pair.local.writer.write("x"), "closed");
      // The reset may have come before its own close was done.
      await aborted(pair.peer.reader.read(), "closed", "reset");
    },
  },
  {
    id: "T24",
    title: "both ends close without error after operations that were given up",
    // trio's stream survives a cancelled write. Here an unknown part may have left, so the connection is over; a read
    // leaves it open with `keepOpen` only.
    async run(maker) {
      await using pair = await maker.pair();
      const signal = AbortSignal.abort();
      await assert.rejects(pair.peer.reader.read({ atMost: 1, signal, keepOpen: true }), (e) => e === signal.reason);
      const error = await aborted(pair.local.writer.write("x", { signal }), "signal");
      assert.equal(error.cause, signal.reason);
      await closeBoth(pair);
    },
  },
  {
    id: "T25",
    title: 'a blocked read() rejects with "closed" when its own side closes or aborts',
    async run(maker) {
      for (const end of ["close", "abort"] as const) {
        await using pair = await maker.pair();
        const reading = aborted(pair.peer.reader.read({ atMost: 10 }), "closed");
        await letBlock();
        const closing = pair.peer[end]();
        await atOnce(reading);
        await Promise.all([closing, pair.local.close()]);
      }
    },
  },
];
