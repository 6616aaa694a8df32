import assert from "node:assert/strict";
import { checkConnectionOptions, resolveOptions } from "../lib/connection_options.ts";
import { Connection } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { BAD_CONNECTION_OPTIONS, NO_OPTIONS, testBadOptions } from "./bad_input.ts";
import { test } from "./harness.ts";

test("resolveOptions() fills in the documented defaults", () => {
  assert.deepEqual(resolveOptions({}), {
    readTimeout: Infinity,
    writeTimeout: Infinity,
    idleTimeout: Infinity,
    highWaterMark: 65_536,
    writeBufferLimit: 16_777_216,
    closeTimeout: 5_000,
  });
});

test("resolveOptions() keeps what was given", () => {
  const given = {
    readTimeout: 1,
    writeTimeout: 2,
    idleTimeout: 3,
    highWaterMark: 4,
    writeBufferLimit: 5,
    closeTimeout: 6,
  };
  assert.deepEqual(resolveOptions(given), given);
});

test("resolveOptions() takes undefined as left out", () => {
  assert.deepEqual(resolveOptions({ readTimeout: undefined, highWaterMark: undefined }), resolveOptions({}));
});

test("checkConnectionOptions() takes every valid option", () => {
  checkConnectionOptions({});
  checkConnectionOptions({
    signal: new AbortController().signal,
    noDelay: false,
    keepAlive: 1_000,
    readTimeout: Infinity,
    writeTimeout: 0.5,
    idleTimeout: 2 ** 31,
    highWaterMark: 1,
    writeBufferLimit: Infinity,
    closeTimeout: 1,
    wrap: (transport) => transport,
  });
  checkConnectionOptions({ keepAlive: false, noDelay: undefined });
});

test("checkConnectionOptions() takes a signal of another realm", () => {
  const foreign = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} };
  checkConnectionOptions({ signal: foreign as unknown as AbortSignal });
});

testBadOptions("checkConnectionOptions()", BAD_CONNECTION_OPTIONS, checkConnectionOptions);
testBadOptions("new Connection()", BAD_CONNECTION_OPTIONS, (options) => new Connection(memoryPair()[0], options));

for (const value of NO_OPTIONS) {
  test(`new Connection() refuses the options ${JSON.stringify(value)}`, () => {
    assert.throws(() => new Connection(memoryPair()[0], value as never), { name: "TypeError", message: /options/ });
  });
}

for (const value of [null, undefined, 7, {}, { read() {} }]) {
  test(`new Connection() refuses ${JSON.stringify(value)}, which is no transport`, () => {
    assert.throws(() => new Connection(value as never), { name: "TypeError", message: /has no \w+\(\) method/ });
  });
}
