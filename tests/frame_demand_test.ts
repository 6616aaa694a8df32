import assert from "node:assert/strict";
import { ByteQueue } from "../mod.ts";
import type { Decoder } from "../lib/codecs/mod.ts";
import { END, UNEXPECTED } from "../lib/demand.ts";
import { FrameDemand } from "../lib/frame_demand.ts";
import { test } from "./harness.ts";

/** One byte is a frame, 0 is an error that takes its byte, 255 needs 3 bytes. */
class Numbers implements Decoder<number> {
  needed = 0;
  calls = 0;
  readonly recovers: boolean;

  constructor(recovers = false) {
    this.recovers = recovers;
  }

  decode(buffer: ByteQueue): number | undefined {
    this.calls++;
    this.needed = 0;
    if (buffer.length === 0) return undefined;
    if (buffer.at(0) === 255) {
      this.needed = 3;
      if (buffer.length < 3) return undefined;
      buffer.drop(2);
    }
    const [number] = buffer.take(1);
    if (number === 0) throw new Error("zero");
    return number;
  }
}

function queueOf(...numbers: number[]): ByteQueue {
  const queue = new ByteQueue();
  queue.append(Uint8Array.from(numbers));
  return queue;
}

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return assert.fail("it did not throw");
}

test("FrameDemand does not ask before what was needed is here", () => {
  const decoder = new Numbers();
  const demand = new FrameDemand(decoder);
  const queue = queueOf(255);
  assert.equal(demand.take(queue), undefined);
  assert.equal(demand.expected, 3);
  queue.append(new Uint8Array([1]));
  assert.equal(demand.take(queue), undefined);
  assert.equal(decoder.calls, 1);
  queue.append(new Uint8Array([9]));
  assert.equal(demand.take(queue), 9);
  assert.equal(demand.expected, undefined);
});

test("FrameDemand asks anew when somebody else has taken bytes", () => {
  const demand = new FrameDemand(new Numbers());
  const queue = queueOf(255, 7);
  assert.equal(demand.take(queue), undefined);
  queue.drop(1);
  assert.equal(demand.take(queue), 7);
});

test("FrameDemand throws the very same error for ever, and does not ask again", () => {
  const decoder = new Numbers();
  const demand = new FrameDemand(decoder);
  const queue = queueOf(0, 1);
  const first = errorOf(() => demand.take(queue));
  assert.equal(errorOf(() => demand.take(queue)), first);
  assert.equal(errorOf(() => demand.takeAll(queue)), first);
  assert.equal(errorOf(() => demand.end(queue)), first);
  assert.equal(decoder.calls, 1);
});

test("FrameDemand goes on after an error of a decoder that recovers", () => {
  const demand = new FrameDemand(new Numbers(true));
  const queue = queueOf(0, 1);
  errorOf(() => demand.take(queue));
  assert.equal(demand.take(queue), 1);
});

for (const recovers of [false, true]) {
  test(`FrameDemand.takeAll() keeps an error behind frames for whoever asks next, ${recovers ? "once" : "for ever"}`, () => {
    const demand = new FrameDemand(new Numbers(recovers));
    const queue = queueOf(1, 2, 0, 3);
    assert.deepEqual(demand.takeAll(queue), [1, 2]);
    assert.equal(String(errorOf(() => demand.take(queue))), "Error: zero");
    if (recovers) assert.equal(demand.take(queue), 3);
    else errorOf(() => demand.take(queue));
  });
}

test("FrameDemand.takeAll() of nothing is need more, never an empty array", () => {
  assert.equal(new FrameDemand(new Numbers()).takeAll(new ByteQueue()), undefined);
});

test("FrameDemand.end() gives closing frames, then the end; F11: a decoder may make several of nothing", () => {
  let left = 4;
  const demand = new FrameDemand<number>({ decode: () => undefined, end: () => left > 0 ? left-- : undefined });
  const seen = Array.from({ length: 6 }, () => demand.end(new ByteQueue()));
  assert.deepEqual(seen, [4, 3, 2, 1, END, END]);
});

test("FrameDemand.end() takes bytes that are left for a frame that was cut", () => {
  assert.equal(new FrameDemand(new Numbers()).end(queueOf(255)), UNEXPECTED);
});
