import assert from "node:assert/strict";
import { sameFrame } from "../lib/testing/codec_checks/same_frame.ts";
import { test } from "./harness.ts";

const SAME: readonly [string, unknown, unknown][] = [
  ["texts", "a", "a"],
  ["NaN", NaN, NaN],
  ["zeros of both signs", 0, -0],
  ["null", null, null],
  ["bytes in other memory", new Uint8Array([1, 2]), new Uint8Array([0, 1, 2]).subarray(1)],
  ["bytes under another view", new Uint8Array([1, 2]), new DataView(new Uint8Array([1, 2]).buffer)],
  ["arrays in arrays", [1, [2n, ["x"]]], [1, [2n, ["x"]]]],
  ["objects, whatever the order of their names", { a: 1, b: { c: [] } }, { b: { c: [] }, a: 1 }],
  ["maps", new Map([[1, "a"]]), new Map([[1, "a"]])],
  ["sets", new Set([1]), new Set([1])],
  ["dates", new Date(5), new Date(5)],
];

const DIFFERENT: readonly [string, unknown, unknown][] = [
  ["a number and a text", 1, "1"],
  ["null and an object", null, {}],
  ["bytes of another length", new Uint8Array(2), new Uint8Array(3)],
  ["bytes of another value", new Uint8Array([1]), new Uint8Array([2])],
  ["bytes and an array", new Uint8Array([1]), [1]],
  ["an array and an object", [], {}],
  ["a name that is missing and one that is undefined", { a: undefined }, { b: undefined }],
  ["an object with more names", { a: 1 }, { a: 1, b: 2 }],
  ["deep values", { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }],
  ["maps with other values", new Map([[1, "a"]]), new Map([[1, "b"]])],
  ["dates", new Date(5), new Date(6)],
];

for (const [what, a, b] of SAME) test(`sameFrame(): ${what} are the same`, () => assert.equal(sameFrame(a, b), true));

for (const [what, a, b] of DIFFERENT) {
  test(`sameFrame(): ${what} differ`, () => {
    assert.equal(sameFrame(a, b), false);
    assert.equal(sameFrame(b, a), false);
  });
}
