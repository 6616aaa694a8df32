import assert from "node:assert/strict";
import { checkTlsOptions } from "../lib/tls_options.ts";
import { test } from "./harness.ts";

const IDENTITY = { cert: "cert", key: "key" };

test("checkTlsOptions() takes what either side may say", () => {
  checkTlsOptions({}, "client");
  checkTlsOptions(
    { serverName: "a", caCerts: ["pem"], ...IDENTITY, alpnProtocols: ["h2"], truncation: "end" },
    "client",
  );
  checkTlsOptions({ ...IDENTITY, caCerts: ["pem"], alpnProtocols: ["x"], truncation: "error" }, "server");
});

const WRONG: readonly [options: unknown, role: "client" | "server", message: RegExp][] = [
  [7, "client", /TypeError: Cannot use the options 7/],
  [{ serverName: 7 }, "client", /TypeError: Cannot use serverName 7/],
  [{ serverName: "" }, "client", /TypeError: Cannot use the serverName ""/],
  [{ caCerts: "pem" }, "client", /TypeError: Cannot use caCerts of type string: it must be an array/],
  [{ caCerts: [7] }, "client", /TypeError: Cannot use caCerts entry 7/],
  [{ cert: "cert" }, "client", /TypeError: Cannot use cert without key/],
  [{ key: "key" }, "client", /TypeError: Cannot use cert without key/],
  [{ cert: 7, key: "key" }, "client", /TypeError: Cannot use cert 7/],
  [{ alpnProtocols: [""] }, "client", /RangeError: Cannot use an alpnProtocol of 0 characters/],
  [{ alpnProtocols: ["x".repeat(256)] }, "client", /RangeError: Cannot use an alpnProtocol of 256 characters/],
  [{ truncation: "maybe" }, "client", /TypeError: Cannot use truncation "maybe"/],
  [{}, "server", /TypeError: Cannot be a TLS server without cert and key/],
  [{ ...IDENTITY, serverName: "a" }, "server", /TypeError: Cannot use serverName as a TLS server/],
  [{ ...IDENTITY, caCerts: [] }, "server", /TypeError: Cannot use caCerts \[\] as a TLS server/],
];

for (const [options, role, message] of WRONG) {
  test(`checkTlsOptions() refuses ${JSON.stringify(options)?.slice(0, 60)} of a ${role}`, () => {
    assert.throws(() => checkTlsOptions(options as object, role), (error) => message.test(String(error)));
  });
}
