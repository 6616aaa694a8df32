import assert from "node:assert/strict";
import { describe } from "../lib/describe.ts";
import type { ConnectionErrorInit, Operation } from "../lib/reasons.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import type { Connection } from "../mod.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

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

const UNIX = { transport: "unix", path: "/run/x.sock" } as const;
const EVERYWHERE = { operation: "listen", initiator: "local" } as const;

/** What a stranger reads, where it depends on more than the reason. */
const MESSAGES: [what: string, init: Partial<ConnectionErrorInit>, message: string][] = [
  [
    "the option whose time has passed: timeout",
    { reason: "timeout", initiator: "local", operation: "connect", via: { option: "timeout", value: 30_000 } },
    "Cannot connect to the peer: it took longer than its timeout of 30.0 s; dial again, or give it more time",
  ],
  [
    "the option whose time has passed: readTimeout",
    { reason: "timeout", initiator: "local", via: { option: "readTimeout", value: 500 } },
    "Cannot read from the peer: no byte came for 500 ms; dial again, or give it more time (readTimeout)",
  ],
  [
    "the option whose time has passed: writeTimeout",
    { reason: "timeout", initiator: "local", operation: "write", via: { option: "writeTimeout", value: 500 } },
    "Cannot write to the peer: the peer took no byte for 500 ms; dial again, or give it more time (writeTimeout)",
  ],
  [
    "the option whose time has passed: idleTimeout",
    { reason: "timeout", initiator: "local", operation: "idle", via: { option: "idleTimeout", value: 500 } },
    "Cannot keep the connection to the peer: no byte came or went for 500 ms; send heartbeats, or raise idleTimeout",
  ],
  [
    "the option whose time has passed: closeTimeout",
    { reason: "timeout", initiator: "local", operation: "close", via: { option: "closeTimeout", value: 5_000 } },
    "Cannot close in order the connection to the peer: the peer did not take the last bytes within 5.0 s; dial again, " +
    "or give it more time (closeTimeout)",
  ],
  [
    "the timeout of a signal",
    { reason: "timeout", initiator: "local", cause: new DOMException("The signal timed out", "TimeoutError") },
    "Cannot read from the peer: the timeout of the caller's signal has passed; dial again, or give it more time",
  ],
  [
    "a peer that gave no answer",
    { reason: "timeout", initiator: "peer" },
    "Cannot read from the peer: the peer gave no answer; dial again",
  ],
  [
    "how many bytes wait, and which option bounds them",
    { reason: "overflow", initiator: "local", operation: "write", via: { option: "writeBufferLimit", value: 1_000 } },
    "Cannot write to the peer: more than 1000 bytes (writeBufferLimit) wait for a peer that does not read; await " +
    "write() or drain(), or raise writeBufferLimit",
  ],
  [
    "what abort() was told",
    { reason: "closed", initiator: "local", via: "abort", cause: new Error("the request made no sense") },
    'Cannot read from the peer: this side aborted it, saying "the request made no sense"; open a new connection to go on',
  ],
  [
    "that abort() was told nothing",
    { reason: "closed", initiator: "local", via: "abort" },
    "Cannot read from the peer: this side aborted it; open a new connection to go on",
  ],
  [
    "what the signal was aborted with",
    { reason: "signal", initiator: "local", cause: "shutting\ndown" },
    'Cannot read from the peer: the caller\'s signal aborted it, saying "shutting\\u000adown"; dial again if it is still ' +
    "wanted",
  ],
  [
    "nothing of a default reason",
    { reason: "signal", initiator: "local", cause: new DOMException("The signal has been aborted", "AbortError") },
    "Cannot read from the peer: the caller's signal aborted it; dial again if it is still wanted",
  ],
  [
    "that it was the listener that was closed",
    { reason: "closed", initiator: "local", operation: "accept", localAddress: LOCAL },
    "Cannot accept a connection on 127.0.0.1:50000: the listener was closed; listen again to go on",
  ],
  [
    "that low ports are the system's",
    { ...EVERYWHERE, reason: "permission-denied", code: "EACCES", localAddress: { ...LOCAL, port: 81 } },
    "Cannot listen on 127.0.0.1:81: ports below 1024 need privileges (EACCES); choose another port, or give this " +
    "process CAP_NET_BIND_SERVICE",
  ],
  [
    "no such thing of a high port",
    { ...EVERYWHERE, reason: "permission-denied", localAddress: LOCAL },
    "Cannot listen on 127.0.0.1:50000: the system does not permit it; check the rights of this process, and firewalls",
  ],
  [
    "that the folder of a socket file is missing",
    { ...EVERYWHERE, reason: "path-not-found", localAddress: UNIX },
    "Cannot listen on unix:/run/x.sock: the folder of the path does not exist; make it first",
  ],
  [
    "that the folder of a socket file is not ours",
    { ...EVERYWHERE, reason: "permission-denied", localAddress: UNIX },
    "Cannot listen on unix:/run/x.sock: this process may not make a file there; check the rights of the folder, or " +
    "choose another path",
  ],
  [
    "that a path is taken",
    { ...EVERYWHERE, reason: "address-in-use", localAddress: UNIX },
    "Cannot listen on unix:/run/x.sock: a server that lives, or another file, has that path; stop it, or choose " +
    "another path",
  ],
  [
    "that an address is not this machine's",
    { ...EVERYWHERE, reason: "address-not-available", localAddress: { ...LOCAL, hostname: "192.0.2.1" } },
    "Cannot listen on 192.0.2.1:50000: this machine does not have that address; listen on one of its own, or on " +
    "0.0.0.0 or ::",
  ],
  [
    "that a dial found no free port",
    { operation: "connect", reason: "address-not-available", remoteAddress: REMOTE },
    "Cannot connect to db.example.com:5432: no local port is free; close connections, or wait until ports are free again",
  ],
  [
    "that a socket file is stale",
    { operation: "connect", reason: "refused", remoteAddress: UNIX },
    "Cannot connect to unix:/run/x.sock: the socket file is there, but nobody listens; start the server, or check the " +
    "path",
  ],
  [
    "that a socket file may not be written",
    { operation: "connect", reason: "permission-denied", remoteAddress: UNIX },
    "Cannot connect to unix:/run/x.sock: this process may not write to the socket file; check the rights of the file " +
    "and its folders",
  ],
  [
    "that nothing had been sent before a reset",
    { reason: "reset", bytesRead: 3, bytesWritten: 0 },
    "Cannot read from the peer: the peer reset the connection (3 bytes read, 0 written); dial again",
  ],
  [
    "that nothing of a refused write had left",
    { reason: "reset", operation: "write", bytesWritten: 9, retrySafe: true },
    "Cannot write to the peer: the peer reset the connection (9 written); dial again; nothing of this write has left " +
    "this process",
  ],
  [
    "what may have become of what was sent into a broken pipe",
    { reason: "broken-pipe", operation: "write", bytesWritten: 9 },
    "Cannot write to the peer: the peer had ended its stream and is gone (9 written); dial again; what was sent may not " +
    "have been processed",
  ],
];

for (const [what, differs, message] of MESSAGES) {
  test(`describe() says ${what}`, () => assert.equal(describe(init(differs)), message));
}

/** What the layers above hand to `describe()`: provoked, not made. */
test("a message says which bound was passed, and what abort() was told", async () => {
  const told: string[] = [];
  const failures: ((local: Connection) => Promise<unknown>)[] = [
    ({ reader }) => reader.read({ timeout: 7 }),
    ({ reader }) => reader.read({ timeout: 7, keepOpen: true }),
    ({ writer }) => writer.write(new Uint8Array(100_000), { timeout: 7 }),
    (local) => (local.abort("no more"), local.reader.read()),
    (local) => (void local.writer.write(new Uint8Array(100_000)), local.close({ timeout: 7 })),
    ({ writer }) => (void writer.write(new Uint8Array(100_000)), writer.flush({ timeout: 7 })),
    ({ writer }) => (void writer.write(new Uint8Array(100_000)), writer.write("more")),
  ];
  for (const [index, fail] of failures.entries()) {
    await using pair = connectionPair({ capacity: 10, ...(index === 6 && { writeBufferLimit: 1_000 }) });
    const { message } = await rejection(fail(pair.local));
    told.push(/: (.*?)(?: \(|;)/.exec(message)![1]!);
    pair.local.abort();
    pair.peer.abort();
  }
  for (const option of ["readTimeout", "writeTimeout", "idleTimeout"]) {
    await using pair = connectionPair({ capacity: 10, [option]: 7 });
    if (option === "writeTimeout") void pair.local.writer.write(new Uint8Array(100_000));
    told.push(/: (.*?) \(/.exec((await rejection(pair.local.reader.read())).message)![1]!);
    pair.peer.abort();
  }
  assert.deepEqual(told, [
    "it took longer than its timeout of 7 ms",
    "it took longer than its timeout of 7 ms",
    "it took longer than its timeout of 7 ms",
    'this side aborted it, saying "no more"',
    "the peer did not take the last bytes within 7 ms",
    "it took longer than its timeout of 7 ms",
    "more than 1000 bytes",
    "no byte came for 7 ms",
    "the peer took no byte for 7 ms",
    "no byte came or went for 7 ms",
  ]);
});
