import assert from "node:assert/strict";
import { nodeCode, setCode, socketCode } from "../lib/runtime/node/failure.ts";
import { test } from "./harness.ts";
import { onDeno } from "./raw_peers.ts";

const withCode = (code: unknown) => Object.assign(new Error(), { code });

test("nodeCode() is the code of the error", () => {
  assert.equal(nodeCode(withCode("ECONNRESET")), "ECONNRESET");
  assert.equal(nodeCode(withCode("ERR_STREAM_DESTROYED")), "ERR_STREAM_DESTROYED");
});

test("socketCode() calls EBADF the broken pipe that it is, and passes the rest on", () => {
  assert.equal(socketCode(withCode("EBADF")), "EPIPE");
  assert.equal(socketCode(withCode("EINVAL")), "EINVAL");
});

test("nodeCode() has none for an error without a code in words", () => {
  assert.equal(nodeCode(new Error("Failed to listen at 127.0.0.1")), undefined);
  assert.equal(nodeCode(withCode(20)), undefined);
  assert.equal(nodeCode(undefined), undefined);
});

test("nodeCode() is the code that was found out afterwards, and the error stays as it came", () => {
  const error = withCode("ECONNREFUSED");
  setCode(error, "ETIMEDOUT");
  assert.equal(nodeCode(error), "ETIMEDOUT");
  assert.equal((error as { code?: unknown }).code, "ECONNREFUSED");
});

// Deno's compatibility layer says EINVAL where there is no free port, or the address is foreign.
test("T19: nodeCode() translates EINVAL under Deno only", () => {
  assert.equal(nodeCode(withCode("EINVAL")), onDeno ? "EADDRNOTAVAIL" : "EINVAL");
});
