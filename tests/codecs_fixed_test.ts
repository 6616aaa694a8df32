import assert from "node:assert/strict";
import { decodeAll, encodeAll, fixed } from "../lib/codecs/mod.ts";
import { Decoding } from "./codec_events.ts";
import { test } from "./harness.ts";

test("fixed() gives frames of just its size, over every cut", () => {
  const data = new Uint8Array([1, 2, 3, 4, 5, 6]);
  for (let cut = 0; cut <= 6; cut++) {
    const frames = decodeAll([data.subarray(0, cut), data.subarray(cut)], fixed(3));
    assert.deepEqual(frames, [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 6])]);
  }
});

test("fixed() says how many bytes it needs", () => {
  const decoding = new Decoding(fixed(3)).push(new Uint8Array(2));
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.decoder.needed, 3);
});

test("fixed() takes a frame that is cut for unexpected, with its bytes and its size", () => {
  assert.throws(() => decodeAll([new Uint8Array([1, 2, 3, 4])], fixed(3)), {
    reason: "unexpected-end",
    partial: new Uint8Array([4]),
    expected: 3,
  });
});

test("fixed() encodes frames of its size only", () => {
  assert.deepEqual(encodeAll([new Uint8Array([1, 2])], fixed(2)), new Uint8Array([1, 2]));
  assert.throws(() => encodeAll([new Uint8Array(3)], fixed(2)), RangeError);
  assert.throws(() => encodeAll(["ab" as unknown as Uint8Array], fixed(2)), TypeError);
});

test("fixed() checks its size", () => {
  assert.throws(() => fixed(0), RangeError);
  assert.throws(() => fixed(-1), RangeError);
  assert.throws(() => fixed(1.5), TypeError);
  assert.throws(() => fixed(Infinity), RangeError);
});
