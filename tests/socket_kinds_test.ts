/**
 * TS02, TS04 and TS06 of the conformance list: what is not over a pair. Socket options, sockets of the wrong kind, and a
 * listener that is closed. Nobody but the listener itself can close the socket beneath it.
 */
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { connect, Connection, fromDeno, fromNode, listen, type Listener } from "../mod.ts";
import { test } from "./harness.ts";

const onDeno = "Deno" in globalThis;
const runtimes = onDeno ? ["deno", "node"] as const : ["node"] as const;

/** The far end of a dial. */
async function withPeer(use: (listener: Listener) => Promise<void>): Promise<void> {
  await using listener = await listen({ port: 0 });
  const accepting = listener.accept();
  await use(listener);
  (await accepting).abort();
}

/** Deno has no way to read TCP_NODELAY back, so what a dial asks of `Deno.connect`'s answer is written down. */
async function denoNoDelay(options: { noDelay?: boolean }): Promise<boolean[]> {
  const asked: boolean[] = [];
  const original = Deno.connect;
  Deno.connect = (async (target: Deno.ConnectOptions) => {
    const conn = await original(target);
    const setNoDelay = conn.setNoDelay.bind(conn);
    conn.setNoDelay = (on = true) => (asked.push(on), setNoDelay(on));
    return conn;
  }) as typeof Deno.connect;
  try {
    await withPeer(async ({ address }) => {
      assert.ok(address.transport === "tcp");
      (await connect({ ...address, ...options, runtime: "deno" })).abort();
    });
  } finally {
    Deno.connect = original;
  }
  return asked;
}

/** Node cannot read it back either: what is handed to `net.connect` is written down. */
async function nodeNoDelay(options: { noDelay?: boolean }): Promise<unknown[]> {
  const asked: unknown[] = [];
  const original = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
    // `net.connect` hands its normalized arguments on as one array.
    const [first] = args.flat() as [net.TcpNetConnectOpts];
    asked.push(first.noDelay);
    return Reflect.apply(original, this, args);
  } as typeof original;
  try {
    await withPeer(async ({ address }) => {
      assert.ok(address.transport === "tcp");
      (await connect({ ...address, ...options, runtime: "node" })).abort();
    });
  } finally {
    net.Socket.prototype.connect = original;
  }
  return asked;
}

if (onDeno) {
  test("TS02: connect() over Deno sockets turns Nagle's algorithm off", async () => {
    assert.deepEqual(await denoNoDelay({}), [true]);
  });

  test("TS02: connect() over Deno sockets leaves Nagle's algorithm on with noDelay: false", async () => {
    assert.deepEqual(await denoNoDelay({ noDelay: false }), []);
  });
}

test("TS02: connect() over node:net turns Nagle's algorithm off", async () => {
  assert.deepEqual(await nodeNoDelay({}), [true]);
});

test("TS02: connect() over node:net leaves Nagle's algorithm on with noDelay: false", async () => {
  assert.deepEqual(await nodeNoDelay({ noDelay: false }), [false]);
});

/** What a caller without types may pass. */
const untyped = (value: unknown): never => value as never;

const FOREIGN: unknown[] = [undefined, null, 7, "socket", {}, [], () => {}, new Uint8Array(1)];

test("TS04: fromNode(), fromDeno() and new Connection() refuse foreign values with a TypeError", () => {
  for (const value of FOREIGN) {
    assert.throws(() => fromNode(untyped(value)), TypeError);
    assert.throws(() => fromDeno(untyped(value)), TypeError);
    assert.throws(() => new Connection(untyped(value)), TypeError);
  }
});

test("TS04: fromNode() refuses a datagram socket and a server", () => {
  const datagram = dgram.createSocket("udp4");
  try {
    assert.throws(() => fromNode(untyped(datagram)), TypeError);
  } finally {
    datagram.close();
  }
  assert.throws(() => fromNode(untyped(net.createServer())), TypeError);
});

test("TS04: fromNode() refuses a socket that was never connected", () => {
  const socket = new net.Socket();
  try {
    assert.throws(() => fromNode(socket), TypeError);
  } finally {
    socket.destroy();
  }
});

test("TS04: fromNode() refuses a socket that is still connecting", async () => {
  await withPeer(async ({ address }) => {
    assert.ok(address.transport === "tcp");
    const socket = net.connect({ port: address.port, host: address.hostname });
    assert.throws(() => fromNode(socket), TypeError);
    await once(socket, "connect");
    fromNode(socket).abort();
  });
});

test("TS04: fromNode() refuses a destroyed socket", async () => {
  await withPeer(async ({ address }) => {
    assert.ok(address.transport === "tcp");
    const socket = net.connect({ port: address.port, host: address.hostname });
    await once(socket, "connect");
    socket.destroy();
    assert.throws(() => fromNode(socket), TypeError);
  });
});

test("TS04: fromNode() refuses a socket that decodes text", async () => {
  await withPeer(async ({ address }) => {
    assert.ok(address.transport === "tcp");
    const socket = net.connect({ port: address.port, host: address.hostname });
    await once(socket, "connect");
    socket.setEncoding("utf8");
    assert.throws(() => fromNode(socket), TypeError);
    socket.destroy();
  });
});

if (onDeno) {
  test("TS04: fromDeno() refuses a listener, a file and a node:net socket", () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using file = Deno.openSync(new URL(import.meta.url));
    const socket = new net.Socket();
    try {
      for (const value of [listener, file, socket]) assert.throws(() => fromDeno(untyped(value)), TypeError);
    } finally {
      socket.destroy();
    }
  });
}

for (const runtime of runtimes) {
  test(`TS06: Listener.accept() over ${runtime} sockets rejects with "closed" after close(), called twice`, async () => {
    const listener = await listen({ port: 0, runtime });
    await listener.close();
    await listener.close();
    await assert.rejects(listener.accept(), { reason: "closed", operation: "accept", initiator: "local" });
  });

  test(`TS06: Listener.accept() over ${runtime} sockets rejects with "closed" when close() comes while it waits`, async () => {
    const listener = await listen({ port: 0, runtime });
    const accepting = listener.accept();
    const refused = assert.rejects(accepting, { reason: "closed", operation: "accept", initiator: "local" });
    await listener.close();
    await refused;
  });
}
