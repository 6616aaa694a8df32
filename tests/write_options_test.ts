import assert from "node:assert/strict";
import { bytesOf, checkData, checkWriteOptions, unshared } from "../lib/write_options.ts";
import { badSignals, badTimeouts, testBadOptions } from "./bad_input.ts";
import { test } from "./harness.ts";

testBadOptions("checkWriteOptions()", [...badSignals(), ...badTimeouts("timeout")], (options) => {
  checkWriteOptions(options);
});

test("checkWriteOptions() takes every valid option", () => {
  checkWriteOptions(undefined);
  checkWriteOptions({});
  checkWriteOptions({ signal: AbortSignal.abort(), timeout: 1 });
  checkWriteOptions({ keepOpen: true }, true);
});

for (const value of [null, 1, "now"]) {
  test(`checkWriteOptions() refuses ${JSON.stringify(value)}, which is no options`, () => {
    assert.throws(() => checkWriteOptions(value as never), { name: "TypeError", message: /options/ });
  });
}

test("checkWriteOptions() refuses keepOpen where part of the bytes may have been sent", () => {
  assert.throws(() => checkWriteOptions({ keepOpen: true }), { name: "TypeError", message: /keepOpen true/ });
});

test("checkData() takes bytes, text and arrays of them", () => {
  checkData("");
  checkData(new Uint8Array(0));
  checkData([]);
  checkData(["a", new Uint8Array(1)]);
});

for (const value of [undefined, null, 1, true, {}, new ArrayBuffer(1), () => {}]) {
  test(`checkData() refuses ${Object.prototype.toString.call(value)}`, () => {
    assert.throws(() => checkData(value), {
      name: "TypeError",
      message: /^Cannot write .+: it must be a Uint8Array, a string or an array of them$/,
    });
    assert.throws(() => checkData(["a", value]), {
      name: "TypeError",
      message: /^Cannot write an array with .+ in it: it must hold/,
    });
  });
}

test("bytesOf() gives bytes as they are", () => {
  const bytes = new Uint8Array([1, 2]);
  assert.equal(bytesOf(bytes), bytes);
});

test("bytesOf() looks at just the bytes of another view", () => {
  const memory = new Uint8Array([0, 1, 2, 3, 4, 5]).buffer;
  assert.deepEqual(bytesOf(new DataView(memory, 1, 2)), new Uint8Array([1, 2]));
  assert.deepEqual(bytesOf(new Uint16Array(memory, 2, 1)), new Uint8Array([2, 3]));
});

test("unshared() copies shared memory, which its owner may change, and nothing else", () => {
  const own = new Uint8Array(2);
  assert.equal(unshared(own), own);
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  const bytes = unshared(shared);
  shared.fill(9);
  assert.deepEqual(bytes, new Uint8Array(2));
  assert.ok(bytes.buffer instanceof ArrayBuffer);
});
