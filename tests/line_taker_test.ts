import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../mod.ts";
import { takeLine } from "../lib/line_decoder.ts";
import { LineTaker } from "../lib/line_taker.ts";
import { bytes } from "./codec_events.ts";
import { test } from "./harness.ts";

function queueOf(data: string | Uint8Array): ByteQueue {
  const queue = new ByteQueue();
  queue.append(typeof data === "string" ? bytes(data) : data);
  return queue;
}

test("LineTaker.take() gives lines in a row, and each takes its own bytes", () => {
  const queue = queueOf("one\r\ntwo\nthrée\n\nfive\nrest");
  const taker = new LineTaker();
  const left = ["one", "two", "thrée", "", "five"].map((expected) => {
    assert.equal(taker.take(queue, 100, "utf-8"), expected);
    return queue.length;
  });
  assert.deepEqual(left, [21, 17, 10, 9, 4]);
  assert.equal(taker.take(queue, 100, "utf-8"), undefined);
});

test("LineTaker.take() forgets the text ahead when somebody else has taken bytes", () => {
  const queue = queueOf("aaaa\nbbbb\ncccc\ndddd\neeee\nffff\n");
  const taker = new LineTaker();
  for (const line of ["aaaa", "bbbb", "cccc"]) assert.equal(taker.take(queue, 9, "utf-8"), line);
  queue.drop(2);
  assert.equal(taker.take(queue, 9, "utf-8"), "dd");
  assert.equal(taker.take(queue, 9, "utf-8"), "eeee");
});

test("LineTaker.take() forgets the text ahead when the encoding changes", () => {
  const queue = queueOf("é\né\né\né\né\n");
  const taker = new LineTaker();
  for (let i = 0; i < 4; i++) assert.equal(taker.take(queue, 9, "utf-8"), "é");
  assert.equal(taker.take(queue, 9, "latin1"), "Ã©");
});

test("LineTaker.take() decodes no more ahead than was taken in a row", () => {
  const queue = queueOf("a\n".repeat(100));
  const looks: number[] = [];
  const peek = queue.peek.bind(queue);
  queue.peek = (size, from) => (looks.push(size), peek(size, from));
  const taker = new LineTaker();
  for (let i = 0; i < 10; i++) {
    taker.take(queue, 9, "utf-8");
    queue.drop(2); // Somebody else's turn.
  }
  assert.ok(looks.every((size) => size <= 2), String(looks));
});

test("LineTaker.takeAll() takes all whole lines and leaves the rest", () => {
  const queue = queueOf("a\r\nb\n\nrest");
  assert.deepEqual(new LineTaker().takeAll(queue, 9, "utf-8"), ["a", "b", ""]);
  assert.equal(queue.length, 4);
  assert.equal(new LineTaker().takeAll(queue, 9, "utf-8"), undefined);
});

test("LineTaker.takeAll() stops before a malformed line, and the next call takes it", () => {
  const queue = queueOf(new Uint8Array([0x61, 0x0a, 0xff, 0x0a, 0x62, 0x0a]));
  const taker = new LineTaker();
  assert.deepEqual(taker.takeAll(queue, 9, "utf-8"), ["a"]);
  assert.equal(queue.length, 4);
  assert.throws(() => taker.takeAll(queue, 9, "utf-8"), { name: "DecodeError" });
  assert.deepEqual(taker.takeAll(queue, 9, "utf-8"), ["b"]);
});

test("LineTaker.takeAll() counts bytes, not characters, and the limit is exact", () => {
  assert.deepEqual(new LineTaker().takeAll(queueOf("éé\nab\n"), 4, "utf-8"), ["éé", "ab"]);
  const queue = queueOf("ab\néé\n");
  const taker = new LineTaker();
  assert.deepEqual(taker.takeAll(queue, 3, "utf-8"), ["ab"]);
  assert.throws(() => taker.takeAll(queue, 3, "utf-8"), { name: "LimitExceededError" });
  assert.equal(queue.length, 5);
});

const snippet = fc.constantFrom("a", "bb", "é", "€", "😀", "\n", "\n", "\r\n", "\r", "\ufffd", "\ufeff", "\xff!");
const data = fc.array(snippet, { maxLength: 60 }).map((parts) =>
  Uint8Array.from(parts.flatMap((part) => part === "\xff!" ? [0xff] : [...bytes(part)]))
);

test("LineTaker gives what takeLine() gives, whoever takes bytes meanwhile", () => {
  const step = fc.constantFrom("take", "take", "take", "take", "takeAll", "drop", "push");
  fc.assert(
    fc.property(data, fc.array(step), fc.integer({ min: 1, max: 9 }), (all, steps, limit) => {
      const [queue, plain] = [new ByteQueue(), new ByteQueue()];
      const taker = new LineTaker();
      const both = (run: (queue: ByteQueue) => unknown): void => void [run(queue), run(plain)];
      let at = 0;
      for (const what of ["push", ...steps, "push", "takeAll", "take"]) {
        if (what === "push") both((q) => q.append(all.subarray(at, at + 20)));
        if (what === "push") at += 20;
        if (what === "drop") both((q) => q.drop(Math.min(1, q.length)));
        if (what === "take") {
          assert.deepEqual(
            outcome(() => taker.take(queue, limit, "utf-8")),
            outcome(() => takeLine(plain, limit, "utf-8")),
          );
        }
        if (what === "takeAll") {
          assert.deepEqual(outcome(() => taker.takeAll(queue, limit, "utf-8")), many(plain, limit));
        }
        assert.equal(queue.length, plain.length);
      }
    }),
    { numRuns: 2_000 },
  );
});

function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return String(error);
  }
}

/** `takeAll` by definition. */
function many(queue: ByteQueue, limit: number): unknown {
  const lines: string[] = [];
  for (;;) {
    let line: string | undefined;
    try {
      line = takeLine(queue, limit, "utf-8", lines.length === 0);
    } catch (error) {
      return lines.length === 0 ? String(error) : lines;
    }
    if (line === undefined) return lines.length === 0 ? undefined : lines;
    lines.push(line);
  }
}
