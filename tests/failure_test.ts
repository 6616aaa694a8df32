import assert from "node:assert/strict";
import { ConnectionAbortedError } from "../lib/errors.ts";
import {
  codeOf,
  connectError,
  connectFailureReason,
  failureOf,
  failureOfSignal,
  isMissingPermission,
  transportError,
} from "../lib/failure.ts";
import { test } from "./harness.ts";

const ADDRESS = { transport: "tcp", hostname: "10.0.0.1", port: 80 } as const;

/** As the runtimes make them. */
function systemError(code: string): Error {
  return Object.assign(new Error(`read ${code}`), { code });
}

test("failureOf() knows every way in which the system ends a connection", () => {
  const wanted = {
    ECONNRESET: "reset by peer",
    ECONNABORTED: "reset by peer",
    ENOTCONN: "reset by peer",
    EPIPE: "broken-pipe by peer",
    ETIMEDOUT: "timeout by network",
    ESOCKETTIMEDOUT: "timeout by network",
    EHOSTUNREACH: "unreachable by network",
    EHOSTDOWN: "unreachable by network",
    ENETUNREACH: "unreachable by network",
    ENETDOWN: "unreachable by network",
    EWHATEVER: "other by network",
  };
  for (const [code, words] of Object.entries(wanted)) {
    const error = systemError(code);
    const failure = failureOf(error);
    assert.equal(`${failure.reason} by ${failure.initiator}`, words, code);
    assert.equal(failure.code, code);
    assert.equal(failure.cause, error);
  }
});

test("failureOf() takes a code that the platform has found", () => {
  const error = new Error("Connection reset by peer (os error 104)");
  assert.deepEqual(failureOf(error, "ECONNRESET"), {
    reason: "reset",
    initiator: "peer",
    code: "ECONNRESET",
    cause: error,
  });
});

test("failureOf() is other for what has no code, whatever was thrown", () => {
  for (const thrown of [new Error("?"), undefined, null, "text", { code: 104 }]) {
    const { reason, initiator, code, cause } = failureOf(thrown);
    assert.deepEqual({ reason, initiator, code }, { reason: "other", initiator: "network", code: undefined });
    assert.equal(cause, thrown);
  }
});

test("failureOf() is not fooled by codes that are names of objects", () => {
  assert.equal(failureOf(systemError("constructor")).reason, "other");
  assert.equal(connectFailureReason("toString"), "other");
});

test("failureOf() keeps what a transport has said already", () => {
  const cause = systemError("ECONNRESET");
  const error = new ConnectionAbortedError({ reason: "tls", initiator: "peer", operation: "read", code: "X", cause });
  assert.deepEqual(failureOf(error), { reason: "tls", initiator: "peer", code: "X", cause });
});

test("failureOf() of a transport's own error without a cause has that error as its cause", () => {
  const error = new ConnectionAbortedError({ reason: "reset", initiator: "peer", operation: "read" });
  assert.equal(failureOf(error).cause, error);
});

test("connectFailureReason() knows every way in which the system refuses a dial or a bind", () => {
  const wanted = {
    "refused": ["ECONNREFUSED"],
    "reset": ["ECONNRESET", "ECONNABORTED", "ENOTCONN", "EPIPE"],
    "timeout": ["ETIMEDOUT"],
    "unreachable": ["EHOSTUNREACH", "EHOSTDOWN", "ENETUNREACH", "ENETDOWN"],
    "name-not-found": ["ENOTFOUND", "EAI_NONAME", "EAI_NODATA"],
    "name-lookup-failed": ["EAI_AGAIN"],
    "path-not-found": ["ENOENT", "ENOTDIR"],
    "permission-denied": ["EACCES", "EPERM", "ERR_ACCESS_DENIED"],
    "address-in-use": ["EADDRINUSE"],
    "address-not-available": ["EADDRNOTAVAIL"],
    "resource-exhausted": ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"],
    "other": ["EWHATEVER", undefined],
  };
  for (const [reason, codes] of Object.entries(wanted)) {
    for (const code of codes) assert.equal(connectFailureReason(code), reason, code);
  }
});

test("connectError() says whose doing it was", () => {
  const initiator = (operation: "connect" | "listen", code: string) =>
    connectError(operation, ADDRESS, systemError(code), code).initiator;
  assert.equal(initiator("connect", "ECONNREFUSED"), "peer");
  assert.equal(initiator("connect", "ETIMEDOUT"), "network");
  // What this machine has run out of.
  for (const code of ["EMFILE", "EADDRNOTAVAIL"]) assert.equal(initiator("connect", code), "local", code);
  assert.equal(initiator("listen", "EADDRINUSE"), "local");
});

test("codeOf() takes text only", () => {
  assert.equal(codeOf(systemError("EPIPE")), "EPIPE");
  for (const thrown of [new DOMException("x", "AbortError"), null, undefined, "EPIPE", {}]) {
    assert.equal(codeOf(thrown), undefined);
  }
});

test("isMissingPermission() knows Deno's error by its name", () => {
  assert.equal(isMissingPermission(Object.assign(new Error("Requires net access"), { name: "NotCapable" })), true);
  assert.equal(isMissingPermission(systemError("EACCES")), false);
  assert.equal(isMissingPermission({ name: "NotCapable" }), false);
});

test("failureOfSignal() is a timeout for AbortSignal.timeout(), and this side's doing", () => {
  const reason = new DOMException("Signal timed out.", "TimeoutError");
  assert.deepEqual(failureOfSignal(reason), { reason: "timeout", initiator: "local", cause: reason });
});

test("failureOfSignal() is the caller's will for everything else; the cause is exactly signal.reason", () => {
  for (const reason of [AbortSignal.abort().reason, new Error("mine"), "text", 0, null, { name: "TimeoutError" }]) {
    const failure = failureOfSignal(reason);
    assert.deepEqual([failure.reason, failure.initiator], ["signal", "local"]);
    assert.equal(failure.cause, reason);
  }
});

test("transportError() is a failure as an error, with the operation and the original", () => {
  const cause = systemError("EPIPE");
  const error = transportError(failureOf(cause), "write");
  assert.ok(ConnectionAbortedError.is(error));
  assert.deepEqual([error.reason, error.operation, error.code], ["broken-pipe", "write", "EPIPE"]);
  assert.equal(error.cause, cause);
});

test("connectError() says who refused", () => {
  const initiatorOf = (operation: "connect" | "listen" | "accept", code: string): string =>
    connectError(operation, ADDRESS, systemError(code), code).initiator;
  assert.equal(initiatorOf("connect", "ECONNREFUSED"), "peer");
  assert.equal(initiatorOf("connect", "ECONNRESET"), "peer");
  assert.equal(initiatorOf("connect", "ETIMEDOUT"), "network");
  assert.equal(initiatorOf("listen", "EADDRINUSE"), "local");
  assert.equal(initiatorOf("accept", "EMFILE"), "local");
});

test("connectError() names what was dialled as the far end, and what was bound as this one", () => {
  const dialled = connectError("connect", ADDRESS, systemError("ECONNREFUSED"), "ECONNREFUSED");
  assert.deepEqual([dialled.remoteAddress, dialled.localAddress], [ADDRESS, undefined]);
  const bound = connectError("listen", ADDRESS, systemError("EADDRINUSE"), "EADDRINUSE");
  assert.deepEqual([bound.remoteAddress, bound.localAddress], [undefined, ADDRESS]);
});

test("connectError() is always safe to retry, and carries the original and what was tried", () => {
  const cause = systemError("ECONNREFUSED");
  const attempts = [{ address: ADDRESS, error: cause, startedAt: 0, elapsed: 3 }];
  const error = connectError("connect", ADDRESS, cause, "ECONNREFUSED", { elapsed: 3, attempts });
  assert.equal(error.retrySafe, true);
  assert.equal(error.cause, cause);
  assert.equal(error.elapsed, 3);
  assert.deepEqual(error.attempts, attempts);
});
