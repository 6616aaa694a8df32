import assert from "node:assert/strict";
import { copyOut } from "../lib/copy_out.ts";
import { test } from "./harness.ts";

test("copyOut() copies", () => {
  const source = new Uint8Array([1, 2, 3]);
  const copy = copyOut(source);
  source.fill(0);
  assert.deepEqual(copy, new Uint8Array([1, 2, 3]));
});

test("copyOut() never writes again what it gave", () => {
  const copies = Array.from({ length: 5_000 }, (_, i) => copyOut(new Uint8Array(i % 50).fill(i)));
  copies.forEach((copy, i) => assert.deepEqual(copy, new Uint8Array(i % 50).fill(i)));
});

test("copyOut() gives small records a block in common, and large ones memory of their own", () => {
  const [a, b] = [copyOut(new Uint8Array(10)), copyOut(new Uint8Array(10))];
  assert.ok(a.buffer === b.buffer || b.byteOffset === 0);
  assert.equal(copyOut(new Uint8Array(4_096)).buffer.byteLength, 4_096);
});

test("copyOut() of nothing is nothing", () => {
  assert.equal(copyOut(new Uint8Array(0)).length, 0);
});
