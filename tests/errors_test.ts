import assert from "node:assert/strict";
import { inspect } from "node:util";
import { createContext, runInContext } from "node:vm";
import {
  BusyError,
  ConnectError,
  ConnectionAbortedError,
  ConnectionError,
  DecodeError,
  LimitExceededError,
} from "../lib/errors.ts";
import type { ConnectionErrorInit } from "../lib/reasons.ts";
import { test } from "./harness.ts";

const LOCAL = { transport: "unix", path: "" } as const;
const REMOTE = { transport: "unix", path: "/run/x.sock" } as const;
const SECRET = new TextEncoder().encode("password=hunter2");

const FACTS = {
  operation: "read",
  initiator: "peer",
  code: "ECONNRESET",
  localAddress: LOCAL,
  remoteAddress: REMOTE,
  bytesRead: 1,
  bytesWritten: 2,
  unsentBytes: 3,
  elapsed: 4,
  retrySafe: true,
  expected: 100,
} as const;

function aborted(differs: Partial<ConnectionErrorInit<"reset">> = {}): ConnectionAbortedError {
  return new ConnectionAbortedError({ reason: "reset", operation: "read", initiator: "peer", ...differs });
}

function notConnected(differs: Partial<ConnectionErrorInit<"refused">> = {}): ConnectError {
  return new ConnectError({ reason: "refused", operation: "connect", initiator: "peer", ...differs });
}

const ONE_OF_EACH = {
  ConnectionError: new ConnectionError({ reason: "reset", operation: "read", initiator: "peer" }),
  ConnectError: notConnected(),
  ConnectionAbortedError: aborted(),
  LimitExceededError: new LimitExceededError("a line", 10),
  DecodeError: new DecodeError("a line: it is not UTF-8", SECRET, 1),
  BusyError: new BusyError("read", "readLine"),
};

const CLASSES = { ConnectionError, ConnectError, ConnectionAbortedError, LimitExceededError, DecodeError, BusyError };

/** Which `is()` say yes. */
function recognizedAs(value: unknown): string[] {
  return Object.entries(CLASSES).filter(([, constructor]) => constructor.is(value)).map(([name]) => name);
}

test("ConnectionAbortedError carries every fact", () => {
  const error = aborted({ ...FACTS, partial: SECRET });
  assert.deepEqual({ ...error }, { reason: "reset", ...FACTS });
  assert.equal(error.partial, SECRET);
});

test("ConnectError carries every fact, and what was tried", () => {
  const attempts = [{ address: REMOTE, error: new Error("no"), startedAt: 0, elapsed: 4 }];
  const error = notConnected({ ...FACTS, operation: "connect", attempts });
  assert.deepEqual({ ...error }, { reason: "refused", ...FACTS, operation: "connect", attempts });
});

test("ConnectionError counts what is not known as 0, and leaves out the rest", () => {
  assert.deepEqual({ ...aborted() }, {
    reason: "reset",
    operation: "read",
    initiator: "peer",
    bytesRead: 0,
    bytesWritten: 0,
    unsentBytes: 0,
    elapsed: 0,
    retrySafe: false,
  });
  for (const name of ["code", "localAddress", "remoteAddress", "partial", "expected", "cause"]) {
    assert.equal(name in aborted(), false, name);
  }
  assert.deepEqual(notConnected().attempts, []);
});

test("ConnectionError has the runtime's error as its cause, whatever it is", () => {
  for (const cause of [new Error("read ECONNRESET"), "text", null, 0]) assert.equal(aborted({ cause }).cause, cause);
});

test("errors are Errors, with a stack that starts with their name and message", () => {
  for (const [name, error] of Object.entries(ONE_OF_EACH)) {
    assert.ok(error instanceof Error);
    assert.equal(String(error), `${name}: ${error.message}`);
    assert.ok(error.stack?.includes(error.message));
  }
});

test("errors are of their class and of what it extends", () => {
  assert.ok(ONE_OF_EACH.ConnectError instanceof ConnectionError);
  assert.ok(ONE_OF_EACH.ConnectionAbortedError instanceof ConnectionError);
  assert.equal(ONE_OF_EACH.LimitExceededError instanceof ConnectionError, false);
});

test("names are literals on the prototype: minifiers rename classes, and an own one would print twice", () => {
  for (const [name, error] of Object.entries(ONE_OF_EACH)) {
    assert.equal(error.name, name);
    assert.equal(Object.hasOwn(error, "name"), false);
    class Renamed extends (CLASSES[name as keyof typeof CLASSES] as unknown as new (init: unknown) => Error) {}
    assert.equal(Renamed.prototype.name, name);
  }
});

test("is() knows each class, and what it extends", () => {
  assert.deepEqual(recognizedAs(ONE_OF_EACH.ConnectionError), ["ConnectionError"]);
  assert.deepEqual(recognizedAs(ONE_OF_EACH.ConnectError), ["ConnectionError", "ConnectError"]);
  assert.deepEqual(recognizedAs(ONE_OF_EACH.ConnectionAbortedError), ["ConnectionError", "ConnectionAbortedError"]);
  assert.deepEqual(recognizedAs(ONE_OF_EACH.LimitExceededError), ["LimitExceededError"]);
  assert.deepEqual(recognizedAs(ONE_OF_EACH.DecodeError), ["DecodeError"]);
  assert.deepEqual(recognizedAs(ONE_OF_EACH.BusyError), ["BusyError"]);
});

test("is() is false for everything else", () => {
  const named = Object.assign(new Error("no"), { name: "ConnectionAbortedError", reason: "reset" });
  for (const value of [undefined, null, 0, "ConnectionError", {}, [], () => {}, new Error("no"), named]) {
    assert.deepEqual(recognizedAs(value), []);
  }
});

test("is() works across copies of the package", async () => {
  const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
  // Not by its URL: Bun then ignores what follows the "?".
  const copy = await import(`../lib/errors.${suffix}?copy`) as typeof CLASSES;
  const theirs = new copy.ConnectionAbortedError({ reason: "reset", operation: "read", initiator: "peer" });
  assert.equal(theirs instanceof ConnectionAbortedError, false, "it is no copy");
  assert.deepEqual(recognizedAs(theirs), ["ConnectionError", "ConnectionAbortedError"]);
  assert.equal(copy.LimitExceededError.is(ONE_OF_EACH.LimitExceededError), true);
});

test("is() works across realms", () => {
  const source = 'Object.assign(new Error("no"), { [Symbol.for("@hawser/net/BusyError")]: true })';
  const theirs = runInContext(source, createContext());
  assert.equal(theirs instanceof Error, false, "it is no other realm");
  assert.deepEqual(recognizedAs(theirs), ["BusyError"]);
});

test("ConnectionError.toJSON() has the facts", () => {
  const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
  const error = aborted({ ...FACTS, partial: SECRET, cause });
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: "ConnectionAbortedError",
    message: error.message,
    reason: "reset",
    ...FACTS,
    partial: SECRET.length,
    cause: { name: "Error", message: "read ECONNRESET", code: "ECONNRESET" },
  });
});

test("ConnectionError.toJSON() looks into a cause of this package, and names the type of any other", () => {
  assert.deepEqual(aborted({ cause: aborted({ partial: SECRET }) }).toJSON().cause, {
    ...aborted({ partial: SECRET }).toJSON(),
  });
  assert.equal(aborted({ cause: "password=hunter2" }).toJSON().cause, "string");
  assert.equal("cause" in aborted().toJSON(), false);
});

test("ConnectionError.toJSON() cuts and escapes the text of a cause", () => {
  const { message } = aborted({ cause: new Error(`\n${"x".repeat(1_000)}`) }).toJSON().cause as { message: string };
  assert.equal(message.length, 64);
  assert.ok(message.startsWith("\\u000axx"));
});

test("ConnectError.toJSON() has every attempt", () => {
  const error = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const attempts = [{ address: REMOTE, error, startedAt: 0, elapsed: 4 }];
  assert.deepEqual(notConnected({ attempts }).toJSON().attempts, [{
    address: REMOTE,
    error: { name: "Error", message: "connect ECONNREFUSED", code: "ECONNREFUSED" },
    startedAt: 0,
    elapsed: 4,
  }]);
});

test("what a user sent is in no log: not in JSON, not where fields are printed", () => {
  const errors = [aborted({ partial: SECRET }), ONE_OF_EACH.DecodeError];
  for (const error of [...errors, aborted({ cause: errors[0] }), aborted({ cause: errors[1] })]) {
    const byte = String(SECRET[0]!);
    for (const text of [JSON.stringify(error), inspect(error, { depth: 10 }), String(error)]) {
      assert.ok(!text.includes("hunter2"), text);
      assert.ok(!text.includes(`${byte}, ${SECRET[1]}`), text);
    }
    assert.deepEqual(Object.keys(error).filter((key) => ["partial", "bytes", "excerpt"].includes(key)), []);
  }
});

test("LimitExceededError says what passed which limit", () => {
  const error = ONE_OF_EACH.LimitExceededError;
  assert.equal(error.limit, 10);
  assert.equal(
    error.message,
    "Cannot read a line: it is longer than the limit of 10 bytes; raise the limit, skip it or close",
  );
  assert.deepEqual(error.toJSON(), { name: "LimitExceededError", message: error.message, limit: 10 });
});

test("DecodeError has where, the bytes, and an excerpt of at most 16", () => {
  const bytes = new Uint8Array(100).map((_, i) => i);
  const error = new DecodeError("a line: it is not UTF-8", bytes, 50);
  assert.equal(error.offset, 50);
  assert.equal(error.bytes, bytes);
  assert.deepEqual(error.excerpt, bytes.slice(50, 66));
  assert.equal(error.message, "Cannot decode a line: it is not UTF-8, from byte 50 of 100 on");
  assert.deepEqual(new DecodeError("a line", bytes, 98).excerpt, bytes.slice(98));
});

test("DecodeError.toJSON() has lengths", () => {
  const { message } = ONE_OF_EACH.DecodeError;
  assert.deepEqual(ONE_OF_EACH.DecodeError.toJSON(), {
    name: "DecodeError",
    message,
    offset: 1,
    bytes: SECRET.length,
    excerpt: SECRET.length - 1,
  });
});

test("BusyError names both operations", () => {
  const error = ONE_OF_EACH.BusyError;
  assert.equal(error.message, "Cannot start read: readLine is still under way on this object; await it first");
  assert.deepEqual(error.toJSON(), { name: "BusyError", message: error.message });
});
