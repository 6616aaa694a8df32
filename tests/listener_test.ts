import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as net from "node:net";
import type { Acceptor } from "../lib/platform.ts";
import { Listener } from "../lib/listener.ts";
import type { Transport } from "../lib/transport.ts";
import { BusyError, connect, ConnectError, type Connection, ConnectionAbortedError, listen } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { badSignals, badTimeouts, testBadOptions } from "./bad_input.ts";
import { runChild } from "./child.ts";
import { test } from "./harness.ts";
import { countsSockets, fate, openSockets, rawDial, rejection, runtimes, temporaryFolder, until } from "./raw_peers.ts";

/** An acceptor that hands out what a test says, when it says so. */
class ScriptedAcceptor implements Acceptor {
  readonly address = { transport: "tcp", hostname: "127.0.0.1", port: 7 } as const;
  readonly calls: string[] = [];
  #waiter: { resolve(transport: Transport): void; reject(error: unknown): void } | undefined;

  accept(): Promise<Transport> {
    this.calls.push("accept");
    return new Promise((resolve, reject) => this.#waiter = { resolve, reject });
  }

  arrive(): Transport {
    const [here] = memoryPair();
    this.#waiter!.resolve(here);
    return here;
  }

  fail(error: unknown): void {
    this.#waiter!.reject(error);
  }

  close(): void {
    this.calls.push("close");
    this.#waiter?.reject(new Error("closed underneath"));
  }

  ref(): void {
    this.calls.push("ref");
  }

  unref(): void {
    this.calls.push("unref");
  }
}

const portOf = ({ address }: Listener) => (address as { port: number }).port;

test("Listener.accept() gives up with signal.reason and keeps what arrives for the next call", async () => {
  const acceptor = new ScriptedAcceptor();
  const listener = new Listener(acceptor, {});
  const controller = new AbortController();
  const reason = new Error("later");
  const given = rejection(listener.accept({ signal: controller.signal }));
  controller.abort(reason);
  assert.equal(await given, reason);
  acceptor.arrive();
  const connection = await listener.accept();
  assert.deepEqual(acceptor.calls, ["accept"], "one accept of the platform served both calls");
  connection.abort();
});

test("Listener.accept() gives up with a TimeoutError and keeps what arrives for the next call", async () => {
  const acceptor = new ScriptedAcceptor();
  const listener = new Listener(acceptor, {});
  const error = await rejection(listener.accept({ timeout: 10 }));
  assert.ok(error instanceof DOMException);
  assert.equal(error.name, "TimeoutError");
  acceptor.arrive();
  (await listener.accept()).abort();
});

test("Listener.accept() with a signal aborted before rejects with its reason and asks for nothing", async () => {
  const acceptor = new ScriptedAcceptor();
  const reason = new Error("no");
  assert.equal(await rejection(new Listener(acceptor, {}).accept({ signal: AbortSignal.abort(reason) })), reason);
  assert.deepEqual(acceptor.calls, []);
});

test("Listener.accept() keeps a connection that arrives in the turn of the abort", async () => {
  const acceptor = new ScriptedAcceptor();
  const listener = new Listener(acceptor, {});
  const controller = new AbortController();
  const accepting = listener.accept({ signal: controller.signal }).then((c) => c, (error: unknown) => error);
  acceptor.arrive();
  controller.abort(new Error("just now"));
  const first = await accepting;
  if (first instanceof Error) (await listener.accept()).abort();
  else (first as Connection).abort();
});

test("Listener.accept() called twice at once rejects with BusyError, and the first goes on", async () => {
  const acceptor = new ScriptedAcceptor();
  const listener = new Listener(acceptor, {});
  const first = listener.accept();
  assert.ok(BusyError.is(await rejection(listener.accept())));
  acceptor.arrive();
  (await first).abort();
  const again = listener.accept();
  acceptor.arrive();
  (await again).abort();
});

test("Listener.accept() rejects with the platform's failure, and the next call asks again", async () => {
  const acceptor = new ScriptedAcceptor();
  const listener = new Listener(acceptor, {});
  const failure = new ConnectError({ reason: "resource-exhausted", operation: "accept", initiator: "local" });
  const first = rejection(listener.accept());
  acceptor.fail(failure);
  assert.equal(await first, failure);
  const second = listener.accept();
  acceptor.arrive();
  (await second).abort();
});

test("Listener.close() aborts what arrives for an accept that was given up", async () => {
  const acceptor = new ScriptedAcceptor();
  acceptor.close = () => {};
  const listener = new Listener(acceptor, {});
  await rejection(listener.accept({ timeout: 5 }));
  await listener.close();
  const late = acceptor.arrive();
  await assert.rejects(async () => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    await late.read(new Uint8Array(1));
  }, { reason: "closed" });
});

test("Listener.ref() and unref() reach the platform", async () => {
  const acceptor = new ScriptedAcceptor();
  const listener = new Listener(acceptor, {});
  listener.unref();
  listener.ref();
  await listener.close();
  await listener.close();
  assert.deepEqual(acceptor.calls, ["unref", "ref", "close"]);
});

for (const runtime of runtimes) {
  test(`Listener.accept() knows both addresses, runtime ${runtime}`, async () => {
    await using listener = await listen({ port: 0, runtime });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime })]);
    assert.deepEqual(server.localAddress, listener.address);
    assert.deepEqual(server.remoteAddress, client.localAddress);
    await Promise.all([server.close(), client.close()]);
    assert.deepEqual(server.remoteAddress, client.localAddress, "valid after close");
  });

  test(`Listener.accept() hands out every connection, in order, runtime ${runtime}`, async () => {
    await using listener = await listen({ port: 0, runtime });
    const clients = [];
    for (let i = 0; i < 5; i++) clients.push(await connect(listener.address, { runtime }));
    for (const client of clients) {
      const server = await listener.accept();
      assert.deepEqual(server.remoteAddress, client.localAddress);
      server.abort();
      client.abort();
    }
  });

  test(`Listener.accept() given up loses no connection, runtime ${runtime}`, async () => {
    await using listener = await listen({ port: 0, runtime });
    for (let i = 0; i < 3; i++) await rejection(listener.accept({ timeout: 1 }));
    const controller = new AbortController();
    const given = rejection(listener.accept({ signal: controller.signal }));
    controller.abort();
    await given;
    const client = await connect(listener.address, { runtime });
    const server = await listener.accept();
    assert.deepEqual(server.remoteAddress, client.localAddress);
    server.abort();
    client.abort();
  });

  test(`Listener.close() rejects a pending accept with "closed", runtime ${runtime}`, async () => {
    const listener = await listen({ port: 0, runtime });
    const pending = rejection(listener.accept());
    await listener.close();
    const error = await pending;
    assert.ok(ConnectionAbortedError.is(error));
    const { reason, operation, initiator, localAddress } = error;
    assert.deepEqual({ reason, operation, initiator, localAddress }, {
      reason: "closed",
      operation: "accept",
      initiator: "local",
      localAddress: listener.address,
    });
    const later = await rejection(listener.accept());
    assert.deepEqual([later.reason, later.operation], ["closed", "accept"]);
    assert.notEqual(later, error);
  });

  test(`Listener.close() ends an iteration cleanly, runtime ${runtime}`, async () => {
    const listener = await listen({ port: 0, runtime });
    const client = await connect(listener.address, { runtime });
    let seen = 0;
    for await (const connection of listener) {
      seen++;
      connection.abort();
      await listener.close();
    }
    assert.equal(seen, 1);
    client.abort();
    for await (const _ of listener) assert.fail("a closed listener accepts nothing");
  });

  test(`Listener.close() while an iteration waits ends it, runtime ${runtime}`, async () => {
    const listener = await listen({ port: 0, runtime });
    const step = listener[Symbol.asyncIterator]().next();
    await Promise.resolve();
    await listener.close();
    assert.deepEqual(await step, { done: true, value: undefined });
  });

  test(`Listener.close() resets what nobody took, runtime ${runtime}`, async () => {
    const listener = await listen({ port: 0, runtime });
    const clients = [await rawDial({ port: portOf(listener) }), await rawDial({ port: portOf(listener) })];
    const fates = clients.map(fate);
    await listener.close();
    for (const { code, ended } of await Promise.all(fates)) {
      assert.deepEqual({ code, ended }, { code: "ECONNRESET", ended: false });
    }
  });

  test(`Listener.close() keeps the connections it gave away, runtime ${runtime}`, async () => {
    const listener = await listen({ port: 0, runtime });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime })]);
    await listener.close();
    await server.writer.write("still here\n");
    assert.equal(await client.reader.readLine(), "still here");
    await Promise.all([server.close(), client.close()]);
  });

  // A remote can do this at will: on Deno the runtime's own iterator throws and ends.
  test(`An iteration goes on after clients that reset before they were accepted, runtime ${runtime}`, async () => {
    const listener = await listen({ port: 0, runtime });
    for (let i = 0; i < 10; i++) (await rawDial({ port: portOf(listener) })).resetAndDestroy();
    const client = await connect(listener.address, { runtime });
    await client.writer.write("me\n");
    await client.writer.flush();
    for await (const connection of listener) {
      const line = await connection.reader.readLine().catch(() => null); // Noise, on runtimes that accept it.
      connection.abort();
      if (line === "me") break;
    }
    client.abort();
    await listener.close();
  });

  test(`Breaking out of an iteration leaves the listener open, runtime ${runtime}`, async () => {
    await using listener = await listen({ port: 0, runtime });
    const first = await connect(listener.address, { runtime });
    for await (const connection of listener) {
      connection.abort();
      break;
    }
    const [second, server] = await Promise.all([connect(listener.address, { runtime }), listener.accept()]);
    for (const connection of [first, second, server]) connection.abort();
  });

  test(`Listener works on a Unix socket, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    await using listener = await listen({ path: folder.path("s"), runtime });
    const [server, client] = await Promise.all([listener.accept(), connect({ path: folder.path("s"), runtime })]);
    assert.deepEqual(server.localAddress, { transport: "unix", path: folder.path("s") });
    assert.deepEqual(server.remoteAddress, { transport: "unix", path: "" });
    await server.writer.write("hi\n");
    assert.equal(await client.reader.readLine(), "hi");
    server.abort();
    client.abort();
  });

  test(`Listener.unref() lets the process end, runtime ${runtime}`, async () => {
    assert.equal(await runChild("unref", ["listener", runtime]), "end of program\n");
  });
}

for (const runtime of runtimes) {
  test(`R22: a listener holds a bounded number of connections that nobody accepts, and counts the rest, runtime ${runtime}`, async () => {
    const before = countsSockets ? openSockets() : 0;
    const [backlog, dials] = [8, 40];
    const listener = await listen({ port: 0, runtime, backlog });
    const sockets: net.Socket[] = [];
    const are = (what: "connecting" | "destroyed"): number => sockets.filter((socket) => socket[what]).length;
    for (let i = 0; i < dials; i++) {
      const socket = net.connect({ host: "127.0.0.1", port: portOf(listener) });
      socket.on("error", () => {});
      sockets.push(socket);
      // Node accepts them all, one after the other; on Deno the kernel lets those wait that do not fit.
      if (runtime === "node") await until(() => are("connecting") === 0, "it is connected, or was reset");
    }
    if (runtime === "deno") await until(() => are("connecting") <= dials - backlog, "its queue is full");
    else await until(() => are("destroyed") === dials - backlog, "the rest are reset");
    assert.equal(listener.droppedConnections, runtime === "deno" ? 0 : dials - backlog);
    const own = 1 + dials - are("destroyed"); // The listener, and the clients.
    if (countsSockets) assert.ok(openSockets() - before <= own + backlog, `${openSockets() - before - own} accepted`);
    for (const socket of sockets) socket.destroy();
    await listener.close();
    if (countsSockets) await until(() => openSockets() <= before, "every socket closed");
  });
}

testBadOptions("Listener.accept()", [...badSignals(), ...badTimeouts("timeout")], async (options) => {
  await new Listener(new ScriptedAcceptor(), {}).accept(options);
});

test("Listener.accept() refuses options that are no object", async () => {
  const listener = new Listener(new ScriptedAcceptor(), {});
  await assert.rejects(listener.accept(5 as never), { name: "TypeError", message: /options 5/ });
});

test("Listener.accept() refuses keepOpen", async () => {
  const listener = new Listener(new ScriptedAcceptor(), {});
  await assert.rejects(listener.accept({ keepOpen: true } as never), { name: "TypeError", message: /keepOpen true/ });
});

for (const runtime of runtimes) {
  test(`Listener.close() removes its socket file, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("s");
    const listener = await listen({ path, runtime });
    assert.ok(existsSync(path));
    await listener.close();
    await until(() => !existsSync(path), "the socket file is removed");
  });
}
