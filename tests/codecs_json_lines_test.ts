import assert from "node:assert/strict";
import fc from "fast-check";
import { DecodeError } from "../mod.ts";
import { decodeAll, encodeAll, jsonLines } from "../lib/codecs/mod.ts";
import { bytes, Decoding, text } from "./codec_events.ts";
import { test } from "./harness.ts";

test("jsonLines() gives one value a line, also null and false", () => {
  const values = decodeAll([bytes('{"a":1}\r\nnull\nfalse\n"x"\n')], jsonLines());
  assert.deepEqual(values, [{ a: 1 }, null, false, "x"]);
});

test("jsonLines() passes over blank lines", () => {
  assert.deepEqual(decodeAll([bytes("\n1\n \t\r\n\r\n2\n\n")], jsonLines()), [1, 2]);
});

test("jsonLines() consumes blank lines only with the value that follows", () => {
  const decoding = new Decoding(jsonLines()).push("\n\n");
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.queue.length, 2);
  assert.equal(decoding.push("7\n").decode(), 7);
});

test("jsonLines() takes a byte order mark for malformed, as RFC 8259 does for what is not white space", () => {
  assert.throws(
    () => decodeAll([bytes("\ufeff\n")], jsonLines()),
    (error) => DecodeError.is(error) && error.offset === 0,
  );
});

test("jsonLines() says where a line is malformed, in bytes, and goes on behind it", () => {
  const decoding = new Decoding(jsonLines()).push('{"é": 1,}\n2\n');
  assert.throws(() => decoding.decode(), (error) => {
    assert.ok(DecodeError.is(error));
    assert.equal(error.offset, 9);
    assert.equal(text(error.bytes), '{"é": 1,}');
    return true;
  });
  assert.equal(decoding.decode(), 2);
});

test("jsonLines() survives a line that nests without end", () => {
  const decoding = new Decoding(jsonLines()).push("[".repeat(60_000) + "\n1\n");
  assert.throws(() => decoding.decode(), (error) => DecodeError.is(error) && error.offset === 60_000);
  assert.equal(decoding.decode(), 1);
});

test("jsonLines() passes over a line that is too long", () => {
  const decoding = new Decoding(jsonLines({ limit: 4 })).push("12345\n12\n");
  assert.throws(() => decoding.decode(), { name: "LimitExceededError" });
  assert.equal(decoding.decode(), 12);
});

test("jsonLines() takes an unterminated tail for cut, or for a value when asked", () => {
  assert.throws(() => decodeAll([bytes("1\n2")], jsonLines()), { reason: "unexpected-end", partial: bytes("2") });
  assert.deepEqual(decodeAll([bytes("1\n2")], jsonLines({ allowUnterminated: true })), [1, 2]);
  assert.deepEqual(decodeAll([bytes("1\n  ")], jsonLines({ allowUnterminated: true })), [1]);
});

test("jsonLines() refuses to encode what JSON has no text for", () => {
  assert.throws(() => encodeAll([undefined], jsonLines()), TypeError);
  assert.throws(() => encodeAll([1n], jsonLines()), TypeError);
});

test("jsonLines() gives back any JSON value", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue()), (values) => {
    const codec = jsonLines();
    // JSON has no -0.
    const expected = JSON.parse(JSON.stringify(values));
    assert.deepEqual(decodeAll([encodeAll(values, codec)], codec), expected);
  }));
});

test("jsonLines() checks its options", () => {
  assert.throws(() => jsonLines({ limit: 0 }), RangeError);
  // @ts-expect-error RFC 8259: JSON is UTF-8.
  assert.throws(() => jsonLines({ encoding: "latin1" }), { name: "TypeError", message: /JSON is UTF-8/ });
});
