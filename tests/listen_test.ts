import assert from "node:assert/strict";
import { lstatSync, writeFileSync } from "node:fs";
import { connect, ConnectError, type Connection, listen, type Listener } from "../mod.ts";
import {
  assertRefuses,
  BAD_ADDRESSES,
  BAD_CONNECTION_OPTIONS,
  badBooleans,
  badPorts,
  badSizes,
  NO_OPTIONS,
  testBadOptions,
} from "./bad_input.ts";
import { runPermitted } from "./child.ts";
import { test } from "./harness.ts";
import { countsSockets, onDeno, openSockets, rejection, runtimes, temporaryFolder, until } from "./raw_peers.ts";
import { leaveStaleSocket } from "./stale_socket.ts";

for (const runtime of runtimes) {
  test(`listen() chooses a port for port 0 on 127.0.0.1, runtime ${runtime}`, async () => {
    await using listener = await listen({ port: 0, runtime });
    assert.equal(listener.address.transport, "tcp");
    const { hostname, port } = listener.address as { hostname: string; port: number };
    assert.equal(hostname, "127.0.0.1");
    assert.ok(port > 0);
  });

  test(`listen() takes text, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    await using tcp = await listen("127.0.0.1:0", { runtime });
    assert.equal(tcp.address.transport, "tcp");
    await using unix = await listen(`unix:${folder.path("s")}`, { runtime });
    assert.deepEqual(unix.address, { transport: "unix", path: folder.path("s") });
  });

  test(`listen() gives its options to every connection, runtime ${runtime}`, async () => {
    let wrapped = 0;
    await using listener = await listen({
      port: 0,
      runtime,
      readTimeout: 20,
      wrap: (transport) => {
        wrapped++;
        return transport;
      },
    });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address)]);
    const error = await rejection(server.reader.read());
    assert.deepEqual([error.reason, error.operation, error.initiator], ["timeout", "read", "local"]);
    assert.equal(wrapped, 1);
    client.abort();
  });

  test(`listen()'s signal aborts the connections it accepts, runtime ${runtime}`, async () => {
    const controller = new AbortController();
    await using listener = await listen({ port: 0, runtime, signal: controller.signal });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address)]);
    controller.abort(new Error("over"));
    assert.equal((await server.closed).error?.reason, "signal");
    client.abort();
  });

  test(`listen() rejects with a ConnectError when the address is in use, runtime ${runtime}`, async () => {
    await using listener = await listen({ port: 0, runtime });
    const { port } = listener.address as { port: number };
    const error = await rejection(listen({ port, runtime }));
    assert.ok(ConnectError.is(error));
    const { reason, code, operation, initiator } = error;
    assert.deepEqual({ reason, code, operation, initiator }, {
      reason: "address-in-use",
      code: "EADDRINUSE",
      operation: "listen",
      initiator: "local",
    });
    assert.deepEqual(error.localAddress, listener.address);
    assert.match(error.message, new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: another socket listens there`));
  });

  test(`listen() rejects when the address is not of this machine, runtime ${runtime}`, async () => {
    const error = await rejection(listen({ hostname: "192.0.2.1", port: 0, runtime })); // RFC 5737: nobody's.
    assert.ok(ConnectError.is(error));
    assert.equal(error.reason, "address-not-available");
    assert.equal(error.code, "EADDRNOTAVAIL");
  });

  test(`listen() rejects when the folder of the path is missing, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    const error = await rejection(listen({ path: folder.path("none/s"), runtime }));
    assert.ok(ConnectError.is(error));
    // libuv says EACCES for a missing folder, as for one that this user may not write to.
    assert.deepEqual([error.reason, error.code], ["path-not-found", "ENOENT"]);
  });

  test(`listen() replaces a stale socket file, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("s");
    await leaveStaleSocket(path);
    assert.ok(lstatSync(path).isSocket());
    await using listener = await listen({ path, runtime });
    const [server, client] = await Promise.all([listener.accept(), connect({ path, runtime })]);
    await client.writer.write("hi\n");
    assert.equal(await server.reader.readLine(), "hi");
    server.abort();
    client.abort();
  });

  test(`listen() does not replace a live socket, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("s");
    await using listener = await listen({ path, runtime });
    assert.equal((await rejection(listen({ path, runtime }))).reason, "address-in-use");
    const probe = await listener.accept(); // The question whether somebody listens.
    assert.equal(await probe.reader.read().catch(() => null), null);
    const [server, client] = await Promise.all([listener.accept(), connect({ path, runtime })]);
    probe.abort();
    server.abort();
    client.abort();
  });

  test(`listen() does not replace a plain file, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("precious");
    writeFileSync(path, "content");
    assert.equal((await rejection(listen({ path, runtime }))).reason, "address-in-use");
    assert.equal(lstatSync(path).size, 7);
  });

  test(`listen() binds IPv6, runtime ${runtime}`, async () => {
    const listener = await listen({ hostname: "::1", port: 0, runtime }).catch((error: unknown) => {
      // A machine without IPv6 says so; nothing else may go wrong.
      assert.equal((error as ConnectError).reason, "address-not-available");
    });
    if (listener === undefined) return;
    const { hostname, port } = listener.address as { hostname: string; port: number };
    assert.equal(hostname, "::1");
    const [server, client] = await Promise.all([listener.accept(), connect(`[::1]:${port}`, { runtime })]);
    assert.deepEqual(client.remoteAddress, { transport: "tcp", hostname: "::1", port });
    server.abort();
    client.abort();
    await listener.close();
  });
}

testBadOptions(
  "listen()",
  [
    ...BAD_CONNECTION_OPTIONS,
    ...badBooleans("reusePort"),
    ...badSizes("backlog"),
    { option: "runtime", value: "browser", error: "TypeError", shown: '"browser"' },
    { option: "hostname", value: "", error: "TypeError", shown: '""' },
    { option: "hostname", value: 7, error: "TypeError" },
  ],
  (options) => listen({ port: 0, ...options }),
);
testBadOptions("listen()", badPorts(0), (options) => listen({ ...options }));
testBadOptions(
  "listen()",
  [
    { option: "path", value: "", error: "TypeError", shown: '""' },
    { option: "path", value: 7, error: "TypeError" },
    { option: "path", value: `/${"x".repeat(107)}`, error: "RangeError", shown: "108 bytes" },
  ],
  (options) => listen({ ...options }),
);

for (const value of NO_OPTIONS) {
  test(`listen() refuses the options ${JSON.stringify(value)} with a TypeError`, async () => {
    await assert.rejects(listen("127.0.0.1:0", value as never), { name: "TypeError", message: /options/ });
  });
}

for (const text of BAD_ADDRESSES) {
  test(`listen() refuses the address "${text}"`, async () => {
    await assertRefuses(() => listen(text), { option: "Cannot use", value: "", error: "TypeError" });
  });
}

test("listen() refuses both a path and a port", async () => {
  await assert.rejects(listen({ path: "/x", port: 1 }), { name: "TypeError", message: /both a path and a port/ });
});

test("listen() refuses TLS without a certificate", async () => {
  const message = /Cannot be a TLS server without cert and key/;
  await assert.rejects(listen("tls://127.0.0.1:0"), { name: "TypeError", message });
  await assert.rejects(listen({ port: 0, tls: {} }), { name: "TypeError", message });
  await assert.rejects(listen({ port: 0, tls: true } as never), { name: "TypeError", message: /Cannot use/ });
});

if (onDeno) {
  for (const runtime of runtimes) {
    test(`T18: listen() passes a missing permission on untouched, runtime ${runtime}`, async () => {
      const { name, message, isOurs } = await runPermitted([], "listen", runtime, "127.0.0.1:0");
      assert.equal(name, "NotCapable");
      assert.match(message, /--allow-net/);
      assert.equal(isOurs, false);
    });

    test(`listen() on a path passes a missing permission on untouched, runtime ${runtime}`, async () => {
      const { name, isOurs } = await runPermitted([], "listen", runtime, "unix:/tmp/hawser_never");
      assert.equal(name, "NotCapable");
      assert.equal(isOurs, false);
    });
  }
}

for (const value of [undefined, null, 1, true, () => {}]) {
  test(`listen() refuses the address ${String(value)}`, async () => {
    await assert.rejects(listen(value as never), { name: "TypeError", message: /^Cannot use the address / });
  });
}

for (const runtime of runtimes) {
  test(`TS17: listen() takes a port again whose connections live on, or linger, runtime ${runtime}`, async () => {
    const first = await listen({ port: 0, runtime });
    const address = first.address as { hostname: string; port: number };
    const busy = await rejection(listen({ ...address, runtime }));
    assert.ok(ConnectError.is(busy) && busy.reason === "address-in-use", String(busy));
    const pair = async (): Promise<[Connection, Connection]> =>
      await Promise.all([first.accept(), connect({ ...address, runtime })]);
    const [server, client] = await pair();
    const [gone, other] = await pair();
    // Whoever ends first waits: this end of it is in TIME_WAIT for a minute.
    const closing = gone.close();
    assert.equal(await other.reader.read(), null);
    await Promise.all([other.close(), closing]);
    await first.close();
    // Deno lets the listening socket go a moment later.
    let second: Listener | undefined;
    for (let attempt = 0; second === undefined; attempt++) {
      second = await listen({ ...address, runtime }).catch(async (error: unknown) => {
        if (attempt === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1));
        return undefined;
      });
    }
    const [again, dialled] = await Promise.all([second.accept(), connect({ ...address, runtime })]);
    await server.writer.write("still here\n");
    assert.equal(await client.reader.readLine(), "still here");
    for (const connection of [server, client, again, dialled]) connection.abort();
    await second.close();
  });

  test(`TS15: listen() that fails leaves no socket, runtime ${runtime}`, async () => {
    await using first = await listen({ port: 0, runtime });
    const before = countsSockets ? openSockets() : 0;
    const address = first.address as { hostname: string; port: number };
    for (let i = 0; i < 3; i++) assert.ok(ConnectError.is(await rejection(listen({ ...address, runtime }))));
    if (countsSockets) await until(() => openSockets() <= before, "every socket closed");
  });
}

for (const runtime of runtimes) {
  test(`listen() takes options beside an address, runtime ${runtime}`, async () => {
    const address = { transport: "tcp", hostname: "127.0.0.1", port: 0 } as const;
    await assert.rejects(listen(address, { backlog: 0 }), { name: "RangeError", message: /backlog 0/ });
    await using listener = await listen(address, { runtime, readTimeout: 5 });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime })]);
    assert.equal((await rejection(server.reader.read())).reason, "timeout");
    client.abort();
  });
}
