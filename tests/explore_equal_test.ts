import assert from "node:assert/strict";
import { equal } from "../lib/testing/explore/equal.ts";
import { test } from "./harness.ts";

const VALUES: [unknown, unknown][] = [
  [undefined, null],
  [NaN, 0],
  ["a", "b"],
  [1n, 2n],
  [[1, [2]], [1, [3]]],
  [[1], [1, 2]],
  [{ a: 1, b: undefined }, { a: 1 }],
  [{ a: 1, b: undefined }, { a: 1, c: undefined }],
  [{ a: { b: 1 } }, { a: { b: 2 } }],
  [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2, 3])],
  [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
  [new Map([["a", 1]]), new Map([["a", 2]])],
  [new Set(["a"]), new Set(["b"])],
  [new Date(0), new Date(1)],
  [[], {}],
];

test("equal() takes copies for the same", () => {
  for (const value of VALUES.flat()) assert.equal(equal(value, structuredClone(value)), true, String(value));
});

test("equal() tells values apart, in both directions", () => {
  for (const [a, b] of VALUES) {
    assert.equal(equal(a, b), false, `${String(a)} and ${String(b)}`);
    assert.equal(equal(b, a), false, `${String(b)} and ${String(a)}`);
  }
});
