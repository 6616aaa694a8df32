import assert from "node:assert/strict";
import { Slab } from "../lib/slab.ts";
import { test } from "./harness.ts";

const SLAB_BYTES = 65_536;

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

test("Slab.seal() gives what was gathered, in order", () => {
  const slab = new Slab();
  slab.copy(bytes("one "));
  assert.equal(slab.encode("zwei "), 5);
  slab.copy(bytes("three"));
  assert.equal(slab.gathered, 14);
  assert.equal(text(slab.seal()), "one zwei three");
  assert.equal(slab.gathered, 0);
});

test("Slab.encode() counts the bytes of UTF-8", () => {
  const slab = new Slab();
  assert.equal(slab.encode("é日😀"), 2 + 3 + 4);
  assert.equal(text(slab.seal()), "é日😀");
});

test("Slab.copy() leaves the caller's bytes to the caller", () => {
  const slab = new Slab();
  const mine = bytes("before");
  slab.copy(mine);
  mine.fill(0);
  assert.equal(text(slab.seal()), "before");
});

test("Slab gathers on behind what was sealed, and leaves that alone", () => {
  const slab = new Slab();
  slab.copy(bytes("first"));
  const sealed = slab.seal();
  slab.copy(bytes("second"));
  assert.equal(text(sealed), "first");
  assert.equal(text(slab.seal()), "second");
});

test("Slab.fits() counts what was sealed too", () => {
  const slab = new Slab();
  assert.equal(slab.fits(SLAB_BYTES), true);
  assert.equal(slab.fits(SLAB_BYTES + 1), false);
  slab.copy(new Uint8Array(10));
  slab.seal();
  assert.equal(slab.fits(SLAB_BYTES - 10), true);
  assert.equal(slab.fits(SLAB_BYTES - 9), false);
});

test("Slab.renew() starts another slab, and leaves the old one to its writes", () => {
  const slab = new Slab();
  slab.copy(bytes("old"));
  const old = slab.seal();
  slab.renew();
  assert.equal(slab.fits(SLAB_BYTES), true);
  slab.copy(bytes("new"));
  const fresh = slab.seal();
  assert.notEqual(fresh.buffer, old.buffer);
  assert.equal(text(old), "old");
});

test("Slab.takeFull() has each slab that became full once, and none that was abandoned", () => {
  const slab = new Slab();
  slab.copy(bytes("old"));
  const { buffer } = slab.seal();
  slab.renew();
  assert.deepEqual(slab.takeFull()?.map((full) => full.buffer === buffer), [true]);
  assert.equal(slab.takeFull(), undefined);
  slab.renew(); // Nothing was in it.
  assert.equal(slab.takeFull(), undefined);
  slab.copy(bytes("more"));
  slab.renew();
  slab.abandon();
  assert.equal(slab.takeFull(), undefined);
});

test("Slab.recycle() hands the memory to the next slab that needs some", () => {
  const [first, second] = [new Slab(), new Slab()];
  first.copy(bytes("x"));
  const { buffer } = first.seal();
  first.recycle();
  second.copy(bytes("y"));
  assert.equal(second.seal().buffer, buffer);
});

test("Slab.recycle() keeps a slab in which bytes have gathered", () => {
  const slab = new Slab();
  slab.copy(bytes("sealed"));
  slab.seal();
  slab.copy(bytes("gathered"));
  slab.recycle();
  assert.equal(text(slab.seal()), "gathered");
});

test("Slab.recycle() hands the same memory over once only", () => {
  const [slab, second, third] = [new Slab(), new Slab(), new Slab()];
  slab.copy(bytes("x"));
  slab.seal();
  slab.recycle();
  slab.recycle();
  second.copy(bytes("second"));
  third.copy(bytes("third"));
  assert.notEqual(second.seal().buffer, third.seal().buffer);
});
