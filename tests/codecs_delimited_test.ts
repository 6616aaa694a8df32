import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decodeAll, delimited, encodeAll } from "../lib/codecs/mod.ts";
import { bytes, Decoding, text } from "./codec_events.ts";
import { test } from "./harness.ts";

function texts(decoding: Decoding<Uint8Array>): (string | undefined)[] {
  return decoding.all().map(text);
}

test("delimited() L11: any of several ends a frame", () => {
  const decoding = new Decoding(delimited([",", ";", "\n", "\r"])).push("chunk 1,chunk 2;chunk 3\n\r");
  assert.deepEqual(texts(decoding), ["chunk 1", "chunk 2", "chunk 3", ""]);
});

// The codec of tokio has its own maxima for any-delimiter; the checks are those of lines.
const ANY = [",", ";", "\n", "\r"];

test("delimited() L12: as L03, one that is too long is one error and passed over", () => {
  const decoding = new Decoding(delimited(ANY, { limit: 7, allowUnterminated: true }));
  decoding.push("chunk 1 is too long\nchunk 2\nchunk 3\r\nchunk 4\n");
  assert.throws(() => decoding.decode(), { name: "LimitExceededError" });
  assert.deepEqual(texts(decoding), ["chunk 2", "chunk 3", "", "chunk 4"]);
  assert.equal(text(decoding.push("k").end()), "k");
  assert.throws(() => decoding.push("aaabbbcc").decode(), { name: "LimitExceededError" });
});

test("delimited() L12: as L04, passed over when its end comes later", () => {
  const decoding = new Decoding(delimited(ANY, { limit: 7 }));
  assert.equal(decoding.push("chunk ").decode(), undefined);
  assert.throws(() => decoding.push("too l").decode(), { name: "LimitExceededError" });
  assert.equal(decoding.push("ong\n").decode(), undefined);
  assert.equal(decoding.push("chunk 2").decode(), undefined);
  assert.equal(text(decoding.push(",").decode()), "chunk 2");
});

test("delimited() L12: as L05 and L06, in the burst that passes the limit", () => {
  const decoding = new Decoding(delimited(ANY, { limit: 11 }));
  assert.equal(decoding.push("chunk ").decode(), undefined);
  assert.equal(decoding.push("too l").decode(), undefined);
  assert.throws(() => decoding.push("ong\n").decode(), { name: "LimitExceededError" });
  const other = new Decoding(delimited(ANY, { limit: 11 }));
  assert.equal(other.push("chunk ").decode(), undefined);
  assert.throws(() => other.push("too long!\n").decode(), { name: "LimitExceededError" });
});

test("delimited() L12: as L07 and L08, the limit is exact, and there is no endless loop", () => {
  const decoding = new Decoding(delimited(ANY, { limit: 5 }));
  assert.equal(decoding.push("hello").decode(), undefined);
  assert.equal(text(decoding.push(";world").decode()), "hello");
  const short = new Decoding(delimited(ANY, { limit: 1 }));
  assert.throws(() => short.push("aa").decode(), { name: "LimitExceededError" });
  assert.equal(short.push("a").decode(), undefined);
});

test("delimited() L12: as L09, a long discard is one error and keeps no memory", () => {
  const decoding = new Decoding(delimited(ANY, { limit: 11 }));
  assert.throws(() => decoding.push("more than eleven").decode(), { name: "LimitExceededError" });
  for (let i = 0; i < 100; i++) assert.equal(decoding.push("and on and on").decode(), undefined);
  assert.equal(decoding.queue.length, 0);
  assert.equal(text(decoding.push(",short,").decode()), "short");
});

test("delimited() L13: what is sent ends with the first that no other begins with", () => {
  assert.equal(text(encodeAll([bytes("a"), bytes("b")], delimited([";", ","]))), "a;b;");
  assert.equal(text(encodeAll([bytes("a")], delimited(["\r", "\r\n"]))), "a\r\n");
  assert.equal(text(encodeAll([bytes("q")], delimited(["ab", "a", "abc", "x"]))), "qabc");
});

test("delimited() takes the longest where several match, also across a cut", () => {
  const codec = delimited(["\r", "\r\n"]);
  for (const chunks of [["a\r\nb\r"], ["a\r", "\nb\r"]]) {
    assert.deepEqual(decodeAll(chunks.map(bytes), codec).map(text), ["a", "b"], JSON.stringify(chunks));
  }
});

test("delimited() waits while a longer one may still come, and not when the stream has ended", () => {
  const decoding = new Decoding(delimited(["\r", "\r\n"])).push("a\r");
  assert.equal(decoding.decode(), undefined);
  assert.equal(text(decoding.end()), "a");
  assert.equal(decoding.queue.length, 0);
});

test("delimited() finds a delimiter that overlaps itself", () => {
  assert.deepEqual(decodeAll([bytes("xaa"), bytes("abaab")], delimited("aab")).map(text), ["xa", ""]);
});

test("delimited() gives the tail only when asked", () => {
  assert.throws(() => decodeAll([bytes("a;b")], delimited(";")), { reason: "unexpected-end" });
  assert.deepEqual(decodeAll([bytes("a;b")], delimited(";", { allowUnterminated: true })).map(text), ["a", "b"]);
});

test("delimited() does not count the beginning of a delimiter", () => {
  const decoding = new Decoding(delimited("END", { limit: 3 })).push("abcEN");
  assert.equal(decoding.decode(), undefined);
  assert.equal(text(decoding.push("D").decode()), "abc");
  assert.throws(() => decoding.push("abcEX").decode(), { name: "LimitExceededError" });
});

test("delimited() passes over nothing when somebody else has skipped the long frame", () => {
  const decoding = new Decoding(delimited(";", { limit: 3 })).push("too long;abc;");
  assert.throws(() => decoding.decode(), { name: "LimitExceededError" });
  decoding.queue.drop(9);
  assert.equal(text(decoding.decode()), "abc");
});

test("delimited() ends after a tail that is too long was one error", () => {
  const decoding = new Decoding(delimited("ab", { limit: 3, allowUnterminated: true })).push("1234a");
  assert.throws(() => decoding.decode(), { name: "LimitExceededError" });
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.end(), undefined);
  assert.equal(decoding.queue.length, 0);
});

test("delimited() gives frames that are the caller's", () => {
  const [first] = decodeAll([bytes("abc;"), bytes("xyz;")], delimited(";"));
  assert.equal(text(first), "abc");
});

for (
  const [what, frame, ends] of [
    ["a delimiter", "a;b", [";"]],
    ["any of several", "a,b", [";", ","]],
    ["an end that makes an earlier delimiter with what is sent", "xa", ["aa"]],
    ["an end that makes one with the frame that follows", "ax", ["xzy", "z"]],
  ] as const
) {
  test(`delimited() refuses to encode a frame with ${what}`, () => {
    const codec = delimited(what.includes("follows") ? ["z", "xzy"] : ends);
    assert.throws(() => encodeAll([bytes(frame)], codec), TypeError);
  });
}

test("delimited() refuses what is not bytes", () => {
  assert.throws(() => encodeAll(["text" as unknown as Uint8Array], delimited(";")), TypeError);
});

test("delimited() copies its delimiters", () => {
  const end = bytes(";");
  const codec = delimited(end);
  end[0] = 0;
  assert.deepEqual(decodeAll([bytes("a;")], codec).map(text), ["a"]);
});

test("delimited() checks its arguments", () => {
  assert.throws(() => delimited([]), RangeError);
  assert.throws(() => delimited(""), RangeError);
  assert.throws(() => delimited(["a", ""]), RangeError);
  assert.throws(() => delimited(7 as unknown as string), TypeError);
  assert.throws(() => delimited(";", { limit: 0 }), RangeError);
  assert.throws(() => delimited(";", { allowUnterminated: "yes" as unknown as boolean }), TypeError);
});

test("delimited() keeps a copy of its delimiter, also of a Buffer", () => {
  const end = Buffer.from("--");
  const codec = delimited(end);
  end.fill(0x78);
  assert.deepEqual(decodeAll([new TextEncoder().encode("axx--b--")], codec).length, 2);
});

test("delimited() takes a delimiter of any length", () => {
  const end = "boundary".repeat(40_000);
  const codec = delimited(end);
  const bytes = encodeAll([new Uint8Array([1]), new Uint8Array([2, 3])], codec);
  assert.equal(bytes.length, 3 + 2 * end.length);
  assert.deepEqual(
    decodeAll([bytes.subarray(0, 400_000), bytes.subarray(400_000)], codec).map(({ length }) => length),
    [1, 2],
  );
});
