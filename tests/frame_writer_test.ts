import assert from "node:assert/strict";
import { FrameWriter } from "../lib/codecs/mod.ts";
import { bytes, hex } from "./codec_events.ts";
import { test } from "./harness.ts";
import { concat } from "./manual_transport.ts";

test("FrameWriter gathers what is small in one piece", () => {
  const out = new FrameWriter();
  out.u8(1).text("é").bytes(new Uint8Array([2, 3])).u16le(4);
  assert.deepEqual(out.finish(), [hex("01 c3 a9 02 03 04 00")]);
});

test("FrameWriter.finish() starts over", () => {
  const out = new FrameWriter();
  out.u8(1);
  out.finish();
  out.u8(2);
  assert.deepEqual(out.finish(), [hex("02")]);
  assert.deepEqual(out.finish(), []);
});

test("FrameWriter.discard() forgets what has gathered, small and large", () => {
  const out = new FrameWriter();
  out.u8(1).bytes(new Uint8Array(5_000)).u8(2);
  out.discard();
  out.u8(3);
  assert.deepEqual(out.finish(), [hex("03")]);
});

test("FrameWriter passes a large array on as it is, in its place", () => {
  const out = new FrameWriter();
  const large = new Uint8Array(5_000).fill(7);
  const pieces = out.u8(1).bytes(large).u8(2).finish();
  assert.equal(pieces[1], large);
  assert.deepEqual(concat(pieces), concat([hex("01"), large, hex("02")]));
});

test("FrameWriter keeps the order over many blocks", () => {
  const out = new FrameWriter();
  const expected: Uint8Array[] = [];
  for (let i = 0; i < 1_000; i++) {
    const part = new Uint8Array(i % 120).fill(i);
    expected.push(part, bytes("é".repeat(i % 300)));
    out.bytes(part).text("é".repeat(i % 300));
  }
  assert.deepEqual(concat(out.finish()), concat(expected));
});

test("FrameWriter.text() writes long text as UTF-8 too", () => {
  assert.deepEqual(concat(new FrameWriter().text("€".repeat(3_000)).finish()), bytes("€".repeat(3_000)));
});

const REFUSED: readonly [keyof FrameWriter, readonly unknown[]][] = [
  ["u8", [-1, 256, 1.5, NaN, Infinity]],
  ["u16", [-1, 65_536]],
  ["u16le", [65_536]],
  ["u32", [2 ** 32, -1]],
  ["u32le", [2 ** 32]],
  ["i8", [-129, 128]],
  ["i16", [-32_769, 32_768]],
  ["i16le", [32_768]],
  ["i32", [2 ** 31, -(2 ** 31) - 1]],
  ["i32le", [2 ** 31]],
  ["u64", [-1n, 2n ** 64n]],
  ["i64", [2n ** 63n, -(2n ** 63n) - 1n]],
  ["varint", [-1, 2 ** 53, 0.5]],
];

for (const [method, values] of REFUSED) {
  for (const value of values) {
    test(`FrameWriter.${method}() refuses ${value}, and nothing of it stays`, () => {
      const out = new FrameWriter();
      assert.throws(() => (out[method] as (value: unknown) => unknown).call(out, value), RangeError);
      assert.deepEqual(out.finish(), []);
    });
  }
}

for (
  const [method, value] of [["u64", 1], ["i64le", 1], ["f64", "1"], ["f32le", 1n], ["bytes", "text"], ["bytes", [1]], [
    "text",
    1,
  ]] as const
) {
  test(`FrameWriter.${method}() refuses a ${typeof value}`, () => {
    const out = new FrameWriter();
    assert.throws(() => (out[method] as (value: unknown) => unknown).call(out, value), TypeError);
  });
}

test("FrameWriter.unsigned() writes up to 8 bytes, either way round", () => {
  const out = new FrameWriter();
  out.unsigned(0x010203, 3, false).unsigned(0x010203, 3, true).unsigned(Number.MAX_SAFE_INTEGER, 8, false);
  assert.deepEqual(out.finish(), [hex("010203 030201 001fffff ffffffff")]);
});

test("FrameWriter: a value of another type is a TypeError, a number outside its range a RangeError", () => {
  const out = new FrameWriter();
  const numbers = ["u8", "u16", "u16le", "u32", "u32le", "i8", "i16", "i16le", "i32", "i32le", "varint"] as const;
  for (const method of numbers) {
    for (const value of ["1", 1n, null, undefined, [1]]) {
      assert.throws(() => out[method](value as unknown as number), {
        name: "TypeError",
        message: /it must be a number/,
      }, method);
    }
    for (const value of [1.5, NaN, Infinity, 2 ** 60]) assert.throws(() => out[method](value), { name: "RangeError" });
  }
  assert.deepEqual(out.finish(), []);
});
