import assert from "node:assert/strict";
import { denoCode } from "../lib/runtime/deno/failure.ts";
import { test } from "./harness.ts";

/** An error as Deno makes it: a class, perhaps a code. */
function named(name: string, message = "", code?: string): Error {
  return Object.assign(new Error(message), { name }, code !== undefined && { code });
}

test("denoCode() prefers the code that the runtime set", () => {
  assert.equal(denoCode(named("Error", "No route to host (os error 113)", "EHOSTUNREACH")), "EHOSTUNREACH");
  assert.equal(denoCode(named("ConnectionReset", "", "ECONNABORTED")), "ECONNABORTED");
});

for (
  const [name, code] of [
    ["ConnectionRefused", "ECONNREFUSED"],
    ["ConnectionReset", "ECONNRESET"],
    ["ConnectionAborted", "ECONNABORTED"],
    ["NotConnected", "ENOTCONN"],
    ["BrokenPipe", "EPIPE"],
    ["WriteZero", "EPIPE"],
    ["TimedOut", "ETIMEDOUT"],
    ["NetworkUnreachable", "ENETUNREACH"],
    ["AddrInUse", "EADDRINUSE"],
    ["AddrNotAvailable", "EADDRNOTAVAIL"],
    ["PermissionDenied", "EACCES"],
    ["NotFound", "ENOENT"],
    ["URIError", "ENOTFOUND"],
  ] as const
) {
  test(`denoCode() finds ${code} from the class ${name}`, () => assert.equal(denoCode(named(name)), code));
}

for (
  const [words, code] of [
    ["Name or service not known", "ENOTFOUND"],
    ["No address associated with hostname", "ENOTFOUND"],
    ["Name does not resolve", "ENOTFOUND"],
    ["nodename nor servname provided, or not known", "ENOTFOUND"],
    ["Temporary failure in name resolution", "EAI_AGAIN"],
    ["Try again", "EAI_AGAIN"],
  ] as const
) {
  test(`denoCode() reads "${words}" as ${code}`, () => {
    assert.equal(denoCode(named("Error", `failed to lookup address information: ${words}`)), code);
  });
}

test("denoCode() has none for an unknown class or a value that is no error", () => {
  assert.equal(denoCode(named("Oddity")), undefined);
  assert.equal(denoCode(undefined), undefined);
  assert.equal(denoCode("ECONNRESET"), undefined);
});
