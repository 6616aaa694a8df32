import assert from "node:assert/strict";
import { ByteQueue } from "../lib/byte_queue.ts";
import { DecodeError, LimitExceededError } from "../lib/errors.ts";
import { type LineEncoding, takeLine, takeTail } from "../lib/line_decoder.ts";
import { test } from "./harness.ts";
import { splits } from "./pieces_transport.ts";

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function fill(queue: ByteQueue, data: Uint8Array): void {
  queue.area().set(data);
  queue.commit(data.length);
}

function queueOf(data: Uint8Array | string): ByteQueue {
  const queue = new ByteQueue();
  fill(queue, typeof data === "string" ? bytes(data) : data);
  return queue;
}

/** The first line of bytes that arrive in pieces, looked for after each. */
function lineOf(pieces: readonly Uint8Array[], limit: number, encoding: LineEncoding = "utf-8"): string | undefined {
  const queue = new ByteQueue();
  for (const piece of pieces) {
    fill(queue, piece);
    const line = takeLine(queue, limit, encoding);
    if (line !== undefined) return line;
  }
  return undefined;
}

function decodeErrorOf(take: () => unknown): DecodeError {
  try {
    take();
  } catch (error) {
    if (DecodeError.is(error)) return error;
    throw error;
  }
  return assert.fail("it was decoded");
}

test("takeLine() gives the text before LF or CRLF and consumes the line end", () => {
  const queue = queueOf("one\ntwo\r\n\n\r\nrest");
  const lines = Array.from({ length: 4 }, () => takeLine(queue, 10, "utf-8"));
  assert.deepEqual(lines, ["one", "two", "", ""]);
  assert.equal(queue.length, 4);
});

test("takeLine() keeps a lone CR, and all but the last of several", () => {
  const queue = queueOf("a\rb\nc\r\r\n");
  assert.equal(takeLine(queue, 10, "utf-8"), "a\rb");
  assert.equal(takeLine(queue, 10, "utf-8"), "c\r");
});

test("takeLine() takes nothing before the line end is here", () => {
  const queue = queueOf("half");
  assert.equal(takeLine(queue, 10, "utf-8"), undefined);
  assert.equal(queue.length, 4);
  fill(queue, bytes("\r"));
  assert.equal(takeLine(queue, 10, "utf-8"), undefined);
  fill(queue, bytes("\n"));
  assert.equal(takeLine(queue, 10, "utf-8"), "half");
});

for (const [name, end] of [["LF", "\n"], ["CRLF", "\r\n"]] as const) {
  test(`takeLine() takes a line of exactly the limit before ${name}, under every split`, () => {
    for (const pieces of splits(bytes(`12345${end}`))) assert.equal(lineOf(pieces, 5), "12345");
  });

  test(`takeLine() refuses a line of one byte more than the limit before ${name}, under every split`, () => {
    for (const pieces of splits(bytes(`12345${end}`))) {
      assert.throws(() => lineOf(pieces, 4), (error) => LimitExceededError.is(error) && error.limit === 4);
    }
  });
}

test("takeLine() refuses a line as soon as it is too long, before its end is here, and consumes nothing", () => {
  const queue = queueOf("12345");
  assert.equal(takeLine(queue, 5, "utf-8"), undefined);
  assert.throws(() => takeLine(queue, 4, "utf-8"), LimitExceededError);
  assert.equal(queue.length, 5);
});

test("takeLine() does not count a CR that may become CRLF", () => {
  const queue = queueOf("12345\r");
  assert.equal(takeLine(queue, 5, "utf-8"), undefined);
  fill(queue, bytes("6"));
  assert.throws(() => takeLine(queue, 5, "utf-8"), LimitExceededError);
});

test("takeLine() counts bytes, not characters", () => {
  assert.equal(takeLine(queueOf("€\n"), 3, "utf-8"), "€");
  assert.throws(() => takeLine(queueOf("€\n"), 2, "utf-8"), LimitExceededError);
});

test("takeLine() keeps a byte order mark", () => {
  assert.equal(takeLine(queueOf("\ufeffa\n"), 10, "utf-8"), "\ufeffa");
});

test("takeLine() gives characters whole that were cut between chunks", () => {
  for (const pieces of splits(bytes("aé€😀\n"))) assert.equal(lineOf(pieces, 20), "aé€😀");
});

test("takeLine() consumes a line that is not UTF-8 and hands its bytes out with the error", () => {
  const line = [0x61, 0xff, 0x62];
  const queue = queueOf(Uint8Array.from([...line, 0x0d, 0x0a, 0x63]));
  const error = decodeErrorOf(() => takeLine(queue, 10, "utf-8"));
  assert.deepEqual([...error.bytes], line);
  assert.equal(queue.length, 1);
});

test("takeLine() hands out bytes with its error that no later fill writes", () => {
  const queue = queueOf(Uint8Array.from([0xff, 0x0a]));
  const error = decodeErrorOf(() => takeLine(queue, 10, "utf-8"));
  fill(queue, new Uint8Array(1_024));
  assert.deepEqual([...error.bytes], [0xff]);
});

for (
  const [what, line, offset] of [
    ["a byte that never occurs", [0x61, 0xff], 1],
    ["a continuation without a beginning", [0x61, 0x62, 0x80], 2],
    ["a sequence that ASCII cuts", [0x61, 0xe2, 0x82, 0x62], 1],
    ["a sequence that the end of the line cuts", [0x61, 0xf0, 0x9f], 1],
    ["an overlong form", [0xc0, 0x80], 0],
    ["a surrogate", [0x61, 0xed, 0xa0, 0x80], 1],
    ["something beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 0],
    ["a bad byte behind a byte order mark", [0xef, 0xbb, 0xbf, 0xff], 3],
  ] as const
) {
  test(`takeLine() says where ${what} starts`, () => {
    const error = decodeErrorOf(() => takeLine(queueOf(Uint8Array.from([...line, 0x0a])), 10, "utf-8"));
    assert.equal(error.offset, offset);
    assert.deepEqual([...error.excerpt], line.slice(offset));
  });
}

test("takeLine() shows at most 16 bytes of what is malformed", () => {
  const line = new Uint8Array(40).fill(0xff);
  const error = decodeErrorOf(() => takeLine(queueOf(Uint8Array.from([...line, 0x0a])), 100, "utf-8"));
  assert.equal(error.excerpt.length, 16);
});

test("takeLine() decodes latin1 as ISO 8859-1, not as windows-1252, also long lines", () => {
  const every = Uint8Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 0x0a);
  const line = Uint8Array.from({ length: 10_000 }, (_, i) => every[i % every.length]!);
  const queue = new ByteQueue();
  for (let at = 0; at < line.length; at += 1_000) fill(queue, line.subarray(at, at + 1_000));
  fill(queue, Uint8Array.from([0x0a]));
  const text = takeLine(queue, 10_000, "latin1");
  assert.deepEqual(Array.from(text!, (character) => character.charCodeAt(0)), [...line]);
});

test("takeTail() gives what is left, with a CR at its end", () => {
  const queue = queueOf("tail\r");
  assert.equal(takeTail(queue, 5, "utf-8"), "tail\r");
  assert.equal(queue.length, 0);
});

test("takeTail() refuses a tail of one byte more than the limit and consumes nothing", () => {
  const queue = queueOf("tail\r");
  assert.throws(() => takeTail(queue, 4, "utf-8"), LimitExceededError);
  assert.equal(queue.length, 5);
});

test("takeTail() consumes a tail that is not UTF-8", () => {
  const queue = queueOf(Uint8Array.from([0xe2, 0x82]));
  assert.equal(decodeErrorOf(() => takeTail(queue, 4, "utf-8")).offset, 0);
  assert.equal(queue.length, 0);
});
