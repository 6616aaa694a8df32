/** Deno's own listener: there are no tests on other runtimes. */
import assert from "node:assert/strict";
import { lstatSync, writeFileSync } from "node:fs";
import type { Address } from "../lib/address.ts";
import type { BindOptions } from "../lib/platform.ts";
import { listen } from "../lib/runtime/deno/listener.ts";
import { ConnectError, ConnectionAbortedError } from "../mod.ts";
import { test } from "./harness.ts";
import { leaveStaleSocket } from "./stale_socket.ts";
import { virtually } from "./virtual_time.ts";
import { fate, onDeno, rawDial, rejection, temporaryFolder } from "./raw_peers.ts";

const ANY: Address = { transport: "tcp", hostname: "127.0.0.1", port: 0 };

function bind(address: Address, more: Partial<BindOptions> = {}): BindOptions {
  return { address, noDelay: true, keepAlive: true, backlog: 16, reusePort: false, ...more };
}

function systemError(name: string, code?: string): Error {
  return Object.assign(new Error(name), { name }, code !== undefined && { code });
}

/** Listens with a `Deno.listen` whose `accept` does what a test says. */
async function listenWith(accepts: (() => Promise<unknown>)[], more: Partial<BindOptions> = {}) {
  const original = Deno.listen;
  const calls: string[] = [];
  const listener = {
    addr: { transport: "tcp", hostname: "127.0.0.1", port: 7 },
    accept: () => accepts.shift()!(),
    close: () => calls.push("close"),
    ref: () => calls.push("ref"),
    unref: () => calls.push("unref"),
  };
  Object.assign(Deno, { listen: () => listener });
  try {
    return { acceptor: await listen(bind(ANY, more)), calls };
  } finally {
    Object.assign(Deno, { listen: original });
  }
}

const conn = (calls: string[] = []) => ({
  localAddr: { transport: "tcp", hostname: "127.0.0.1", port: 7 },
  remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 8 },
  setNoDelay: (on: boolean) => calls.push(`noDelay ${on}`),
  setKeepAlive: (on: boolean) => calls.push(`keepAlive ${on}`),
});

if (onDeno) {
  test("Deno's listen() accepts over TCP and knows the port that was chosen", async () => {
    const acceptor = await listen(bind(ANY));
    assert.equal(acceptor.address.transport, "tcp");
    const { port } = acceptor.address as { port: number };
    const [transport, socket] = await Promise.all([acceptor.accept(), rawDial({ port })]);
    assert.deepEqual(transport.localAddress, { ...ANY, port });
    assert.deepEqual(transport.remoteAddress, { ...ANY, port: socket.localPort });
    transport.release();
    acceptor.close();
    socket.destroy();
  });

  // Remote-triggerable: with the runtime's own iterator one such client ends a server.
  for (const name of ["NotConnected", "ConnectionReset", "ConnectionAborted"]) {
    test(`T11: Deno's accept() goes on after a client that reset before it was accepted (${name})`, async () => {
      const { acceptor } = await listenWith([
        () => Promise.reject(systemError(name)),
        () => Promise.reject(systemError(name)),
        () => Promise.resolve(conn()),
      ]);
      assert.deepEqual((await acceptor.accept()).remoteAddress, { transport: "tcp", hostname: "127.0.0.1", port: 8 });
    });
  }

  test("TS07: Deno's accept() passes over noise and gives the connection behind it", async () => {
    const noise = ["ECONNABORTED", "EPERM", "EPROTO"].map((code) => () => Promise.reject(systemError("Error", code)));
    const { acceptor } = await listenWith([...noise, () => Promise.resolve(conn())]);
    assert.deepEqual((await acceptor.accept()).remoteAddress, { transport: "tcp", hostname: "127.0.0.1", port: 8 });
  });

  test("TS08: Deno's accept() rejects with a failure it does not know, and its code; the next one may succeed", async () => {
    const { acceptor } = await listenWith([
      () => Promise.reject(systemError("Error", "EFAULT")),
      () => Promise.resolve(conn()),
    ]);
    const error = await rejection(acceptor.accept());
    assert.deepEqual([error.reason, error.operation, error.code], ["other", "accept", "EFAULT"]);
    await acceptor.accept();
  });

  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
    test(`TS08: Deno's accept() rejects with "resource-exhausted" for ${code}, and the next one may succeed`, async () => {
      const { acceptor } = await listenWith([
        () => Promise.reject(systemError("Error", code)),
        () => Promise.resolve(conn()),
      ]);
      const error = await rejection(acceptor.accept());
      assert.ok(ConnectError.is(error));
      assert.equal(error.reason, "resource-exhausted");
      assert.equal(error.operation, "accept");
      assert.equal(error.code, code);
      await acceptor.accept();
    });
  }

  // The raw accept rejects at once, over and over: a server that goes on would burn a processor.
  test("Deno's accept() rests before it asks again for a descriptor", async () => {
    const full = () => Promise.reject(systemError("Error", "EMFILE"));
    const { acceptor } = await listenWith([full, full, () => Promise.resolve(conn()), () => Promise.resolve(conn())]);
    const elapsed = await virtually(async () => {
      await rejection(acceptor.accept());
      await rejection(acceptor.accept());
      await acceptor.accept();
      await acceptor.accept();
    });
    assert.equal(elapsed, 200);
  });

  test("Deno's accept() sets noDelay and keepAlive as asked", async () => {
    const calls: string[] = [];
    const on = await listenWith([() => Promise.resolve(conn(calls))]);
    await on.acceptor.accept();
    const off = await listenWith([() => Promise.resolve(conn(calls))], { noDelay: false, keepAlive: false });
    await off.acceptor.accept();
    assert.deepEqual(calls, ["noDelay true", "keepAlive true"]);
  });

  test("Deno's acceptor closes once, never throws, and wakes a pending accept", async () => {
    const acceptor = await listen(bind(ANY));
    const pending = rejection(acceptor.accept());
    acceptor.close();
    acceptor.close();
    const error = await pending;
    assert.ok(ConnectionAbortedError.is(error));
    assert.equal(error.reason, "closed");
  });

  test("Deno's acceptor hands ref() and unref() down", async () => {
    const { acceptor, calls } = await listenWith([]);
    acceptor.unref();
    acceptor.ref();
    assert.deepEqual(calls, ["unref", "ref"]);
  });

  test("Deno's listen() rejects when the address is in use", async () => {
    const first = await listen(bind(ANY));
    const error = await rejection(listen(bind(first.address)));
    assert.ok(ConnectError.is(error));
    assert.deepEqual([error.reason, error.operation, error.code], ["address-in-use", "listen", "EADDRINUSE"]);
    assert.deepEqual(error.localAddress, first.address);
    first.close();
  });

  // Without --unstable-net the runtime would end the process, which no test could survive.
  test("Deno's listen() refuses reusePort where the runtime has none", async () => {
    const error = await rejection(listen(bind(ANY, { reusePort: true })));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /reusePort true.*runtime: "node"/);
  });

  test("Deno's listen() replaces a stale socket file", async () => {
    await using folder = await temporaryFolder();
    await leaveStaleSocket(folder.path("s"));
    const acceptor = await listen(bind({ transport: "unix", path: folder.path("s") }));
    const [transport, socket] = await Promise.all([acceptor.accept(), rawDial({ path: folder.path("s") })]);
    assert.deepEqual(transport.localAddress, { transport: "unix", path: folder.path("s") });
    transport.abort();
    acceptor.close();
    await fate(socket);
  });

  test("Deno's listen() leaves a live socket and a plain file alone", async () => {
    await using folder = await temporaryFolder();
    const live = await listen(bind({ transport: "unix", path: folder.path("live") }));
    const taking = live.accept();
    await assert.rejects(listen(bind({ transport: "unix", path: folder.path("live") })), { reason: "address-in-use" });
    (await taking).release(); // The probe that asked whether somebody listens.
    live.close();
    writeFileSync(folder.path("plain"), "precious");
    await assert.rejects(listen(bind({ transport: "unix", path: folder.path("plain") })), { reason: "address-in-use" });
    assert.equal(lstatSync(folder.path("plain")).size, 8);
  });

  test("Deno's listen() passes a missing permission on untouched", async () => {
    const original = Deno.listen;
    const missing = new Deno.errors.NotCapable("Requires net access");
    Object.assign(Deno, {
      listen: () => {
        throw missing;
      },
    });
    try {
      assert.equal(await rejection(listen(bind(ANY))), missing);
    } finally {
      Object.assign(Deno, { listen: original });
    }
  });
}
