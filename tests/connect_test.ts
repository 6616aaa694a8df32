import assert from "node:assert/strict";
import { connect, ConnectError, type Connection, ConnectionAbortedError } from "../mod.ts";
import {
  assertRefuses,
  BAD_ADDRESSES,
  BAD_CONNECTION_OPTIONS,
  badPorts,
  badTimeouts,
  NO_OPTIONS,
  testBadOptions,
} from "./bad_input.ts";
import { runPermitted } from "./child.ts";
import { test } from "./harness.ts";
import {
  countsSockets,
  fate,
  letGo,
  onDeno,
  openSockets,
  RawServer,
  rejection,
  runtimes,
  temporaryFolder,
  until,
} from "./raw_peers.ts";

/** Reads what a peer said, then lets both ends go. */
async function hear(connection: Connection): Promise<string | null> {
  const line = await connection.reader.readLine();
  connection.abort();
  return line;
}

for (const runtime of runtimes) {
  test(`connect() dials host and port, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const connection = await connect({ hostname: "127.0.0.1", port: server.port, runtime });
    assert.deepEqual(connection.remoteAddress, { transport: "tcp", hostname: "127.0.0.1", port: server.port });
    (await server.next()).write("hi\n");
    assert.equal(await hear(connection), "hi");
  });

  test(`connect() dials 127.0.0.1 when no hostname is given, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const connection = await connect({ port: server.port, runtime });
    assert.equal((await server.next()).remoteAddress, "127.0.0.1");
    connection.abort();
  });

  for (const form of ["127.0.0.1:PORT", "tcp://127.0.0.1:PORT", "TCP://127.0.0.1:PORT", "localhost:PORT"]) {
    test(`connect() takes the text "${form}", runtime ${runtime}`, async () => {
      await using server = await RawServer.listen();
      const connection = await connect(form.replace("PORT", `${server.port}`), { runtime });
      (await server.next()).write("hi\n");
      assert.equal(await hear(connection), "hi");
    });
  }

  for (const prefix of ["unix:", "unix://"]) {
    test(`connect() takes the text "${prefix}/path", runtime ${runtime}`, async () => {
      await using folder = await temporaryFolder();
      await using server = await RawServer.listen(folder.path("s"));
      const connection = await connect(`${prefix}${folder.path("s")}`, { runtime });
      assert.deepEqual(connection.remoteAddress, { transport: "unix", path: folder.path("s") });
      (await server.next()).write("hi\n");
      assert.equal(await hear(connection), "hi");
    });
  }

  for (const hostname of ["127.0.0.1", "::1"]) {
    test(`HE20: connect() reaches "localhost" on ${hostname}, whatever the hosts file leaves out, runtime ${runtime}`, async () => {
      await using server = await RawServer.listen(undefined, hostname);
      const connection = await connect({ hostname: "localhost", port: server.port, runtime });
      (await server.next()).write("hi\n");
      assert.equal(await hear(connection), "hi");
    });
  }

  test(`connect() rejects with a ConnectError when nobody listens, runtime ${runtime}`, async () => {
    const server = await RawServer.listen();
    const { port } = server;
    await server[Symbol.asyncDispose]();
    const error = await rejection(connect({ port, runtime }));
    assert.ok(ConnectError.is(error));
    const { reason, code, operation, initiator, retrySafe, remoteAddress, attempts } = error;
    assert.deepEqual({ reason, code, operation, initiator, retrySafe }, {
      reason: "refused",
      code: "ECONNREFUSED",
      operation: "connect",
      initiator: "peer",
      retrySafe: true,
    });
    assert.deepEqual(remoteAddress, { transport: "tcp", hostname: "127.0.0.1", port });
    assert.deepEqual(attempts.map(({ address }) => address), [remoteAddress]);
    assert.equal(attempts[0]!.error, error.cause);
    assert.match(error.message, new RegExp(`^Cannot connect to 127\\.0\\.0\\.1:${port}: nobody listens there`));
  });

  test(`connect() rejects with "path-not-found" for a missing Unix socket, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    const error = await rejection(connect({ path: folder.path("missing"), runtime }));
    assert.ok(ConnectError.is(error));
    assert.deepEqual([error.reason, error.code], ["path-not-found", "ENOENT"]);
  });

  test(`connect() with a signal aborted before opens no socket, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const before = countsSockets ? openSockets() : 0;
    const cause = new Error("never mind");
    for (let i = 0; i < 20; i++) {
      const error = await rejection(connect({ port: server.port, runtime, signal: AbortSignal.abort(cause) }));
      assert.ok(ConnectionAbortedError.is(error));
      const { reason, operation, initiator, retrySafe } = error;
      assert.deepEqual({ reason, operation, initiator, retrySafe }, {
        reason: "signal",
        operation: "connect",
        initiator: "local",
        retrySafe: true,
      });
      assert.equal(error.cause, cause);
    }
    if (countsSockets) assert.equal(openSockets(), before);
    const connection = await connect({ port: server.port, runtime });
    const { remotePort: port } = await server.next();
    const first = { transport: "tcp", hostname: "127.0.0.1", port };
    assert.deepEqual(connection.localAddress, first, "the first to arrive is the dial that nobody aborted");
    connection.abort();
  });

  test(`connect() aborted at every step leaves no socket open, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    (await connect({ port: server.port, runtime })).abort(); // What is loaded once is loaded.
    await until(() => server.accepted.length === 1, "the first dial arrives");
    await letGo(server.accepted[0]!);
    const before = countsSockets ? openSockets() : 0;
    let aborted = 0;
    for (let step = 0; step < 60; step++) {
      const controller = new AbortController();
      const dialling = connect({ port: server.port, runtime, signal: controller.signal });
      const outcome = dialling.then((connection) => connection, (error: unknown) => error);
      for (let i = 0; i < step % 20; i++) await Promise.resolve();
      for (let i = 0; i < step / 20; i++) await new Promise((resolve) => setTimeout(resolve, 0));
      controller.abort();
      const result = await outcome;
      if (ConnectionAbortedError.is(result)) aborted++;
      else assert.equal((await (result as Connection).closed).error?.reason, "signal");
    }
    assert.ok(aborted > 0, "no dial was cut: this test proves nothing");
    // What connected late shows up in the peer's accept log, and must be closed there too.
    for (const peer of server.accepted) await letGo(peer);
    if (countsSockets) await until(() => openSockets() <= before, "every socket is closed");
  });

  test(`connect() of a signal that is a timeout says "timeout", runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const cause = new DOMException("too slow", "TimeoutError");
    const error = await rejection(connect({ port: server.port, runtime, signal: AbortSignal.abort(cause) }));
    assert.equal(error.reason, "timeout");
    assert.equal(error.initiator, "local");
    assert.equal(error.cause, cause);
  });

  test(`connect()'s signal aborts the connection for as long as it lives, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const controller = new AbortController();
    const connection = await connect({ port: server.port, runtime, signal: controller.signal });
    const peer = await server.next();
    const seen = fate(peer);
    const reading = rejection(connection.reader.read());
    const cause = new Error("shut down");
    controller.abort(cause);
    const error = await reading;
    assert.deepEqual([error.reason, error.operation], ["signal", "read"]);
    assert.equal(error.cause, cause);
    peer.end();
    await seen;
  });

  test(`connect()'s timeout bounds the dial alone, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const connection = await connect({ port: server.port, runtime, timeout: 60 });
    const peer = await server.next();
    // Longer than the timeout of the dial, and its 50 ms of slack.
    setTimeout(() => peer.write("late\n"), 150);
    assert.equal(await hear(connection), "late");
  });

  test(`connect() leaves no socket when the options of the connection cannot be met, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const wrap = () => {
      throw new Error("no wrapping today");
    };
    await assert.rejects(connect({ port: server.port, runtime, wrap }), /no wrapping today/);
    const peer = await server.next();
    await letGo(peer);
  });
}

// 192.0.2.0/24 is nobody's (RFC 5737): a SYN there is dropped, refused by a router, or has no route.
test("connect() gives up a dial that nobody answers, and leaves no socket", async () => {
  for (const runtime of runtimes) {
    const before = countsSockets ? openSockets() : 0;
    const error = await rejection(connect({ hostname: "192.0.2.1", port: 9, runtime, timeout: 30 }));
    assert.ok(["timeout", "unreachable", "refused"].includes(error.reason), error.reason);
    if (error.reason === "timeout") {
      assert.ok(ConnectionAbortedError.is(error));
      assert.deepEqual([error.operation, error.initiator], ["connect", "local"]);
      assert.ok(error.elapsed >= 30, `early: ${error.elapsed} ms`);
    }
    if (countsSockets) await until(() => openSockets() <= before, "the socket is closed");
  }
});

testBadOptions(
  "connect()",
  [...BAD_CONNECTION_OPTIONS, ...badTimeouts("timeout")],
  (options) => connect({ port: 9, ...options }),
);
testBadOptions("connect()", badPorts(1), (options) => connect({ ...options }));
testBadOptions("connect() with a text address", badTimeouts("timeout"), (options) => connect("127.0.0.1:9", options));
testBadOptions(
  "connect()",
  [
    { option: "runtime", value: "browser", error: "TypeError", shown: '"browser"' },
    { option: "runtime", value: 1, error: "TypeError" },
    { option: "hostname", value: "", error: "TypeError", shown: '""' },
    { option: "hostname", value: 7, error: "TypeError" },
    { option: "hostname", value: "a\0b", error: "TypeError", shown: "a\\u0000b" },
  ],
  (options) => connect({ port: 9, ...options }),
);
testBadOptions(
  "connect()",
  [
    { option: "path", value: "", error: "TypeError", shown: '""' },
    { option: "path", value: 7, error: "TypeError" },
    { option: "path", value: "a\0b", error: "TypeError", shown: "a\\u0000b" },
    { option: "path", value: `/${"x".repeat(107)}`, error: "RangeError", shown: "108 bytes" },
    { option: "path", value: `/${"é".repeat(60)}`, error: "RangeError", shown: "121 bytes" },
  ],
  (options) => connect({ ...options }),
);

for (const value of NO_OPTIONS) {
  test(`connect() refuses the options ${JSON.stringify(value)} with a TypeError`, async () => {
    await assert.rejects(connect("127.0.0.1:9", value as never), { name: "TypeError", message: /options/ });
    if (typeof value !== "string") await assert.rejects(connect(value as never), { name: "TypeError" });
  });
}

for (const text of BAD_ADDRESSES) {
  test(`connect() refuses the address "${text}"`, async () => {
    await assertRefuses(() => connect(text), {
      option: "Cannot use",
      value: text.slice(0, 3) === "::1" ? "::1:80" : "",
      error: "TypeError",
    });
  });
}

test("connect() refuses a port out of range in a text address", async () => {
  await assert.rejects(connect("host:0"), { name: "RangeError", message: /port 0/ });
  await assert.rejects(connect("host:65536"), { name: "RangeError", message: /port 65536/ });
});

test("connect() refuses both a path and a port", async () => {
  await assert.rejects(connect({ path: "/x", port: 1 }), { name: "TypeError", message: /both a path and a port/ });
  await assert.rejects(connect({ path: "/x", hostname: "h" }), { name: "TypeError" });
});

test("connect() refuses bad options before any I/O", async () => {
  await using server = await RawServer.listen();
  for (const { option, value } of BAD_CONNECTION_OPTIONS) {
    await rejection(connect({ port: server.port, [option]: value }));
  }
  const connection = await connect({ port: server.port });
  await server.next();
  assert.equal(server.accepted.length, 1);
  connection.abort();
});

if (!onDeno) {
  test('connect() refuses runtime "deno" where there is none', async () => {
    await assert.rejects(connect({ port: 9, runtime: "deno" }), { name: "TypeError", message: /runtime "deno"/ });
  });
}

if (onDeno) {
  for (const runtime of runtimes) {
    for (const hostname of ["127.0.0.1", "localhost"]) {
      test(`connect() to ${hostname} passes a missing permission on untouched, runtime ${runtime}`, async () => {
        const { name, message, isOurs } = await runPermitted([], "connect", runtime, `${hostname}:9`);
        assert.equal(name, "NotCapable");
        assert.match(message, /--allow-net/);
        assert.equal(isOurs, false);
      });
    }

    test(`R30: connect() needs no more permission than the runtime's own would, runtime ${runtime}`, async () => {
      await using server = await RawServer.listen();
      const allow = `--allow-net=localhost:${server.port}`;
      const { name } = await runPermitted([allow], "connect", runtime, `localhost:${server.port}`);
      assert.equal(name, "connected");
    });
  }
}

for (const value of [undefined, null, 1, true, () => {}]) {
  test(`connect() refuses the address ${String(value)}`, async () => {
    await assert.rejects(connect(value as never), { name: "TypeError", message: /^Cannot use the address / });
  });
}

for (const runtime of runtimes) {
  test(`connect() takes options beside the address of a listener, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const address = { transport: "tcp", hostname: "127.0.0.1", port: server.port } as const;
    await assert.rejects(connect(address, { timeout: 0 }), { name: "RangeError", message: /timeout 0/ });
    await assert.rejects(connect(address, null as never), { name: "TypeError", message: /options null/ });
    await using connection = await connect(address, { runtime, readTimeout: 5, closeTimeout: 1 });
    assert.equal((await rejection(connection.reader.read())).reason, "timeout");
  });
}

test("connect() refuses keepOpen, which it could not keep", async () => {
  await assert.rejects(connect({ port: 9, keepOpen: true } as never), { name: "TypeError", message: /keepOpen true/ });
});

for (const runtime of runtimes) {
  test(`connect() knows the other end as it is, not as it was called, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    for (const hostname of ["0.0.0.0", "127.0.0.1"]) {
      const connection = await connect({ hostname, port: server.port, runtime });
      assert.deepEqual(connection.remoteAddress, { transport: "tcp", hostname: "127.0.0.1", port: server.port });
      connection.abort();
    }
  });
}
