import assert from "node:assert/strict";
import { LimitExceededError } from "../mod.ts";
import { decodeAll, encodeAll, lines } from "../lib/codecs/mod.ts";
import { bytes, Decoding, text } from "./codec_events.ts";
import { test } from "./harness.ts";

test("lines() L01: LF and CRLF end a line; a lone CR at the end is a part of the tail", () => {
  const decoding = new Decoding(lines({ allowUnterminated: true })).push("line 1\nline 2\r\nline 3\n\r\n\r");
  assert.deepEqual(decoding.all(), ["line 1", "line 2", "line 3", ""]);
  assert.equal(decoding.decode(), undefined);
  // The codec of tokio passes over the lone CR: here no byte of a tail is lost.
  decoding.push("k");
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.end(), "\rk");
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.end(), undefined);
});

test("lines() L02: a tail that is not UTF-8 is one error, and the next line decodes", () => {
  const decoding = new Decoding(lines({ allowUnterminated: true })).push("line 1").push(new Uint8Array([0xff]));
  assert.equal(decoding.decode(), undefined);
  assert.throws(() => decoding.end(), { name: "DecodeError", offset: 6 });
  assert.equal(decoding.end(), undefined);
  assert.equal(decoding.push("line 2\n").decode(), "line 2");
});

test("lines() L03: one that is too long is one error and passed over; the CR of a CRLF does not count", () => {
  const decoding = new Decoding(lines({ limit: 6, allowUnterminated: true }));
  decoding.push("line 1 is too long\nline 2\nline 3\r\nline 4\n\r\n\r");
  assert.throws(() => decoding.decode(), { name: "LimitExceededError" });
  // tokio counts the CR, and "line 3" is too long there: our limits count the bytes before LF or CRLF.
  assert.deepEqual(decoding.all(), ["line 2", "line 3", "line 4", ""]);
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.push("k").decode(), undefined);
  assert.equal(decoding.end(), "\rk");
  assert.throws(() => decoding.push("aaabbbc").decode(), { name: "LimitExceededError" });
});

test("lines() L04: a line that is too long before its end has come is passed over when it comes", () => {
  const decoding = new Decoding(lines({ limit: 6 }));
  assert.equal(decoding.push("line ").decode(), undefined);
  assert.throws(() => decoding.push("too l").decode(), { name: "LimitExceededError" });
  assert.equal(decoding.push("ong\n").decode(), undefined);
  assert.equal(decoding.push("line 2").decode(), undefined);
  assert.equal(decoding.push("\n").decode(), "line 2");
});

test("lines() L05: the limit is met in the burst that passes it", () => {
  const decoding = new Decoding(lines({ limit: 10 }));
  assert.equal(decoding.push("line ").decode(), undefined);
  assert.equal(decoding.push("too l").decode(), undefined);
  assert.throws(() => decoding.push("ong\n").decode(), { name: "LimitExceededError", limit: 10 });
});

test("lines() L06: the limit is met where the line end comes with what passes it", () => {
  const decoding = new Decoding(lines({ limit: 10 }));
  assert.equal(decoding.push("line ").decode(), undefined);
  assert.throws(() => decoding.push("too long!\n").decode(), { name: "LimitExceededError" });
});

test("lines() L07: a line of just the limit is whole", () => {
  const decoding = new Decoding(lines({ limit: 5 }));
  assert.equal(decoding.push("hello").decode(), undefined);
  assert.equal(decoding.push("\nworld").decode(), "hello");
});

test("lines() L08: passing over ends when there is nothing to pass over", () => {
  const decoding = new Decoding(lines({ limit: 1 }));
  assert.throws(() => decoding.push("aa").decode(), { name: "LimitExceededError" });
  assert.equal(decoding.push("a").decode(), undefined);
});

test("lines() L09: a long line that is passed over piece by piece is one error, and keeps no memory", () => {
  const decoding = new Decoding(lines({ limit: 11 }));
  assert.throws(() => decoding.push("more than eleven").decode(), { name: "LimitExceededError" });
  for (let i = 0; i < 100; i++) {
    assert.equal(decoding.push("and on and on").decode(), undefined);
    assert.equal(decoding.queue.length, 0);
  }
  assert.equal(decoding.push("\nshort\n").decode(), "short");
});

test("lines() L10: what is sent ends with LF, or CRLF when asked", () => {
  assert.equal(text(encodeAll(["a", "", "b"], lines())), "a\n\nb\n");
  assert.equal(text(encodeAll(["a", ""], lines({ terminator: "\r\n" }))), "a\r\n\r\n");
});

test("lines() takes CRLF for one line end when it is cut between two chunks", () => {
  assert.deepEqual(decodeAll([bytes("a\r"), bytes("\nb\r\n")], lines()), ["a", "b"]);
});

test("lines() goes on behind a line that is not UTF-8", () => {
  const decoding = new Decoding(lines()).push(new Uint8Array([0x61, 0xc3, 0x0a])).push("b\n");
  assert.throws(() => decoding.decode(), { name: "DecodeError", offset: 1 });
  assert.equal(decoding.decode(), "b");
});

test("lines() passes over nothing when somebody else has skipped the long line", () => {
  const decoding = new Decoding(lines({ limit: 4 })).push("too long\nnext\n");
  assert.throws(() => decoding.decode(), { name: "LimitExceededError" });
  decoding.queue.drop(9);
  assert.equal(decoding.decode(), "next");
});

test("lines() ends after a tail that is too long was one error", () => {
  const decoding = new Decoding(lines({ limit: 4, allowUnterminated: true })).push("12345");
  assert.throws(() => decoding.decode(), { name: "LimitExceededError" });
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.end(), undefined);
  assert.equal(decoding.queue.length, 0);
});

test("lines() counts the CR of a tail, and passes over what that makes too long", () => {
  const decoding = new Decoding(lines({ limit: 4, allowUnterminated: true })).push("1234\r");
  assert.equal(decoding.decode(), undefined);
  assert.throws(() => decoding.end(), { name: "LimitExceededError" });
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.end(), undefined);
});

test("lines() with latin1 carries every byte both ways", () => {
  const every = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("").replace(/[\r\n]/g, "");
  const codec = lines({ encoding: "latin1" });
  const sent = encodeAll([every], codec);
  assert.equal(sent.length, every.length + 1);
  assert.deepEqual(decodeAll([sent], codec), [every]);
});

for (
  const [what, line, encoding] of [
    ["a line end", "two\nlines", "utf-8"],
    ["a CR at the end", "a\r", "utf-8"],
    ["half a surrogate pair", "a\ud83d", "utf-8"],
    ["a character that latin1 lacks", "€", "latin1"],
    ["something that is no text", 1 as unknown as string, "utf-8"],
  ] as const
) {
  test(`lines() refuses to encode ${what}`, () => {
    assert.throws(() => encodeAll([line], lines({ encoding })), TypeError);
  });
}

test("lines() encodes a CR inside a line, and whole surrogate pairs", () => {
  const codec = lines();
  assert.deepEqual(decodeAll([encodeAll(["a\rb", "😀"], codec)], codec), ["a\rb", "😀"]);
});

test("lines() limits bytes, not characters", () => {
  assert.deepEqual(decodeAll([bytes("éé\n")], lines({ limit: 4 })), ["éé"]);
  assert.throws(() => decodeAll([bytes("ééa\n")], lines({ limit: 4 })), (error) => LimitExceededError.is(error));
});

test("lines() checks its options", () => {
  assert.throws(() => lines({ limit: 0 }), RangeError);
  assert.throws(() => lines({ encoding: "utf-16" as "utf-8" }), TypeError);
  assert.throws(() => lines({ terminator: ";" as "\n" }), TypeError);
  assert.throws(() => lines({ allowUnterminated: 1 as unknown as boolean }), TypeError);
  assert.throws(() => lines(5 as unknown as { limit: number }), TypeError);
});
