import assert from "node:assert/strict";
import type * as net from "node:net";
import type { NodeSocket } from "../lib/runtime/node/net_socket.ts";
import { readUnread } from "../lib/runtime/node/read_unread.ts";
import { FakeSocket } from "./fake_socket.ts";
import { test } from "./harness.ts";
import { gone, onDeno, rawDial, RawServer, until } from "./raw_peers.ts";

const asNodeSocket = (socket: net.Socket) => socket as unknown as NodeSocket;

test("readUnread() has nothing of a socket without a descriptor", () => {
  assert.deepEqual(readUnread(new FakeSocket(), 100), { chunks: [] });
  assert.deepEqual(readUnread(Object.assign(new FakeSocket(), { _handle: null }), 100), { chunks: [] });
  assert.deepEqual(readUnread(Object.assign(new FakeSocket(), { _handle: { fd: -1 } }), 100), { chunks: [] });
});

// Deno's compatibility layer shows no descriptor.
if (!onDeno) {
  test("readUnread() takes what the kernel holds of a socket that nobody reads", async () => {
    await using server = await RawServer.listen();
    const socket = await rawDial({ port: server.port });
    const peer = await server.next();
    socket.write("hello");
    const chunks: Uint8Array[] = [];
    await until(() => chunks.push(...readUnread(asNodeSocket(peer), 100).chunks) > 0, "the bytes arrive");
    assert.equal(new TextDecoder().decode(chunks[0]), "hello");
    assert.deepEqual(readUnread(asNodeSocket(peer), 100), { chunks: [] }, "and does not wait for more");
    socket.destroy();
  });

  test("readUnread() stops near its limit", async () => {
    await using server = await RawServer.listen();
    const socket = await rawDial({ port: server.port });
    const peer = await server.next();
    await new Promise<void>((resolve) => socket.write(new Uint8Array(300_000), () => resolve()));
    const read = readUnread(asNodeSocket(peer), 100_000).chunks.reduce((sum, { length }) => sum + length, 0);
    assert.ok(read >= 100_000 && read < 170_000, `${read} bytes`);
    socket.destroy();
  });

  test("readUnread() has nothing of a socket that was destroyed", async () => {
    await using server = await RawServer.listen();
    const socket = await rawDial({ port: server.port });
    (await server.next()).write("hello");
    socket.destroy();
    await gone(socket);
    assert.deepEqual(readUnread(asNodeSocket(socket), 100), { chunks: [] });
  });

  test("readUnread() says why there is no more: a reset, but not an end of stream", async () => {
    await using server = await RawServer.listen();
    for (const last of ["reset", "end"]) {
      const socket = await rawDial({ port: server.port });
      const peer = await server.next();
      socket.write("hello", () => last === "reset" ? socket.resetAndDestroy() : socket.destroy());
      await gone(socket);
      const { chunks, error } = readUnread(asNodeSocket(peer), 100, 2);
      assert.deepEqual(chunks.map(({ length }) => length), [2, 2, 1]);
      assert.equal((error as { code?: string } | undefined)?.code, last === "reset" ? "ECONNRESET" : undefined);
    }
  });

  test("readUnread() takes nothing of a socket that decrypts: the kernel holds ciphertext", async () => {
    await using server = await RawServer.listen();
    const socket = await rawDial({ port: server.port });
    const peer = await server.next();
    socket.write("hello", () => socket.resetAndDestroy());
    await gone(socket);
    const { chunks, error } = readUnread(asNodeSocket(Object.assign(peer, { encrypted: true })), 100);
    assert.deepEqual(chunks, []);
    assert.equal(error?.message, "read ECONNRESET");
  });
}
