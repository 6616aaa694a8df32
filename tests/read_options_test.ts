import assert from "node:assert/strict";
import { checkReadOptions, delimiterBytes } from "../lib/read_options.ts";
import { badBooleans, type BadOption, badSignals, badSizes, badTimeouts, testBadOptions } from "./bad_input.ts";
import { test } from "./harness.ts";

const BAD: BadOption[] = [
  ...badSignals(),
  ...badTimeouts("timeout"),
  ...["keepOpen", "required", "allowUnterminated", "borrow"].flatMap(badBooleans),
  ...["limit", "atMost"].flatMap(badSizes),
  { option: "encoding", value: "utf8", error: "TypeError", shown: '"utf8"' },
  { option: "encoding", value: "ascii", error: "TypeError", shown: '"ascii"' },
  { option: "encoding", value: null, error: "TypeError" },
];

testBadOptions("checkReadOptions()", BAD, (options) => checkReadOptions(options));

test("checkReadOptions() takes every valid option", () => {
  checkReadOptions(undefined);
  checkReadOptions({});
  checkReadOptions({
    signal: AbortSignal.abort(),
    timeout: Infinity,
    keepOpen: true,
    limit: Infinity,
    encoding: "latin1",
  });
});

for (const value of [1, "now", true]) {
  test(`checkReadOptions() refuses ${JSON.stringify(value)}, which is no options`, () => {
    assert.throws(() => checkReadOptions(value as never), { name: "TypeError", message: /options/ });
  });
}

test("checkReadOptions() refuses keepOpen where giving up cannot leave a known state", () => {
  assert.throws(() => checkReadOptions({ keepOpen: true }, false), { name: "TypeError", message: /keepOpen true/ });
  checkReadOptions({ keepOpen: false }, false);
});

test("delimiterBytes() takes bytes as they are and text as UTF-8", () => {
  const bytes = new Uint8Array([1, 2]);
  assert.equal(delimiterBytes(bytes), bytes);
  assert.deepEqual(delimiterBytes("é"), new Uint8Array([0xc3, 0xa9]));
});

test("delimiterBytes() refuses an empty delimiter with a RangeError", () => {
  assert.throws(() => delimiterBytes(""), { name: "RangeError", message: /empty delimiter/ });
  assert.throws(() => delimiterBytes(new Uint8Array(0)), { name: "RangeError" });
});

for (const value of [undefined, null, 10, [10], new ArrayBuffer(1)]) {
  test(`delimiterBytes() refuses the delimiter ${Object.prototype.toString.call(value)}`, () => {
    assert.throws(() => delimiterBytes(value), {
      name: "TypeError",
      message: /^Cannot use the delimiter (undefined|null|10|an array|an object): it must be a string or a Uint8Array$/,
    });
  });
}
