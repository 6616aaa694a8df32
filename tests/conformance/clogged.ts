/**
 * T26–T33, T41, T42: the peer does not read, every buffer is full, and writes wait.
 *
 * trio refuses a second waiter with Busy. Here writes queue and several may wait (`drain()` is trio's
 * `wait_send_all_might_not_block`), so those checks assert that everybody is served, in order.
 */
import assert from "node:assert/strict";
import type { ConnectionPair } from "../../lib/testing/mod.ts";
import type { Check } from "./pair.ts";
import { aborted, accepted, BROKEN, bytes, clogged, letBlock } from "./steps.ts";

/** Whether a promise has settled, without touching it otherwise. */
function watch(promise: Promise<unknown>): { settled: boolean } {
  const state = { settled: false };
  const settle = (): void => void (state.settled = true);
  promise.then(settle, settle);
  return state;
}

/** None of these may settle while nobody reads. */
async function mustWait(...promises: Promise<unknown>[]): Promise<void> {
  const states = promises.map(watch);
  await letBlock();
  assert.deepEqual(states.map(({ settled }) => settled), promises.map(() => false));
}

/** A drain that was cut by the peer: it may have seen the buffer empty, and must not hang. */
async function returnsOrBreaks(waiting: Promise<void>): Promise<void> {
  await waiting.catch((error) => assert.ok(BROKEN.includes(error.reason), String(error)));
}

/** The rest of what a clogged end sends: `tail`, and nothing else. */
async function receivesAfter({ peer }: ConnectionPair, clog: number, tail: string): Promise<void> {
  await peer.reader.skip(clog);
  assert.deepEqual(await peer.reader.readExactly(tail.length), bytes(tail));
}

export const cloggedChecks: Check[] = [
  {
    id: "T26",
    title: "drain() waits until the peer begins to read",
    async run(maker) {
      await using pair = await clogged(maker);
      const events: string[] = ["waiter sleeping"];
      const waiting = pair.local.writer.drain().then(() => events.push("waiter woke up"));
      await letBlock();
      events.push("receiver starting");
      await Promise.all([waiting, pair.peer.reader.skip(accepted(pair.local))]);
      assert.deepEqual(events, ["waiter sleeping", "receiver starting", "waiter woke up"]);
    },
  },
  {
    id: "T27",
    title: "two drain() at once wait, and both resolve",
    async run(maker) {
      await using pair = await clogged(maker);
      const waiting = [pair.local.writer.drain(), pair.local.writer.drain()];
      await mustWait(...waiting);
      await Promise.all([...waiting, pair.peer.reader.skip(accepted(pair.local))]);
    },
  },
  {
    id: "T28",
    title: "a write behind a drain() waits, and arrives whole",
    async run(maker) {
      await using pair = await clogged(maker);
      const clog = accepted(pair.local);
      const waiting = [pair.local.writer.drain(), pair.local.writer.write("tail")];
      await mustWait(...waiting);
      await Promise.all([...waiting, receivesAfter(pair, clog, "tail")]);
    },
  },
  {
    id: "T29",
    title: "two writes at once wait, and both arrive whole, in order",
    async run(maker) {
      await using pair = await clogged(maker);
      const clog = accepted(pair.local);
      // One that is copied and one that is not.
      const [first, second] = ["1".repeat(100), "2".repeat(100_000)];
      const waiting = [pair.local.writer.write(first), pair.local.writer.write(second)];
      await mustWait(...waiting);
      await Promise.all([...waiting, receivesAfter(pair, clog, first + second)]);
    },
  },
  {
    id: "T30",
    title: "drain() does not hang when the peer is aborted",
    async run(maker) {
      await using pair = await clogged(maker);
      const waiting = pair.local.writer.drain();
      await mustWait(waiting);
      pair.peer.abort();
      await returnsOrBreaks(waiting);
    },
  },
  {
    id: "T31",
    title: "drain() does not hang when the peer was aborted before",
    async run(maker) {
      await using pair = await clogged(maker);
      pair.peer.abort();
      await returnsOrBreaks(pair.local.writer.drain());
    },
  },
  {
    id: "T32",
    title: 'a blocked write rejects with "closed" when its own side aborts',
    async run(maker) {
      await using pair = await clogged(maker);
      const waiting = aborted(pair.local.writer.write("x"), "closed");
      await mustWait(waiting);
      pair.local.abort();
      await waiting;
    },
  },
  {
    id: "T33",
    title: 'a blocked drain() rejects with "closed" when its own side aborts',
    async run(maker) {
      await using pair = await clogged(maker);
      const waiting = aborted(pair.local.writer.drain(), "closed");
      await mustWait(waiting);
      pair.local.abort();
      await waiting;
    },
  },
  {
    id: "T41",
    title: "closeWrite() behind a blocked write queues: the bytes arrive, then the end of stream",
    async run(maker) {
      await using pair = await clogged(maker);
      const clog = accepted(pair.local);
      const waiting = [pair.local.writer.write("tail"), pair.local.writer.closeWrite()];
      await mustWait(...waiting);
      await Promise.all([...waiting, receivesAfter(pair, clog, "tail")]);
      assert.equal(await pair.peer.reader.read(), null);
    },
  },
  {
    id: "T42",
    title: "closeWrite() behind a blocked drain() queues, and both resolve",
    async run(maker) {
      await using pair = await clogged(maker);
      const waiting = [pair.local.writer.drain(), pair.local.writer.closeWrite()];
      await mustWait(...waiting);
      await Promise.all([...waiting, pair.peer.reader.skip(accepted(pair.local))]);
      assert.equal(await pair.peer.reader.read(), null);
    },
  },
];
