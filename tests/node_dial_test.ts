import assert from "node:assert/strict";
import { lookup } from "node:dns/promises";
import net from "node:net";
import type { Address } from "../lib/address.ts";
import { dial, localAddress } from "../lib/runtime/node/dial.ts";
import type { Transport } from "../lib/transport.ts";
import { ConnectError, formatAddress } from "../mod.ts";
import { FakeSocket } from "./fake_socket.ts";
import { test } from "./harness.ts";
import { countsSockets, letGo, NO_SUCH_HOST, openSockets, RawServer, rejection, temporaryFolder } from "./raw_peers.ts";

const OPEN = new AbortController().signal;

const tcp = (port: number, hostname = "127.0.0.1"): Address => ({ transport: "tcp", hostname, port });
const plain = (address: Address) => ({ address, noDelay: true, keepAlive: true });

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = await RawServer.listen();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  return port;
}

async function read(transport: Transport): Promise<string | null> {
  const into = new Uint8Array(64);
  const bytes = await transport.read(into);
  return bytes === null ? null : new TextDecoder().decode(into.subarray(0, bytes));
}

test("node:net's dial() connects over TCP and knows both addresses", async () => {
  await using server = await RawServer.listen();
  const transport = await dial(plain(tcp(server.port)), OPEN);
  const peer = await server.next();
  assert.deepEqual(transport.remoteAddress, tcp(server.port));
  assert.deepEqual(transport.localAddress, tcp(peer.remotePort!));
  transport.release();
});

test("node:net's dial() connects over a Unix socket", async () => {
  await using folder = await temporaryFolder();
  await using server = await RawServer.listen(folder.path("s"));
  const transport = await dial(plain({ transport: "unix", path: folder.path("s") }), OPEN);
  await server.next();
  assert.deepEqual(transport.remoteAddress, { transport: "unix", path: folder.path("s") });
  assert.deepEqual(transport.localAddress, { transport: "unix", path: "" });
  transport.release();
});

// 3 KiB of each idle connection were its dial: listeners that could not be called any more held signals, a race, an error.
test("node:net's dial() leaves no listener of its own on the socket", async () => {
  await using server = await RawServer.listen();
  const { connect } = net.Socket.prototype;
  let socket: net.Socket | undefined;
  net.Socket.prototype.connect = function (this: net.Socket, ...given: Parameters<typeof connect>) {
    socket = this;
    return connect.apply(this, given);
  } as typeof connect;
  try {
    const transport = await dial(plain(tcp(server.port)), OPEN);
    const left = { close: socket!.listenerCount("close"), error: socket!.listenerCount("error") };
    assert.deepEqual(left, { close: 1, error: 1 }, "those of the transport");
    transport.release();
  } finally {
    net.Socket.prototype.connect = connect;
  }
});

for (const noDelay of [true, false]) {
  for (const keepAlive of [true, false, 5_000]) {
    test(`node:net's dial() connects with noDelay ${noDelay} and keepAlive ${keepAlive}`, async () => {
      await using server = await RawServer.listen();
      const transport = await dial({ address: tcp(server.port), noDelay, keepAlive }, OPEN);
      (await server.next()).write("hi");
      assert.equal(await read(transport), "hi");
      transport.release();
    });
  }
}

test("node:net's dial() does not let one socket's bytes into another's", async () => {
  await using server = await RawServer.listen();
  const [a, b] = await Promise.all([dial(plain(tcp(server.port)), OPEN), dial(plain(tcp(server.port)), OPEN)]);
  const peers = new Map((await Promise.all([server.next(), server.next()])).map((peer) => [peer.remotePort, peer]));
  const portOf = ({ localAddress }: Transport) => (localAddress as { port: number }).port;
  peers.get(portOf(a))!.write("for a");
  peers.get(portOf(b))!.write("for b");
  assert.deepEqual(await Promise.all([read(a), read(b)]), ["for a", "for b"]);
  a.release();
  b.release();
});

// With an aborted signal net.connect() itself fails, connects all the same, and keeps the socket.
test("T8: node:net's dial() opens no socket when the signal was aborted before", async () => {
  await using server = await RawServer.listen();
  const before = countsSockets ? openSockets() : 0;
  const reason = new Error("never mind");
  assert.equal(await rejection(dial(plain(tcp(server.port)), AbortSignal.abort(reason))), reason);
  if (countsSockets) assert.equal(openSockets(), before);
  const transport = await dial(plain(tcp(server.port)), OPEN);
  const { remotePort } = await server.next();
  assert.deepEqual(transport.localAddress, tcp(remotePort!), "the first to arrive is the second dial");
  transport.release();
});

test("node:net's dial() closes the socket of a dial that was aborted", async () => {
  await using server = await RawServer.listen();
  const controller = new AbortController();
  const reason = new Error("enough");
  const dialling = rejection(dial(plain(tcp(server.port)), controller.signal));
  await Promise.resolve();
  controller.abort(reason);
  assert.equal(await dialling, reason);
  const transport = await dial(plain(tcp(server.port)), OPEN);
  // The kernel had connected before the abort, or not: what arrived first must be closed.
  const first = await server.next();
  if (first.remotePort !== (transport.localAddress as { port: number }).port) {
    await letGo(first);
  }
  transport.release();
});

test("node:net's dial() rejects with every attempt it made", async () => {
  const found = (await lookup("localhost", { all: true })).map(({ address }) => address);
  const port = await freePort();
  const error = await rejection(dial(plain(tcp(port, "localhost")), OPEN));
  assert.ok(ConnectError.is(error));
  assert.equal(error.reason, "refused");
  assert.deepEqual(error.remoteAddress, tcp(port, "localhost"));
  // Both loopback addresses, also where a hosts file gives the name only one.
  const wanted = [...found, ...["127.0.0.1", "::1"].filter((address) => !found.includes(address))];
  const tried = error.attempts.map(({ address }) => formatAddress(address)).toSorted();
  assert.deepEqual(tried, wanted.map((address) => formatAddress(tcp(port, address))).toSorted());
  for (const attempt of error.attempts) {
    assert.ok(attempt.error instanceof Error);
    assert.ok(attempt.startedAt >= 0 && attempt.elapsed >= 0);
  }
});

test("node:net's dial() finds a server on either family of a name", async () => {
  await using server = await RawServer.listen(); // On 127.0.0.1, while the name may give ::1 first.
  const transport = await dial(plain(tcp(server.port, "localhost")), OPEN);
  await server.next();
  assert.deepEqual(transport.remoteAddress, tcp(server.port));
  transport.release();
});

test("node:net's dial() finds the code of a name that does not exist", async () => {
  const error = await rejection(dial(plain(tcp(9, NO_SUCH_HOST)), OPEN));
  assert.ok(ConnectError.is(error));
  // Without any resolver the system cannot say that the name does not exist.
  assert.ok(["name-not-found", "name-lookup-failed"].includes(error.reason), error.reason);
  assert.equal(error.attempts.length, 0);
  assert.equal(error.operation, "connect");
});

test("node:net's dial() rejects with path-not-found for a Unix socket that is not there", async () => {
  await using folder = await temporaryFolder();
  const { reason, code } = await rejection(dial(plain({ transport: "unix", path: folder.path("missing") }), OPEN));
  assert.deepEqual([reason, code], ["path-not-found", "ENOENT"]);
});

test("localAddress() is empty for a Unix socket and for a socket that is letGo", () => {
  const socket = new FakeSocket();
  assert.deepEqual(localAddress(socket, tcp(9)), tcp(1));
  assert.deepEqual(localAddress(socket, { transport: "unix", path: "/x" }), { transport: "unix", path: "" });
  socket.localAddress = socket.localPort = undefined;
  assert.deepEqual(localAddress(socket, tcp(9)), { transport: "tcp", hostname: "", port: 0 });
});
