import assert from "node:assert/strict";
import { ConnectError, ConnectionAbortedError } from "../lib/errors.ts";
import type { AbortReason, ConnectFailureReason } from "../lib/reasons.ts";
import { isRetriable } from "../lib/retriable.ts";
import { test } from "./harness.ts";

const ABORTED: Record<AbortReason, boolean> = {
  "reset": true,
  "broken-pipe": true,
  "unexpected-end": true,
  "timeout": true,
  "signal": false,
  "closed": false,
  "unreachable": true,
  "tls": true,
  "overflow": false,
  "other": true,
};

const NOT_CONNECTED: Record<ConnectFailureReason, boolean> = {
  "refused": true,
  "reset": true,
  "timeout": true,
  "unreachable": true,
  "name-not-found": false,
  "name-lookup-failed": true,
  "path-not-found": true,
  "permission-denied": false,
  "address-in-use": false,
  "address-not-available": true,
  "resource-exhausted": true,
  "tls": false,
  "other": false,
};

function aborted(reason: AbortReason): ConnectionAbortedError {
  return new ConnectionAbortedError({ reason, operation: "read", initiator: "peer" });
}

function notConnected(
  reason: ConnectFailureReason,
  operation: "connect" | "listen" | "accept" = "connect",
): ConnectError {
  return new ConnectError({ reason, operation, initiator: "network" });
}

test("isRetriable() is true when a new connection may succeed where one was cut short", () => {
  for (const [reason, wanted] of Object.entries(ABORTED)) {
    assert.equal(isRetriable(aborted(reason as AbortReason)), wanted, reason);
  }
});

test("isRetriable() is true when another dial may succeed where one failed", () => {
  for (const [reason, wanted] of Object.entries(NOT_CONNECTED)) {
    assert.equal(isRetriable(notConnected(reason as ConnectFailureReason)), wanted, reason);
  }
});

test("isRetriable() is false for a listener that cannot bind, and true for an accept that may succeed later", () => {
  assert.equal(isRetriable(notConnected("address-not-available", "listen")), false);
  assert.equal(isRetriable(notConnected("resource-exhausted", "accept")), true);
});

test("isRetriable() looks through the RetryError of @std/async", () => {
  const retried = (cause: unknown): Error => Object.assign(new Error("gave up", { cause }), { name: "RetryError" });
  assert.equal(isRetriable(retried(aborted("reset"))), true);
  assert.equal(isRetriable(retried(retried(aborted("reset")))), true);
  assert.equal(isRetriable(retried(aborted("closed"))), false);
  assert.equal(isRetriable(retried(undefined)), false);
});

test("isRetriable() does not look through the cause of any other error", () => {
  assert.equal(isRetriable(new Error("mine", { cause: aborted("reset") })), false);
});

test("isRetriable() is false for everything else", () => {
  for (const value of [undefined, null, "reset", { reason: "reset" }, new TypeError("a bug"), new DOMException("x")]) {
    assert.equal(isRetriable(value), false);
  }
});
