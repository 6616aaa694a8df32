import assert from "node:assert/strict";
import type * as net from "node:net";
import type { NodeSocket } from "../lib/runtime/node/net_socket.ts";
import { readUnread } from "../lib/runtime/node/read_unread.ts";
import { FakeSocket } from "./fake_socket.ts";
import { test } from "./harness.ts";
import { gone, onDeno, rawDial, RawServer, until } from "./raw_peers.ts";

const asNodeSocket = (socket: net.Socket) => socket as unknown as NodeSocket;
const total = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0);

test("readUnread() has nothing of a socket without a descriptor", () => {
  assert.deepEqual(readUnread(new FakeSocket(), 100), []);
  assert.deepEqual(readUnread(Object.assign(new FakeSocket(), { _handle: null }), 100), []);
  assert.deepEqual(readUnread(Object.assign(new FakeSocket(), { _handle: { fd: -1 } }), 100), []);
});

// Deno's compatibility layer shows no descriptor.
if (!onDeno) {
  test("readUnread() takes what the kernel holds of a socket that nobody reads", async () => {
    await using server = await RawServer.listen();
    const socket = await rawDial({ port: server.port });
    const peer = await server.next();
    socket.write("hello");
    const chunks: Uint8Array[] = [];
    await until(() => chunks.push(...readUnread(asNodeSocket(peer), 100)) > 0, "the bytes arrive");
    assert.equal(new TextDecoder().decode(chunks[0]), "hello");
    assert.deepEqual(readUnread(asNodeSocket(peer), 100), [], "and does not wait for more");
    socket.destroy();
  });

  test("readUnread() stops near its limit", async () => {
    await using server = await RawServer.listen();
    const socket = await rawDial({ port: server.port });
    const peer = await server.next();
    await new Promise<void>((resolve) => socket.write(new Uint8Array(300_000), () => resolve()));
    const read = total(readUnread(asNodeSocket(peer), 100_000));
    assert.ok(read >= 100_000 && read < 170_000, `${read} bytes`);
    socket.destroy();
  });

  test("readUnread() has nothing of a socket that was destroyed", async () => {
    await using server = await RawServer.listen();
    const socket = await rawDial({ port: server.port });
    (await server.next()).write("hello");
    socket.destroy();
    await gone(socket);
    assert.deepEqual(readUnread(asNodeSocket(socket), 100), []);
  });
}
