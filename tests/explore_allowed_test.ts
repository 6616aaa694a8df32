import assert from "node:assert/strict";
import { BusyError, ConnectionAbortedError, DecodeError, LimitExceededError } from "@hawser/net";
import { isAllowed } from "../lib/testing/explore/allowed.ts";
import { test } from "./harness.ts";

const quiet: AbortSignal = new AbortController().signal;
const reset = new ConnectionAbortedError({ reason: "reset", initiator: "peer", operation: "read" });

function wrapped(name: string, parts: Record<string, unknown>): Error {
  return Object.assign(new Error(name), { name, ...parts });
}

test("isAllowed() allows the errors of this package", () => {
  for (const error of [reset, new LimitExceededError("a line", 1), new DecodeError("a line", new Uint8Array(1), 0)]) {
    assert.equal(isAllowed(error, quiet), true);
  }
});

test("isAllowed() allows what a read with keepOpen rejects with", () => {
  assert.equal(isAllowed(new DOMException("it took too long", "TimeoutError"), quiet), true);
  const reason = { any: "value" };
  assert.equal(isAllowed(reason, AbortSignal.abort(reason)), true);
});

test("isAllowed() allows no bug of the caller, and nothing else", () => {
  const others = [
    new BusyError("read", "readLine"),
    new TypeError("x is not a function"),
    new DOMException("given up", "AbortError"),
    "text",
    undefined,
    null,
  ];
  for (const error of others) assert.equal(isAllowed(error, AbortSignal.abort("another reason")), false, String(error));
});

test("isAllowed() looks into wrappers, and wants all of their parts to be allowed", () => {
  assert.equal(isAllowed(wrapped("RetryError", { cause: reset }), quiet), true);
  assert.equal(isAllowed(wrapped("RetryError", { cause: new TypeError("a bug") }), quiet), false);
  assert.equal(isAllowed(wrapped("SuppressedError", { error: reset, suppressed: reset }), quiet), true);
  assert.equal(
    isAllowed(wrapped("SuppressedError", { error: reset, suppressed: new TypeError("a bug") }), quiet),
    false,
  );
});
