import assert from "node:assert/strict";
import { describe } from "../lib/describe.ts";
import type { ConnectionErrorInit, Operation } from "../lib/reasons.ts";
import { test } from "./harness.ts";

const LOCAL = { transport: "tcp", hostname: "127.0.0.1", port: 50_000 } as const;
const REMOTE = { transport: "tcp", hostname: "db.example.com", port: 5_432 } as const;

function init(differs: Partial<ConnectionErrorInit>): ConnectionErrorInit {
  return { reason: "reset", operation: "read", initiator: "peer", ...differs };
}

test("describe() says what happened to which connection, after how much, and what can be done", () => {
  const message = describe(init({
    code: "ECONNRESET",
    localAddress: LOCAL,
    remoteAddress: REMOTE,
    bytesRead: 12,
    bytesWritten: 34,
    unsentBytes: 56,
    elapsed: 78,
  }));
  assert.equal(
    message,
    "Cannot read from db.example.com:5432: the peer reset the connection (ECONNRESET, local address 127.0.0.1:50000, " +
      "12 bytes read, 34 written, 56 unsent, after 78 ms); dial again; what was sent may or may not have been processed",
  );
});

test("describe() leaves out what is not known", () => {
  assert.equal(
    describe(init({ reason: "closed", initiator: "local" })),
    "Cannot read from the peer: this side has closed it; open a new connection to go on",
  );
});

test("describe() tells how much of a message has come", () => {
  const partial = new Uint8Array(3);
  const reason = "unexpected-end";
  assert.match(describe(init({ reason, partial, expected: 10 })), /3 of 10 bytes of the message here/);
  assert.match(describe(init({ reason, expected: 10 })), /0 of 10 bytes of the message here/);
  assert.match(describe(init({ reason, partial })), /\(3 bytes of the message here\)/);
});

test("describe() never shows the bytes", () => {
  const partial = new TextEncoder().encode("hunter2");
  assert.doesNotMatch(describe(init({ partial })), /hunter2|104/);
});

test("describe() says whose timeout it was", () => {
  const reason = "timeout";
  assert.match(describe(init({ reason, initiator: "local" })), /the timeout of this side has passed/);
  assert.match(describe(init({ reason, initiator: "network" })), /the network gave no answer/);
});

test("describe() names the operation", () => {
  const wanted: Record<Operation, string> = {
    connect: "Cannot connect to ",
    handshake: "Cannot complete the TLS handshake with ",
    read: "Cannot read from ",
    write: "Cannot write to ",
    closeWrite: "Cannot half-close the connection to ",
    close: "Cannot close in order the connection to ",
    startTls: "Cannot start TLS with ",
    listen: "Cannot listen on ",
    accept: "Cannot accept a connection on ",
    idle: "Cannot keep the connection to ",
  };
  for (const [operation, start] of Object.entries(wanted)) {
    const message = describe(init({ operation: operation as Operation, remoteAddress: REMOTE }));
    assert.ok(message.startsWith(`${start}db.example.com:5432: `), message);
  }
});

test("describe() has a state and an advice for every reason", () => {
  const reasons = [
    ["reset", "broken-pipe", "unexpected-end", "timeout", "signal", "closed", "unreachable", "tls", "overflow"],
    ["refused", "name-not-found", "name-lookup-failed", "path-not-found", "permission-denied", "address-in-use"],
    ["address-not-available", "resource-exhausted", "other"],
  ].flat();
  const messages = reasons.map((reason) => describe(init({ reason })));
  assert.equal(new Set(messages).size, reasons.length);
  for (const message of messages) assert.match(message, /^Cannot read from the peer: [^;]+; .+[^.]$/);
});

test("describe() names the local address where there is no other", () => {
  const message = describe(init({ operation: "listen", reason: "address-in-use", localAddress: LOCAL }));
  assert.match(message, /^Cannot listen on 127\.0\.0\.1:50000: another socket listens there;/);
});

test("describe() lists the addresses that were tried, where there was more than one", () => {
  const attempt = (hostname: string): NonNullable<ConnectionErrorInit["attempts"]>[number] => ({
    address: { transport: "tcp", hostname, port: 80 },
    error: new Error("no"),
    startedAt: 0,
    elapsed: 1,
  });
  const both = describe(init({ reason: "refused", attempts: [attempt("::1"), attempt("127.0.0.1")] }));
  assert.match(both, /; tried \[::1\]:80, 127\.0\.0\.1:80; check the address/);
  assert.doesNotMatch(describe(init({ reason: "refused", attempts: [attempt("::1")] })), /tried/);
});

test("describe() says a duration as a person does", () => {
  assert.match(describe(init({ elapsed: 999 })), /after 999 ms/);
  assert.match(describe(init({ elapsed: 1_500 })), /after 1\.5 s/);
  assert.match(describe(init({ elapsed: 150_000 })), /after 2 min 30 s/);
  assert.doesNotMatch(describe(init({ elapsed: 0.2 })), /after/);
});

test("describe() rounds a duration up into the next unit", () => {
  assert.match(describe(init({ elapsed: 999.7 })), /after 1\.0 s/);
  assert.match(describe(init({ elapsed: 59_999 })), /after 1 min 0 s/);
});

test("describe() is one printable line, whatever the address holds", () => {
  const remoteAddress = { transport: "tcp", hostname: "evil\r\n\u001b[31m", port: 80 } as const;
  const message = describe(init({ remoteAddress }));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(message, /[\u0000-\u001f]/);
  assert.match(message, /evil\\u000d\\u000a\\u001b\[31m:80/);
});
