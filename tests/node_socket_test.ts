import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import type { Address } from "../lib/address.ts";
import { tellsAtOnce } from "../lib/runtime/node/net_socket.ts";
import { NodeTransport } from "../lib/runtime/node/socket.ts";
import { TAKEN } from "../lib/transport.ts";
import { connect, type Connection, fromNode, listen } from "../mod.ts";
import { FakeSocket, systemError } from "./fake_socket.ts";
import { test } from "./harness.ts";
import { fate, gone, onDeno, rawDial, RawServer, rejection, runtimes, temporaryFolder, until } from "./raw_peers.ts";

const LOCAL: Address = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
const REMOTE: Address = { transport: "tcp", hostname: "127.0.0.1", port: 2 };

function transportOver(socket: FakeSocket): NodeTransport {
  const transport = new NodeTransport(socket, "data", LOCAL, REMOTE);
  socket.calls.length = 0; // It has begun to read.
  return transport;
}

const bytes = (size: number) => [new Uint8Array(size)];
const into = () => new Uint8Array(64);

test("T21: NodeTransport answers the peer's half-close by going on", () => {
  const socket = new FakeSocket();
  transportOver(socket);
  assert.equal(socket.allowHalfOpen, true);
});

test("NodeTransport.write() gathers several chunks and resolves when the last is taken", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  const writing = transport.write([new Uint8Array(1), new Uint8Array(2), new Uint8Array(3)]);
  assert.deepEqual(socket.calls, ["cork", "write 1", "write 2", "write 3", "uncork"]);
  socket.writes[0]!();
  await writing;
  assert.equal(transport.bytesTaken, 6);
});

if (tellsAtOnce()) {
  test("NodeTransport.write() is done when it returns, if Node counts nothing as waiting any more", () => {
    const socket = Object.assign(new FakeSocket(), { writableLength: 0 });
    const transport = transportOver(socket);
    assert.equal(transport.write([new Uint8Array(1), new Uint8Array(2)]), TAKEN);
    assert.equal(transport.bytesTaken, 3);
  });

  test("NodeTransport.write() is not settled by the callback of an earlier one that was done at once", async () => {
    const socket = Object.assign(new FakeSocket(), { writableLength: 0 });
    const transport = transportOver(socket);
    void transport.write(bytes(1));
    socket.writableLength = 4;
    const writing = transport.write(bytes(4));
    socket.writes[0]!();
    assert.equal(transport.bytesTaken, 1);
    socket.writes[1]!();
    assert.equal(transport.bytesTaken, 5);
    await writing;
  });

  test("NodeTransport.write() waits for its callback when 16 others are still to come", async () => {
    const socket = Object.assign(new FakeSocket(), { writableLength: 0 });
    const transport = transportOver(socket);
    for (let i = 0; i < 16; i++) assert.equal(transport.write(bytes(1)), TAKEN);
    const writing = transport.write(bytes(1));
    assert.notEqual(writing, TAKEN);
    for (const callback of socket.writes) callback();
    await writing;
    assert.equal(transport.write(bytes(1)), TAKEN);
  });

  // A write that a socket refuses counts nothing, either.
  for (const state of [{ destroyed: true }, { writableEnded: true }, { errored: systemError("EPIPE") }]) {
    test(`NodeTransport.write() is not done at once by a socket with ${Object.keys(state)}`, async () => {
      const socket: FakeSocket = Object.assign(new FakeSocket(), { writableLength: 0 }, state);
      const transport = transportOver(socket);
      const writing = rejection(transport.write(bytes(1)));
      socket.fail(systemError("EPIPE"));
      socket.emit("close");
      assert.equal((await writing).reason, "broken-pipe");
      assert.equal(transport.bytesTaken, 0);
    });
  }
}

// What libuv has left of a write is gone before anybody hears of a failure.
test("NodeTransport counts what the kernel had taken of a write that failed", async () => {
  const socket = Object.assign(new FakeSocket(), {
    _handle: { writeQueueSize: 3 } as { writeQueueSize: number } | null,
  });
  const transport = transportOver(socket);
  const writing = rejection(transport.write(bytes(4)));
  socket._handle!.writeQueueSize = 0;
  socket.writes[0]!(systemError("ECANCELED"));
  socket._handle = null;
  socket.fail(systemError("ECONNRESET"));
  await writing;
  assert.equal(transport.bytesTaken, 1);
});

// Node 20 calls back without an error for the write that was in flight when the socket was destroyed.
test("T6: NodeTransport.write() believes no callback of a destroyed socket", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  const writing = rejection(transport.write(bytes(4)));
  socket.destroyed = true;
  socket.writes[0]!();
  socket.fail(systemError("ECONNRESET"));
  socket.emit("close");
  assert.equal((await writing).reason, "reset");
  assert.equal(transport.bytesTaken, 0);
});

for (const code of ["ECANCELED", "ERR_SOCKET_CLOSED", "ERR_STREAM_DESTROYED"]) {
  test(`NodeTransport.write() reports the cause, not ${code}, when the callback comes first (T7)`, async () => {
    const socket = new FakeSocket();
    const writing = rejection(transportOver(socket).write(bytes(4)));
    socket.destroyed = true;
    socket.writes[0]!(systemError(code));
    socket.fail(systemError("ECONNRESET"));
    socket.emit("close");
    assert.equal((await writing).code, "ECONNRESET");
  });

  test(`NodeTransport.write() reports the cause, not ${code}, when the callback comes last (T7)`, async () => {
    const socket = new FakeSocket();
    const writing = rejection(transportOver(socket).write(bytes(4)));
    socket.fail(systemError("ETIMEDOUT"));
    socket.writes[0]!(systemError(code));
    socket.emit("close");
    assert.equal((await writing).reason, "timeout");
  });
}

// Bun's write callbacks sometimes never run.
test('T23: NodeTransport.write() settles on "close" when no callback ever runs', async () => {
  const socket = new FakeSocket();
  const writing = rejection(transportOver(socket).write(bytes(4)));
  socket.destroyed = true;
  socket.emit("close");
  assert.equal((await writing).reason, "closed");
});

test("NodeTransport.write() settles when its callback comes after the close", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  socket.destroyed = true;
  socket.emit("close");
  await assert.rejects(transport.write(bytes(4)), { reason: "closed" });
});

test("T13: NodeTransport reads what had arrived when an error destroyed the socket, then the error", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  socket.buffered.push(new Uint8Array(5), new Uint8Array(6));
  socket.fail(systemError("ECONNRESET"));
  socket.emit("close");
  assert.equal(await transport.read(into()), 5);
  assert.equal(await transport.read(into()), 6);
  await assert.rejects(transport.read(into()), { reason: "reset", code: "ECONNRESET" });
});

test("NodeTransport destroys the socket on every error", () => {
  const socket = new FakeSocket();
  transportOver(socket);
  socket.emit("error", systemError("EPROTO")); // Not every runtime destroys by itself.
  assert.deepEqual(socket.calls, ["destroy"]);
});

// Bun says EBADF to a write on a Unix socket whose peer has fully closed, the others EPIPE.
test("NodeTransport calls EBADF the broken pipe that it is", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  socket.fail(systemError("EBADF"));
  await assert.rejects(transport.write(bytes(1)), { reason: "broken-pipe", code: "EPIPE" });
});

// FIN, then RST, before anybody reads: Bun says 'end' and then by itself EPIPE, the others only 'end'.
test("NodeTransport gives a reset behind the end of stream to the next write, and the end to reads", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  const told: unknown[] = [];
  transport.watch((error) => told.push(error));
  socket.emit("end");
  socket.fail(systemError("EPIPE"));
  socket.emit("close");
  assert.equal(await transport.read(into()), null);
  assert.deepEqual(told, []);
  await assert.rejects(transport.write(bytes(1)), { reason: "broken-pipe", code: "EPIPE" });
});

test("NodeTransport latches the first failure for every operation", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  socket.fail(systemError("EHOSTUNREACH"));
  socket.emit("error", systemError("EPIPE"));
  await assert.rejects(transport.read(into()), { reason: "unreachable" });
  await assert.rejects(transport.write(bytes(1)), { reason: "unreachable", operation: "write" });
  await assert.rejects(transport.closeWrite(), { reason: "unreachable", operation: "closeWrite" });
});

// On Bun a local destroy() emits 'end': the peer has ended nothing.
test('T12: NodeTransport is "closed", not at an end of stream, when this side let go', async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  const reading = rejection(transport.read(into()));
  transport.release();
  socket.emit("end");
  socket.emit("close");
  assert.equal((await reading).reason, "closed");
  await assert.rejects(transport.read(into()), { reason: "closed", initiator: "local" });
});

// `socket[Symbol.asyncDispose]()` destroys with an AbortError that has no cause.
for (const code of ["ABORT_ERR", "ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_DESTROYED"]) {
  test(`T20: NodeTransport calls it "closed" when the socket was destroyed underneath (${code})`, async () => {
    const socket = new FakeSocket();
    const transport = transportOver(socket);
    const reading = rejection(transport.read(into()));
    socket.fail(systemError(code));
    const { reason, initiator } = await reading;
    assert.deepEqual([reason, initiator], ["closed", "local"]);
  });
}

test("NodeTransport.release() destroys once; abort() afterwards does nothing", () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  transport.release();
  transport.release();
  transport.abort();
  assert.deepEqual(socket.calls, ["destroy"]);
});

test("NodeTransport.abort() resets", () => {
  const socket = new FakeSocket();
  transportOver(socket).abort();
  assert.deepEqual(socket.calls, ["resetAndDestroy"]);
});

test("NodeTransport.abort() destroys a socket that has no reset", () => {
  const socket = new FakeSocket();
  socket.resetAndDestroy = () => {
    throw systemError("ERR_INVALID_HANDLE_TYPE");
  };
  transportOver(socket).abort();
  assert.deepEqual(socket.calls, ["destroy"]);
});

// libuv refuses a reset while a shutdown is under way, and the handle stays open.
test("NodeTransport.abort() destroys while a half-close is under way", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  const ending = rejection(transport.closeWrite());
  transport.abort();
  assert.deepEqual(socket.calls, ["end", "destroy"]);
  assert.equal((await ending).reason, "closed");
});

test("NodeTransport.closeWrite() can be called again while the first is under way: both settle", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  const both = [transport.closeWrite(), transport.closeWrite()];
  socket.emit("finish");
  await Promise.all(both);
  assert.deepEqual(socket.calls, ["end"]);
});

test("NodeTransport.closeWrite() resolves when the end was sent, and again afterwards", async () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  const ending = transport.closeWrite();
  socket.writableFinished = true;
  socket.emit("finish");
  await ending;
  await transport.closeWrite();
  assert.deepEqual(socket.calls, ["end"]);
});

test("NodeTransport.ref() and unref() reach the socket", () => {
  const socket = new FakeSocket();
  const transport = transportOver(socket);
  transport.unref();
  transport.ref();
  assert.deepEqual(socket.calls, ["unref", "ref"]);
});

/** Connections whose peer is a raw socket, by the way they came to be. */
const DOORS: Record<string, () => Promise<{ connection: Connection; peer: net.Socket } & AsyncDisposable>> = {
  async dialled() {
    const server = await RawServer.listen();
    const connection = await connect({ port: server.port, runtime: "node" });
    return { connection, peer: await server.next(), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  async accepted() {
    const listener = await listen({ port: 0, runtime: "node" });
    const { port } = listener.address as { port: number };
    const [connection, peer] = await Promise.all([listener.accept(), rawDial({ port })]);
    return { connection, peer, [Symbol.asyncDispose]: () => listener.close() };
  },
  async adopted() {
    const server = net.createServer({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const arrival = new Promise<Connection>((resolve) => server.once("connection", (s) => resolve(fromNode(s))));
    const [connection, peer] = await Promise.all([arrival, rawDial({ port })]);
    return { connection, peer, [Symbol.asyncDispose]: () => Promise.resolve(void server.close()) };
  },
};

for (const [name, open] of Object.entries(DOORS)) {
  // Node 20 and 22 (libuv before 1.52) say 'end' to a reset that follows data, in every second run or so.
  test(`T1: A reset behind data is never an end of stream: 300 times, ${name} with node:net`, async () => {
    for (let run = 0; run < 300; run++) {
      await using pair = await open();
      const { connection, peer } = pair;
      const early = run % 2 === 0 ? connection.reader.readExactly(5) : undefined;
      peer.write("hello", () => peer.resetAndDestroy());
      const data = await (early ?? connection.reader.readExactly(5));
      assert.equal(new TextDecoder().decode(data), "hello");
      const { reason, code } = await rejection(connection.reader.read());
      assert.deepEqual({ run, reason, code }, { run, reason: "reset", code: "ECONNRESET" });
      await connection.closed;
    }
  });

  test(`T1: A reset behind exactly a full buffer is never an end of stream, ${name} with node:net`, async () => {
    for (let run = 0; run < 20; run++) {
      await using pair = await open();
      const { connection, peer } = pair;
      peer.write(new Uint8Array(65_536), () => peer.resetAndDestroy());
      await connection.reader.readExactly(65_536);
      assert.equal((await rejection(connection.reader.read())).code, "ECONNRESET", `run ${run}`);
    }
  });

  // No peer can be asked for any more then. Deno's compatibility layer loses the data: 300 times of 300, without us too.
  if (!onDeno) {
    test(`T1: A reset behind data and our own half-close is never an end of stream, ${name} with node:net`, async () => {
      for (let run = 0; run < 60; run++) {
        await using pair = await open();
        const { connection, peer } = pair;
        await connection.writer.closeWrite();
        peer.write("hello", () => peer.resetAndDestroy());
        await connection.reader.readExactly(5);
        assert.equal((await rejection(connection.reader.read())).code, "ECONNRESET", `run ${run}`);
      }
    });
  }

  test(`A reset behind the end of stream leaves the end to reads, ${name} with node:net`, async () => {
    await using pair = await open();
    const { connection, peer } = pair;
    peer.end("hello", () => peer.resetAndDestroy());
    await gone(peer);
    assert.equal((await connection.reader.readAll()).length, 5);
    connection.abort();
  });

  test(`Data that nobody had read survives a reset, ${name} with node:net`, async () => {
    await using pair = await open();
    const { connection, peer } = pair;
    await new Promise<void>((resolve) => peer.write(new Uint8Array(100_000), () => resolve()));
    peer.resetAndDestroy();
    await gone(peer);
    let total = 0;
    const error = await rejection((async () => {
      for await (const chunk of connection) total += chunk.length;
    })());
    assert.equal(total, 100_000);
    assert.equal(error.reason, "reset");
  });

  test(`An orderly end behind data is no reset, ${name} with node:net`, async () => {
    await using pair = await open();
    const { connection, peer } = pair;
    peer.end("hello");
    assert.equal((await connection.reader.readAll()).length, 5);
    await connection.writer.write("bye");
    const [outcome, seen] = await Promise.all([connection.close(), fate(peer)]);
    assert.equal(outcome.clean, true);
    assert.deepEqual(seen, { bytes: 3, ended: true, code: undefined });
  });

  // An orderly end after our own half-close leaves no peer to ask for: it must not be taken for a reset.
  test(`An end after our half-close is no reset, ${name} with node:net`, async () => {
    await using pair = await open();
    const { connection, peer } = pair;
    await connection.writer.closeWrite();
    assert.equal((await fate(peer)).ended, true);
    peer.end("hello");
    assert.equal((await connection.reader.readAll()).length, 5);
    assert.equal((await connection.closed).clean, true);
  });

  test(`abort() is a reset for the peer, ${name} with node:net`, async () => {
    await using pair = await open();
    const { connection, peer } = pair;
    connection.abort();
    assert.equal((await fate(peer)).code, "ECONNRESET");
  });

  test(`T14: abort() with unsent data never looks like an orderly end, ${name} with node:net`, async () => {
    await using pair = await open();
    const { connection, peer } = pair;
    peer.pause();
    const writing = rejection(connection.writer.write(new Uint8Array(8 * 1_048_576)));
    await until(() => connection.bytesWritten > 0, "the kernel takes the first bytes");
    connection.abort();
    assert.equal((await writing).reason, "closed");
    const { ended, code } = await fate(peer);
    assert.deepEqual({ ended, code }, { ended: false, code: "ECONNRESET" });
  });

  test(`A write that was in flight when the peer reset is not reported as sent, ${name} with node:net`, async () => {
    await using pair = await open();
    const { connection, peer } = pair;
    peer.pause();
    const size = 16 * 1_048_576;
    const writing = rejection(connection.writer.write(new Uint8Array(size)));
    await until(() => connection.bytesWritten > 0, "the kernel takes the first bytes");
    peer.resetAndDestroy();
    const error = await writing;
    assert.equal(error.reason, "reset");
    assert.ok(error.bytesWritten < size);
    assert.equal(error.bytesWritten + error.unsentBytes, size);
  });
}

// Deno's compatibility layer fails the pending write with EPIPE at the moment of the FIN: its native sockets do not.
for (const runtime of runtimes.filter((runtime) => !(onDeno && runtime === "node"))) {
  test(`T9: A peer that half-closes while a write waits still gets all of it, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const connection = await connect({ port: server.port, runtime });
    const peer = await server.next();
    const size = 8 * 1_048_576;
    const writing = connection.writer.write(new Uint8Array(size));
    await until(() => connection.bytesWritten > 0, "the kernel takes the first bytes");
    peer.end();
    assert.equal(await connection.reader.read(), null);
    const receiving = fate(peer);
    await writing;
    await connection.close();
    assert.equal((await receiving).bytes, size);
  });
}

if (onDeno) {
  // Node has salvage() for it: see read_unread.ts.
  test('failInATurn() has the answer of a peer that closed read before the write fails, with runtime "node" under Deno', async () => {
    const socket = new FakeSocket();
    const transport = transportOver(socket);
    const writing = rejection(transport.write(bytes(4)));
    socket.destroy(systemError("EPIPE"));
    assert.equal(socket.destroyed, false);
    socket.flow(new TextEncoder().encode("413"));
    await until(() => socket.destroyed, "the socket is destroyed in the next turn");
    socket.emit("close");
    assert.equal((await writing).reason, "broken-pipe");
    assert.equal(await transport.read(into()), 3);
  });

  test('failInATurn() lets a release() of our own destroy at once, with runtime "node" under Deno', () => {
    const socket = new FakeSocket();
    transportOver(socket).release();
    assert.equal(socket.destroyed, true);
  });

  test('T9: A half-close while a write waits is an error, never silence, with runtime "node" under Deno', async () => {
    await using server = await RawServer.listen();
    const connection = await connect({ port: server.port, runtime: "node" });
    const peer = await server.next();
    const size = 8 * 1_048_576;
    const writing = connection.writer.write(new Uint8Array(size)).then(() => undefined, (error) => error);
    await until(() => connection.bytesWritten > 0, "the kernel takes the first bytes");
    peer.end();
    const receiving = fate(peer);
    const error = await writing;
    await connection.close().catch(() => {}); // The write has told it.
    const { bytes } = await receiving;
    assert.ok(error !== undefined || bytes === size, `${bytes} bytes arrived, and nobody was told`);
  });
}

// With our bytes unread the kernel makes a reset of its close; a Unix socket has no other.
test("T1: A reset behind data is never an end of stream: Unix sockets of node:net, both ends", async () => {
  await using folder = await temporaryFolder();
  await using server = await RawServer.listen(folder.path("raw"));
  await using listener = await listen({ path: folder.path("ours"), runtime: "node" });
  for (let run = 0; run < 60; run++) {
    const dials = run % 2 === 0;
    const pair = dials
      ? Promise.all([connect({ path: folder.path("raw"), runtime: "node" }), server.next()])
      : Promise.all([listener.accept(), rawDial({ path: folder.path("ours") })]);
    const [connection, peer] = await pair;
    await connection.writer.write("unread");
    await connection.writer.flush();
    peer.write("hello", () => peer.destroy());
    await connection.reader.readExactly(5);
    assert.equal((await rejection(connection.reader.read())).reason, "reset", `run ${run}`);
    await connection.closed;
  }
});

for (const runtime of runtimes) {
  test(`A Unix socket reads what had arrived before the peer was gone, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    await using server = await RawServer.listen(folder.path("s"));
    const connection = await connect({ path: folder.path("s"), runtime });
    const peer = await server.next();
    await connection.writer.write("unread");
    await connection.writer.flush();
    await new Promise<void>((resolve) => peer.write("answer", () => resolve()));
    peer.destroy(); // With our bytes unread: the kernel makes it a reset.
    await gone(peer);
    assert.equal((await connection.reader.readExactly(6)).length, 6);
    assert.equal((await rejection(connection.reader.readExactly(1))).reason, "reset");
    await connection.close();
  });

  test(`A write to a Unix socket whose peer is gone is a reset, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    await using server = await RawServer.listen(folder.path("s"));
    const connection = await connect({ path: folder.path("s"), runtime });
    const peer = await server.next();
    peer.destroy();
    await gone(peer);
    const error = await rejection((async () => {
      for (let i = 0; i < 1_000; i++) {
        await connection.writer.write("x");
        await connection.writer.flush();
      }
    })());
    assert.equal(error.reason, "reset");
    assert.equal(error.code, "ECONNRESET"); // Nobody had read the end.
    await connection.closed;
  });
}
