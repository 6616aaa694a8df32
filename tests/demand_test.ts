import assert from "node:assert/strict";
import { ByteQueue } from "../lib/byte_queue.ts";
import {
  anyBytes,
  batch,
  type Demand,
  dropBytes,
  dropUntil,
  everything,
  exactBytes,
  line,
  lookAhead,
  pieces,
  readiness,
  UNEXPECTED,
  untilDelimiter,
} from "../lib/demand.ts";
import { DecodeError, LimitExceededError } from "../lib/errors.ts";
import { test } from "./harness.ts";
import { splits } from "./pieces_transport.ts";

const LENIENT = { required: false, allowUnterminated: false };

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function fill(queue: ByteQueue, text: string | Uint8Array): void {
  const data = typeof text === "string" ? bytes(text) : text;
  queue.area().set(data);
  queue.commit(data.length);
}

function queueOf(text: string): ByteQueue {
  const queue = new ByteQueue();
  if (text !== "") fill(queue, text);
  return queue;
}

function text(value: unknown): string {
  assert.ok(value instanceof Uint8Array, String(value));
  return new TextDecoder().decode(value);
}

/** Bytes that arrive in pieces and then the end: a demand is asked after each, as the fill loop does. */
function answer<T>(demand: Demand<T>, chunks: readonly Uint8Array[], queue = new ByteQueue()): T | typeof UNEXPECTED {
  for (const chunk of chunks.filter(({ length }) => length > 0)) {
    fill(queue, chunk);
    const value = demand.take(queue);
    if (value !== undefined) return value;
  }
  return demand.end(queue);
}

/** The same demand of the same bytes under every split. */
function underEverySplit<T>(
  data: string,
  demand: () => Demand<T>,
  check: (run: () => T | typeof UNEXPECTED) => void,
): void {
  for (const chunks of splits(bytes(data))) check(() => answer(demand(), chunks));
}

function exceeds(limit: number): (run: () => unknown) => void {
  return (run) => assert.throws(run, (error) => LimitExceededError.is(error) && error.limit === limit);
}

test("anyBytes() takes what is here, at most as many", () => {
  const queue = queueOf("abc");
  assert.equal(text(anyBytes(2, false, false).take(queue)), "ab");
  assert.equal(text(anyBytes(2, false, false).take(queue)), "c");
  assert.equal(anyBytes(2, false, false).take(queue), undefined);
});

test("anyBytes() ends with null, or unexpectedly when an answer is required", () => {
  assert.equal(anyBytes(1, false, false).end(queueOf("")), null);
  assert.equal(anyBytes(1, false, true).end(queueOf("")), UNEXPECTED);
});

test("anyBytes() lends memory of the queue when asked to borrow", () => {
  const queue = new ByteQueue();
  const area = queue.area();
  area.set(bytes("abc"));
  queue.commit(3);
  assert.equal((anyBytes(3, true, false).take(queue) as Uint8Array).buffer, area.buffer);
});

test("exactBytes() waits for all of them, under every split", () => {
  underEverySplit("12345", () => exactBytes(5, 10), (run) => assert.equal(text(run()), "12345"));
  underEverySplit("1234", () => exactBytes(5, 10), (run) => assert.equal(run(), UNEXPECTED));
});

test("exactBytes() of nothing is there at once", () => {
  assert.equal(text(exactBytes(0, 10).take(queueOf(""))), "");
});

test("exactBytes() takes exactly the limit and refuses one more, before a byte is here", () => {
  underEverySplit("12345", () => exactBytes(5, 5), (run) => assert.equal(text(run()), "12345"));
  exceeds(5)(() => exactBytes(6, 5).take(queueOf("")));
});

for (const delimiter of ["\n", "\r\n", "aab", "aa"]) {
  const name = JSON.stringify(delimiter);
  const until = (limit: number, options = LENIENT) => () => untilDelimiter(bytes(delimiter), limit, options);

  test(`untilDelimiter() takes exactly the limit before ${name}, under every split`, () => {
    underEverySplit(`12345${delimiter}6`, until(5), (run) => assert.equal(text(run()), "12345"));
  });

  test(`untilDelimiter() refuses one byte more than the limit before ${name}, under every split`, () => {
    underEverySplit(`12345${delimiter}6`, until(4), exceeds(4));
    underEverySplit("12345", until(4), exceeds(4));
  });

  test(`untilDelimiter() does not count what may become ${name}, under every split`, () => {
    const half = delimiter.slice(0, -1);
    underEverySplit(`12345${half}`, until(5), (run) => assert.equal(run(), UNEXPECTED));
    if (half !== "") underEverySplit(`12345${half}6`, until(5), exceeds(5));
  });
}

test("untilDelimiter() consumes the delimiter and nothing behind it", () => {
  const queue = queueOf("key=value");
  assert.equal(text(untilDelimiter(bytes("="), 10, LENIENT).take(queue)), "key");
  assert.equal(text(queue.peek(queue.length)), "value");
});

test("untilDelimiter() finds a delimiter that overlaps itself, under every split", () => {
  const aab = (): Demand<unknown> => untilDelimiter(bytes("aab"), 10, LENIENT);
  underEverySplit("aaab", aab, (run) => assert.equal(text(run()), "a"));
});

test("untilDelimiter() consumes nothing when it is over its limit", () => {
  const queue = queueOf("12345");
  assert.throws(() => untilDelimiter(bytes("\n"), 4, LENIENT).take(queue), LimitExceededError);
  assert.equal(queue.length, 5);
});

test("untilDelimiter() at the end: null for nothing, unexpected for something, or the tail", () => {
  const newline = bytes("\n");
  assert.equal(untilDelimiter(newline, 4, LENIENT).end(queueOf("")), null);
  assert.equal(untilDelimiter(newline, 4, { ...LENIENT, required: true }).end(queueOf("")), UNEXPECTED);
  assert.equal(untilDelimiter(newline, 4, LENIENT).end(queueOf("tail")), UNEXPECTED);
  assert.equal(text(untilDelimiter(newline, 4, { ...LENIENT, allowUnterminated: true }).end(queueOf("tail"))), "tail");
});

test("untilDelimiter() refuses a tail of one byte more than the limit, its half delimiter counted", () => {
  const demand = untilDelimiter(bytes("\r\n"), 4, { ...LENIENT, allowUnterminated: true });
  exceeds(4)(() => demand.end(queueOf("tail\r")));
});

for (const end of ["\n", "\r\n"]) {
  test(`line() takes exactly the limit before ${JSON.stringify(end)} and refuses one more, under every split`, () => {
    underEverySplit(`12345${end}`, () => line(5, "utf-8", LENIENT), (run) => assert.equal(run(), "12345"));
    underEverySplit(`12345${end}`, () => line(4, "utf-8", LENIENT), exceeds(4));
  });
}

test("line() at the end: null for nothing, unexpected for something, or the tail", () => {
  assert.equal(line(4, "utf-8", LENIENT).end(queueOf("")), null);
  assert.equal(line(4, "utf-8", { ...LENIENT, required: true }).end(queueOf("")), UNEXPECTED);
  assert.equal(line(4, "utf-8", LENIENT).end(queueOf("tail")), UNEXPECTED);
  assert.equal(line(4, "utf-8", { ...LENIENT, allowUnterminated: true }).end(queueOf("tail")), "tail");
  exceeds(3)(() => line(3, "utf-8", { ...LENIENT, allowUnterminated: true }).end(queueOf("tail")));
});

test("everything() takes exactly the limit and refuses one more, under every split", () => {
  underEverySplit("12345", () => everything(5), (run) => assert.equal(text(run()), "12345"));
  underEverySplit("12345", () => everything(4), exceeds(4));
  assert.equal(text(everything(5).end(queueOf(""))), "");
});

test("lookAhead() takes nothing, and gives a copy", () => {
  const queue = queueOf("abc");
  const seen = lookAhead(2, 10).take(queue);
  assert.equal(text(seen), "ab");
  (seen as Uint8Array).fill(0);
  assert.equal(text(queue.peek(3)), "abc");
});

test("lookAhead() waits for all of them; at the end it gives what is left, or null", () => {
  underEverySplit("123", () => lookAhead(3, 3), (run) => assert.equal(text(run()), "123"));
  underEverySplit("123", () => lookAhead(4, 4), (run) => assert.equal(text(run()), "123"));
  assert.equal(lookAhead(1, 10).end(queueOf("")), null);
  exceeds(3)(() => lookAhead(4, 3).take(queueOf("")));
});

test("dropBytes() drops bytes as they arrive and leaves the rest, under every split", () => {
  for (const chunks of splits(bytes("12345"))) {
    const queue = new ByteQueue();
    assert.equal(answer(dropBytes(4), chunks, queue), true);
    assert.ok(queue.length <= 1);
  }
  underEverySplit("12345", () => dropBytes(6), (run) => assert.equal(run(), UNEXPECTED));
  assert.equal(dropBytes(0).take(queueOf("")), true);
});

test("dropUntil() drops through the delimiter, under every split, and keeps only what may begin it", () => {
  underEverySplit("aaab", () => dropUntil(bytes("aab")), (run) => assert.equal(run(), true));
  const queue = queueOf("noise aa");
  assert.equal(dropUntil(bytes("aab")).take(queue), undefined);
  assert.equal(queue.length, 2);
  fill(queue, "brest");
  assert.equal(dropUntil(bytes("aab")).take(queue), true);
  assert.equal(text(queue.peek(queue.length)), "rest");
});

test("readiness() is true when a byte is here, false at the end, and takes nothing", () => {
  const queue = queueOf("a");
  assert.equal(readiness().take(queue), true);
  assert.equal(queue.length, 1);
  assert.equal(readiness().take(queueOf("")), undefined);
  assert.equal(readiness().end(queueOf("")), false);
});

test("pieces() gives just so many bytes as they come, then null", () => {
  const demand = pieces(4, false);
  const queue = queueOf("abc");
  assert.equal(text(demand.take(queue)), "abc");
  assert.equal(demand.take(queue), undefined);
  fill(queue, "def");
  assert.equal(text(demand.take(queue)), "d");
  assert.equal(demand.take(queue), null);
  assert.equal(queue.length, 2);
  assert.equal(pieces(1, false).end(queueOf("")), UNEXPECTED);
});

test("batch() gives all that is here as one array", () => {
  const lines = batch(line(10, "utf-8", LENIENT), null);
  assert.deepEqual(lines.take(queueOf("a\nb\nc")), ["a", "b"]);
  assert.equal(lines.take(queueOf("half")), undefined);
  assert.equal(lines.end(queueOf("")), null);
  assert.equal(lines.end(queueOf("half")), UNEXPECTED);
});

test("batch() gives the last item of a stream as an array of one", () => {
  const lines = batch(line(10, "utf-8", { ...LENIENT, allowUnterminated: true }), null);
  assert.deepEqual(lines.end(queueOf("tail")), ["tail"]);
});

test("batch() gives the lines before a malformed one, then its error, then the lines behind it", () => {
  const lines = batch(line(10, "utf-8", LENIENT), null);
  const queue = new ByteQueue();
  fill(queue, Uint8Array.from([0x61, 0x0a, 0xff, 0x0a, 0x62, 0x0a]));
  assert.deepEqual(lines.take(queue), ["a"]);
  assert.throws(() => lines.take(queue), (error) => DecodeError.is(error));
  assert.deepEqual(lines.take(queue), ["b"]);
});

test("batch() gives the lines before one over its limit, and goes on when that was skipped", () => {
  const lines = batch(line(2, "utf-8", LENIENT), null);
  const queue = queueOf("a\nlong\nb\n");
  assert.deepEqual(lines.take(queue), ["a"]);
  exceeds(2)(() => lines.take(queue));
  assert.equal(dropUntil(bytes("\n")).take(queue), true);
  assert.deepEqual(lines.take(queue), ["b"]);
});

test("batch() forgets a line over its limit that was skipped before the next call", () => {
  const lines = batch(line(2, "utf-8", LENIENT), null);
  const queue = queueOf("a\nlong\nb\n");
  assert.deepEqual(lines.take(queue), ["a"]);
  assert.equal(dropUntil(bytes("\n")).take(queue), true);
  assert.deepEqual(lines.take(queue), ["b"]);
});
