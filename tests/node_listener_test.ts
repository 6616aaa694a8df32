import assert from "node:assert/strict";
import { lstatSync, writeFileSync } from "node:fs";
import * as net from "node:net";
import type { Address } from "../lib/address.ts";
import type { Acceptor, BindOptions } from "../lib/platform.ts";
import { listen } from "../lib/runtime/node/listener.ts";
import type { Transport } from "../lib/transport.ts";
import { ConnectError, ConnectionAbortedError } from "../mod.ts";
import { test } from "./harness.ts";
import { fate, gone, rawDial, rejection, temporaryFolder, until } from "./raw_peers.ts";
import { leaveStaleSocket } from "./stale_socket.ts";

const ANY: Address = { transport: "tcp", hostname: "127.0.0.1", port: 0 };

function bind(address: Address, more: Partial<BindOptions> = {}): BindOptions {
  return { address, noDelay: true, keepAlive: true, backlog: 16, reusePort: false, ...more };
}

const portOf = ({ address }: Acceptor) => (address as { port: number }).port;

test("node:net's listen() accepts over TCP and knows the port that was chosen", async () => {
  const acceptor = await listen(bind(ANY));
  const [transport, socket] = await Promise.all([acceptor.accept(), rawDial({ port: portOf(acceptor) })]);
  assert.deepEqual(transport.localAddress, acceptor.address);
  assert.deepEqual(transport.remoteAddress, { ...ANY, port: socket.localPort });
  transport.release();
  socket.destroy();
  acceptor.close();
});

test("node:net's accept() hands out in the order of arrival what came before it was called", async () => {
  const acceptor = await listen(bind(ANY));
  const sockets = [];
  for (let i = 0; i < 3; i++) sockets.push(await rawDial({ port: portOf(acceptor) }));
  for (const socket of sockets) {
    const transport: Transport = await acceptor.accept();
    assert.deepEqual(transport.remoteAddress, { ...ANY, port: socket.localPort });
    transport.release();
    socket.destroy();
  }
  acceptor.close();
});

// The runtime accepts whether anybody asked or not: without a bound a flood takes every descriptor.
test("node:net's listen() keeps at most backlog connections waiting and resets the rest", async () => {
  const acceptor = await listen(bind(ANY, { backlog: 2 }));
  const fates: ReturnType<typeof fate>[] = [];
  for (let i = 0; i < 5; i++) {
    // One after the other, so that the kernel's own backlog never fills. A reset may be here before the connection is.
    const socket = net.connect({ host: "127.0.0.1", port: portOf(acceptor) });
    const connected = new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    fates.push(fate(socket));
    await Promise.race([connected, fates.at(-1)]);
  }
  const outcomes = await Promise.all(fates.map((outcome) => Promise.race([outcome, turns(50).then(() => "open")])));
  assert.equal(outcomes.filter((outcome) => outcome === "open").length, 2);
  assert.equal(acceptor.dropped, 3);
  const kept = [await acceptor.accept(), await acceptor.accept()];
  for (const transport of kept) transport.abort();
  const codes = (await Promise.all(fates)).map(({ code }) => code);
  assert.deepEqual(codes, Array(5).fill("ECONNRESET"));
  acceptor.close();
});

/** Turns of the event loop: enough for what is under way in this process. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}

test("node:net's close() resets what nobody took", async () => {
  const acceptor = await listen(bind(ANY));
  const socket = await rawDial({ port: portOf(acceptor) });
  const outcome = fate(socket);
  const first = await rawDial({ port: portOf(acceptor) });
  (await acceptor.accept()).release(); // So both have been accepted by the runtime.
  acceptor.close();
  acceptor.close();
  first.destroy();
  const { code, ended } = await outcome;
  socket.destroy();
  assert.ok(code === "ECONNRESET" || ended, "it is over for the client");
});

test("node:net's close() rejects a pending accept, and later ones", async () => {
  const acceptor = await listen(bind(ANY));
  const pending = rejection(acceptor.accept());
  acceptor.close();
  const error = await pending;
  assert.ok(ConnectionAbortedError.is(error));
  assert.equal(error.reason, "closed");
  assert.equal((await rejection(acceptor.accept())).reason, "closed");
});

test("node:net's accept() survives a client that reset before it was accepted", async () => {
  const acceptor = await listen(bind(ANY));
  const noise = await rawDial({ port: portOf(acceptor) });
  noise.resetAndDestroy();
  await gone(noise);
  const client = await rawDial({ port: portOf(acceptor) });
  const seen: Transport[] = [];
  const wanted = client.localPort;
  while ((seen.at(-1)?.remoteAddress as { port?: number } | undefined)?.port !== wanted) {
    seen.push(await acceptor.accept());
  }
  for (const transport of seen) transport.abort();
  await fate(client);
  acceptor.close();
});

test("node:net's listen() rejects when the address is in use", async () => {
  const first = await listen(bind(ANY));
  const error = await rejection(listen(bind(first.address)));
  assert.ok(ConnectError.is(error));
  assert.deepEqual([error.reason, error.operation, error.code], ["address-in-use", "listen", "EADDRINUSE"]);
  assert.deepEqual(error.localAddress, first.address);
  first.close();
});

test("node:net's listen() rejects when the address is not of this machine", async () => {
  const foreign: Address = { transport: "tcp", hostname: "192.0.2.1", port: 0 }; // RFC 5737: nobody's.
  const error = await rejection(listen(bind(foreign)));
  assert.equal(error.reason, "address-not-available");
});

test("node:net's listen() replaces a stale socket file", async () => {
  await using folder = await temporaryFolder();
  await leaveStaleSocket(folder.path("s"));
  const acceptor = await listen(bind({ transport: "unix", path: folder.path("s") }));
  const [transport, socket] = await Promise.all([acceptor.accept(), rawDial({ path: folder.path("s") })]);
  assert.deepEqual(transport.localAddress, { transport: "unix", path: folder.path("s") });
  assert.deepEqual(transport.remoteAddress, { transport: "unix", path: "" });
  transport.release();
  socket.destroy();
  acceptor.close();
});

test("node:net's listen() leaves a live socket and a plain file alone", async () => {
  await using folder = await temporaryFolder();
  const live = await listen(bind({ transport: "unix", path: folder.path("live") }));
  await assert.rejects(listen(bind({ transport: "unix", path: folder.path("live") })), { reason: "address-in-use" });
  const socket = await rawDial({ path: folder.path("live") });
  (await live.accept()).release(); // The probe that asked whether somebody listens.
  (await live.accept()).release();
  socket.destroy();
  live.close();
  writeFileSync(folder.path("plain"), "precious");
  await assert.rejects(listen(bind({ transport: "unix", path: folder.path("plain") })), { reason: "address-in-use" });
  assert.equal(lstatSync(folder.path("plain")).size, 8);
});

test("node:net's listen() removes its socket file when it closes", async () => {
  await using folder = await temporaryFolder();
  const acceptor = await listen(bind({ transport: "unix", path: folder.path("s") }));
  acceptor.ref();
  acceptor.unref();
  acceptor.close();
  const exists = () => lstatSync(folder.path("s"), { throwIfNoEntry: false }) !== undefined;
  await until(() => !exists(), "the socket file is removed");
});
