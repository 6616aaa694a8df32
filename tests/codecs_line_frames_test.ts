import assert from "node:assert/strict";
import { ByteQueue } from "../mod.ts";
import { checkLinesOptions, LineFrames } from "../lib/codecs/line_frames.ts";
import { bytes } from "./codec_events.ts";
import { test } from "./harness.ts";

function queueOf(text: string): ByteQueue {
  const queue = new ByteQueue();
  queue.append(bytes(text));
  return queue;
}

test("LineFrames.decodeAll() gives all whole lines and leaves the rest", () => {
  const queue = queueOf("a\r\nb\nrest");
  assert.deepEqual(new LineFrames({}).decodeAll(queue), ["a", "b"]);
  assert.equal(queue.length, 4);
});

test("LineFrames.decodeAll() stops before a line that is too long, then throws, then passes over it", () => {
  const queue = queueOf("a\ntoo long\nb\n");
  const frames = new LineFrames({ limit: 3 });
  assert.deepEqual(frames.decodeAll(queue), ["a"]);
  assert.equal(queue.length, 11);
  assert.throws(() => frames.decodeAll(queue), { name: "LimitExceededError" });
  assert.deepEqual(frames.decodeAll(queue), ["b"]);
});

test("LineFrames that skips blank lines consumes them with what follows", () => {
  const queue = queueOf("\n \t\r\n12");
  const frames = new LineFrames({}, true);
  assert.equal(frames.decode(queue), undefined);
  assert.equal(queue.length, 7);
  queue.append(bytes("3\n"));
  assert.equal(frames.decode(queue), "123");
  assert.equal(queue.length, 0);
});

test("LineFrames that skips blank lines has none left at the end of stream", () => {
  const queue = queueOf("\n \n  ");
  const frames = new LineFrames({}, true);
  assert.equal(frames.decode(queue), undefined);
  assert.equal(frames.end(queue), undefined);
  assert.equal(queue.length, 0);
});

test("LineFrames that skips blank lines leaves the tail that is none", () => {
  const queue = queueOf("\n12");
  const frames = new LineFrames({}, true);
  assert.equal(frames.decode(queue), undefined);
  assert.equal(frames.end(queue), undefined);
  assert.equal(queue.length, 2);
});

test("LineFrames that skips blank lines takes one that is too long for an error, whole or cut", () => {
  for (const text of ["\n     \n1\n", "\n     "]) {
    const queue = queueOf(text);
    const frames = new LineFrames({ limit: 4 }, true);
    assert.throws(() => frames.decode(queue), { name: "LimitExceededError" }, JSON.stringify(text));
    if (text.endsWith("1\n")) assert.equal(frames.decode(queue), "1");
  }
});

test("LineFrames that skips blank lines does not count the CR of the line behind them", () => {
  const queue = queueOf("\n1234\r");
  const frames = new LineFrames({ limit: 4 }, true);
  assert.equal(frames.decode(queue), undefined);
  assert.equal(queue.length, 6);
});

test("checkLinesOptions() takes no options for defaults", () => {
  checkLinesOptions({});
  assert.throws(() => checkLinesOptions({ limit: -1 }), RangeError);
});
