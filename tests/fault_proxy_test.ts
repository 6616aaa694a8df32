/** The fault proxy between real sockets: plain `node:net` on both sides, because only that sends and sees every reset. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import {
  dropTailAt,
  endAt,
  type Fault,
  type FaultProxy,
  faultProxy,
  type FaultProxyOptions,
  halfCloseAt,
  latency,
  type ProxiedConnection,
  resetAt,
  slice,
  sometimes,
  stallAt,
  throttle,
} from "../lib/testing/mod.ts";
import { connect, formatAddress, listen } from "../mod.ts";
import { counting } from "./fault_steps.ts";
import { test } from "./harness.ts";
import { fate, gone, letGo, rawDial, RawServer, rejection, temporaryFolder, until } from "./raw_peers.ts";

/** A proxy before a server, and everything closed at the end of the block. */
async function setup(
  options: Partial<FaultProxyOptions> = {},
): Promise<{ server: RawServer; proxy: FaultProxy; dial(): Promise<[net.Socket, net.Socket]> } & AsyncDisposable> {
  const server = await RawServer.listen();
  const proxy = await faultProxy({ listen: "127.0.0.1:0", upstream: { port: server.port }, ...options });
  const clients: net.Socket[] = [];
  return {
    server,
    proxy,
    async dial() {
      const client = await rawDial({ port: portOf(proxy) });
      clients.push(client);
      const accepted = await server.next();
      await until(() => [...proxy.connections].every(({ state }) => state !== "connecting"), "the proxy has dialled");
      return [client, accepted];
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const client of clients) client.destroy();
      await proxy.close();
      await server[Symbol.asyncDispose]();
      await Promise.all(clients.map(gone));
    },
  };
}

function portOf(proxy: FaultProxy): number {
  return (proxy.address as { port: number }).port;
}

/** Reads exactly so many bytes, or what came before the end; what follows stays for later. */
function take(socket: net.Socket, length: number): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let left = length;
    const done = (): void => {
      socket.pause().off("data", onData).off("end", done).off("close", done);
      resolve(concat(chunks));
    };
    const onData = (chunk: Uint8Array): void => {
      chunks.push(chunk.subarray(0, left));
      const rest = chunk.subarray(left);
      left -= chunks.at(-1)!.length;
      if (left > 0) return;
      done();
      if (rest.length > 0) socket.unshift(rest);
    };
    if (socket.readableEnded || socket.destroyed) return done();
    socket.on("data", onData).on("end", done).on("close", done).resume();
  });
}

function concat(chunks: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Sends everything back. */
function echo(socket: net.Socket): void {
  socket.on("data", (chunk: Uint8Array) => socket.write(chunk));
  socket.on("end", () => socket.end());
  socket.resume();
}

/** Writes, and waits for the same bytes to come back. */
async function ping(client: net.Socket, bytes: Uint8Array): Promise<void> {
  client.write(bytes);
  assert.deepEqual(new Uint8Array(await take(client, bytes.length)), new Uint8Array(bytes));
}

test("faultProxy() passes bytes both ways, whole and in order", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  echo(server);
  for (const length of [1, 65_536, 300_000]) await ping(client, counting(length));
  client.end();
  assert.deepEqual(await fate(client), { bytes: 0, ended: true, code: undefined });
});

test("faultProxy(): a half-close travels on, and the other direction stays open", async () => {
  for (const clientFirst of [true, false]) {
    await using all = await setup();
    const ends = await all.dial();
    const [first, second] = clientFirst ? ends : ends.toReversed() as [net.Socket, net.Socket];
    first.end("last words");
    second.resume();
    await once(second, "end");
    second.write("an answer");
    assert.equal(new TextDecoder().decode(await take(first, 9)), "an answer");
    second.end();
    assert.deepEqual(await fate(first), { bytes: 0, ended: true, code: undefined });
    await until(() => all.proxy.connections.size === 0, "the connection is over");
  }
});

test("faultProxy(): a reset travels on as a reset, behind the bytes before it", async () => {
  for (const clientFirst of [true, false]) {
    await using all = await setup();
    const ends = await all.dial();
    const [first, second] = clientFirst ? ends : ends.toReversed() as [net.Socket, net.Socket];
    first.write("before");
    assert.equal(new TextDecoder().decode(await take(second, 6)), "before");
    const ending = fate(second);
    first.resetAndDestroy();
    assert.equal((await ending).code, "ECONNRESET");
  }
});

test("faultProxy() listens on and dials Unix sockets as well", async () => {
  await using folder = await temporaryFolder();
  await using server = await RawServer.listen(folder.path("up"));
  await using proxy = await faultProxy({
    listen: { path: folder.path("proxy") },
    upstream: `unix:${folder.path("up")}`,
    faults: { upstream: [slice(3)] },
  });
  assert.deepEqual(proxy.address, { transport: "unix", path: folder.path("proxy") });
  const client = await rawDial({ path: folder.path("proxy") });
  const upstream = await server.next();
  echo(upstream);
  await ping(client, counting(1_000));
  await letGo(client);
});

test("faultProxy() works for clients and servers of this library, over every runtime's own sockets", async () => {
  await using server = await listen({ port: 0 });
  await using proxy = await faultProxy({ listen: { port: 0 }, upstream: server.address, runtime: "auto" });
  const serving = (async () => {
    await using served = await server.accept();
    await served.writer.write(`echo ${await served.reader.readLine()}\n`);
  })();
  {
    await using client = await connect(formatAddress(proxy.address));
    await client.writer.write("hello\n");
    assert.equal(await client.reader.readLine(), "echo hello");
  }
  await serving;
});

for (const flow of ["upstream", "downstream"] as const) {
  /** The end that sends this flow, and the one that receives it. */
  const ordered = ([client, server]: [net.Socket, net.Socket]) =>
    flow === "upstream" ? { from: client, to: server } : { from: server, to: client };

  test(`X24–X26: a reset at byte 0, and after 4,096 bytes, of the ${flow} flow resets both ends`, async () => {
    for (const n of [0, 4_096]) {
      await using all = await setup({ faults: { [flow]: [resetAt(n)] } });
      // Not awaited: the reset may be there before the dial is known to have succeeded.
      const client = net.connect(portOf(all.proxy), "127.0.0.1");
      const clientFate = fate(client);
      if (n > 0) {
        const server = await all.server.next();
        const serverFate = fate(server);
        (flow === "upstream" ? client : server).write(counting(10_000));
        const fates = await Promise.all([clientFate, serverFate]);
        const received = fates[flow === "upstream" ? 1 : 0]!;
        assert.ok(received.bytes <= n, `${received.bytes} bytes`);
        assert.deepEqual(fates.map(({ code }) => code), ["ECONNRESET", "ECONNRESET"]);
      } else {
        assert.deepEqual(await clientFate, { bytes: 0, ended: false, code: "ECONNRESET" });
      }
      await until(() => all.proxy.connections.size === 0, "the connection is over");
    }
  });

  test(`X24–X26: a reset after 50 ms of the ${flow} flow, while nothing moves`, async () => {
    await using all = await setup({ faults: { [flow]: [resetAt({ after: 50 })] } });
    const started = performance.now();
    const [client, server] = await all.dial();
    const fates = await Promise.all([fate(client), fate(server)]);
    assert.deepEqual(fates.map(({ code }) => code), ["ECONNRESET", "ECONNRESET"]);
    assert.ok(performance.now() - started >= 49);
  });

  test(`faultProxy({ faults }): exactly n bytes of the ${flow} flow pass before the end`, async () => {
    await using all = await setup({ faults: { [flow]: [halfCloseAt(100)] } });
    const { from, to } = ordered(await all.dial());
    from.write(counting(150));
    assert.deepEqual(new Uint8Array(await take(to, 200)), counting(100));
  });

  test(`FaultProxy.add("${flow}") disturbs that flow alone, of connections that are open and of those to come`, async () => {
    await using all = await setup();
    const open = await all.dial();
    const fault = all.proxy.add(flow, dropTailAt(0));
    const later = await all.dial();
    for (const ends of [open, later]) {
      const { from, to } = ordered(ends);
      from.write("lost");
      to.write("goes through");
      assert.equal(new TextDecoder().decode(await take(from, 12)), "goes through");
    }
    fault.remove();
    for (const ends of [open, later]) {
      const { from, to } = ordered(ends);
      from.write("back");
      assert.equal(new TextDecoder().decode(await take(to, 4)), "back");
    }
  });
}

test("X09: add a fault, dial, write, close, remove, over and over: no deadlock", async () => {
  await using all = await setup();
  for (let i = 0; i < 200; i++) {
    const fault = all.proxy.add(i % 2 === 0 ? "upstream" : "downstream", [latency(1), slice(2), stallAt(1)][i % 3]!);
    const [client, server] = await all.dial();
    client.write("hello");
    client.end();
    if (i % 3 !== 2) {
      assert.equal((await take(server, 5)).length, 5);
      server.end();
      await fate(client);
    } else client.destroy();
    fault.remove();
    server.destroy();
  }
  await until(() => all.proxy.connections.size === 0, "all connections are over");
});

test("X22: a stall behind a latency, five writes, both taken away: everything arrives", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  const faults = [all.proxy.add("upstream", latency(1e6)), all.proxy.add("upstream", stallAt(0))];
  for (let i = 0; i < 5; i++) client.write(counting(10));
  await until(() => client.bytesWritten === 50, "the client has written");
  for (const fault of faults) fault.remove();
  assert.equal((await take(server, 50)).length, 50);
});

test("X23: a stall hides the end; taken away, both ends see it", async () => {
  // toxiproxy closes the connection with its timeout toxic; here what was held back goes on: no byte is lost.
  await using all = await setup();
  const fault = all.proxy.add("upstream", stallAt(0));
  const [client, server] = await all.dial();
  client.end("bye");
  server.end();
  await once(client.resume(), "end");
  fault.remove();
  assert.deepEqual(await fate(server), { bytes: 3, ended: true, code: undefined });
});

test("X27: a connection survives no-ops that are added, and two removals of everything", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  echo(server);
  const noop: Fault = (transport) => transport;
  for (let i = 0; i < 2; i++) {
    for (const flow of ["upstream", "downstream"] as const) all.proxy.add(flow, noop);
    await ping(client, counting(100));
    all.proxy.removeAll();
    await ping(client, counting(100));
  }
});

test("X28: a hundred echoes while faults come and go in a tight loop are all correct", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  echo(server);
  let flapping = true;
  const flap = (async () => {
    for (let i = 0; flapping; i++) {
      const faults = [all.proxy.add("upstream", latency(1_000)), all.proxy.add("downstream", slice(1 + i % 7))];
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      for (const fault of faults) fault.remove();
    }
  })();
  for (let i = 0; i < 100; i++) await ping(client, counting(1 + 37 * i));
  flapping = false;
  await flap;
});

test("X29: 65,535 numbered chunks of 2 bytes while a latency of 1 s comes and goes: all, in order, then the end", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  let flapping = true;
  const flap = (async () => {
    for (let flaps = 1;; flaps++) {
      const fault = all.proxy.add("upstream", latency(1_000));
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      fault.remove();
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      if (!flapping) return flaps;
    }
  })();
  const data = new Uint8Array(131_070);
  const view = new DataView(data.buffer);
  for (let i = 0; i < 65_535; i++) view.setUint16(2 * i, i);
  const sending = (async () => {
    for (let at = 0; at < data.length; at += 2) {
      if (!client.write(data.subarray(at, at + 2))) await once(client, "drain");
      if (at % 1_000 === 0) await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
    client.end();
  })();
  const received = await take(server, data.length + 1);
  flapping = false;
  await sending;
  assert.deepEqual(new Uint8Array(received), data);
  assert.equal(server.readableEnded, true);
  assert.ok(await flap > 10, `${await flap} times`);
});

test("X30: never, then replaced by always: the connection ends", async () => {
  await using all = await setup();
  const end = endAt({ after: 20 });
  const fault = all.proxy.add("downstream", sometimes(0, end));
  const [client, server] = await all.dial();
  echo(server);
  await ping(client, counting(10));
  fault.replace(sometimes(1, end));
  assert.deepEqual(await fate(client), { bytes: 0, ended: true, code: undefined });
});

test("X31: a fault that is added begins to count on each connection by itself", async () => {
  await using all = await setup();
  const ends = [await all.dial(), await all.dial()];
  ends[0]![0].write(counting(5));
  await take(ends[0]![1], 5);
  all.proxy.add("upstream", halfCloseAt(3));
  for (const [client, server] of ends) {
    client.write(counting(10));
    assert.equal((await take(server, 20)).length, 3);
  }
});

test("X32: taking faults away from a broken connection does not hang", async () => {
  await using all = await setup();
  const faults = [all.proxy.add("upstream", stallAt(0)), all.proxy.add("downstream", throttle(1))];
  const [client, server] = await all.dial();
  client.write("x");
  server.write(counting(10));
  server.resetAndDestroy();
  client.destroy();
  for (const fault of faults) fault.remove();
  await until(() => all.proxy.connections.size === 0, "the connection is over");
});

test("X34: the client of an upstream that is down finds the end of stream", async () => {
  const server = await RawServer.listen();
  await using proxy = await faultProxy({ listen: "127.0.0.1:0", upstream: `127.0.0.1:${server.port}` });
  await server[Symbol.asyncDispose]();
  const seen: ProxiedConnection[] = [];
  const client = await rawDial({ port: portOf(proxy) });
  seen.push(...proxy.connections);
  assert.deepEqual(await fate(client), { bytes: 0, ended: true, code: undefined });
  client.destroy();
  await Promise.all(seen.map(({ closed }) => closed));
  for (const { state, error } of seen) {
    assert.equal(state, "broken");
    assert.equal((error as { reason?: string }).reason, "refused");
  }
});

test("X34: messages of 64 KiB and in two parts are intact", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  echo(server);
  await ping(client, counting(65_536));
  client.write("two ");
  assert.equal(new TextDecoder().decode(await take(client, 4)), "two ");
  client.write("parts");
  assert.equal(new TextDecoder().decode(await take(client, 5)), "parts");
});

test("X34: closing three times is fine, and closes every socket", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  const fates = Promise.all([fate(client), fate(server)]);
  await Promise.all([all.proxy.close(), all.proxy.close(), all.proxy.close()]);
  assert.deepEqual((await fates).map(({ code }) => code), ["ECONNRESET", "ECONNRESET"]);
  assert.equal(all.proxy.connections.size, 0);
  await assert.rejects(connect(formatAddress(all.proxy.address)), { reason: "refused" });
});

test("X34: a port that is taken is an error; a later start works", async () => {
  await using server = await RawServer.listen();
  const options = { listen: { port: server.port }, upstream: "127.0.0.1:9" };
  await assert.rejects(faultProxy(options), { name: "ConnectError", reason: "address-in-use" });
  await using proxy = await faultProxy({ ...options, listen: { port: 0 } });
  await assert.rejects(faultProxy({ ...options, listen: proxy.address }), { reason: "address-in-use" });
});

test("FaultProxy.connections shows what passes: bytes each way, age, state", async () => {
  const seen: ProxiedConnection[] = [];
  await using all = await setup({ onConnection: (connection) => seen.push(connection) });
  const [client, server] = await all.dial();
  echo(server);
  await ping(client, counting(1_000));
  const [connection] = all.proxy.connections;
  assert.equal(connection, seen[0]);
  const { id, upstreamBytes, downstreamBytes, state } = connection!;
  assert.deepEqual({ id, upstreamBytes, downstreamBytes, state }, {
    id: 1,
    upstreamBytes: 1_000,
    downstreamBytes: 1_000,
    state: "open",
  });
  assert.equal((connection!.client as { port: number }).port, client.localPort);
  assert.ok(connection!.age >= 0);
  await letGo(client);
  await connection!.closed;
  const { age } = connection!;
  assert.deepEqual([connection!.state, connection!.error], ["ended", undefined]);
  assert.equal(connection!.age, age, "it does not grow any more");
});

test("ProxiedConnection.abort() resets both sides, and says so", async () => {
  await using all = await setup();
  const [client, server] = await all.dial();
  const fates = Promise.all([fate(client), fate(server)]);
  const [connection] = all.proxy.connections;
  connection!.abort();
  assert.deepEqual((await fates).map(({ code }) => code), ["ECONNRESET", "ECONNRESET"]);
  await connection!.closed;
  assert.equal(connection!.state, "broken");
  assert.equal((connection!.error as { reason?: string }).reason, "closed");
});

test("faultProxy() with a seed does the same to the same connections", async () => {
  const run = async (seed: number): Promise<number[]> => {
    const faults = { downstream: [halfCloseAt({ probability: 0.01 }, { seed })] };
    await using all = await setup({ faults });
    const lengths: number[] = [];
    for (let i = 0; i < 3; i++) {
      const [client, server] = await all.dial();
      server.end(counting(5_000));
      lengths.push((await take(client, 5_000)).length);
      client.destroy();
    }
    return lengths;
  };
  const [one, again, other] = [await run(1), await run(1), await run(2)];
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
});

test("faultProxy() checks everything before it listens", async () => {
  const good = { listen: "127.0.0.1:0", upstream: "127.0.0.1:9" };
  const bad: [unknown, string, RegExp][] = [
    [undefined, "TypeError", /options/],
    [{ ...good, upstream: undefined }, "TypeError", /options null/],
    [{ ...good, upstream: "nowhere" }, "TypeError", /nowhere/],
    [{ ...good, upstream: "tls://127.0.0.1:9" }, "TypeError", /tls:\/\//],
    [{ ...good, upstream: { port: 0 } }, "RangeError", /port 0/],
    [{ ...good, upstream: "127.0.0.1:0" }, "RangeError", /port 0/],
    [{ ...good, upstream: { path: "/x", port: 1 } }, "TypeError", /both a path and a port/],
    [{ ...good, listen: "127.0.0.1:99999" }, "RangeError", /99999/],
    [{ ...good, faults: { upstream: [5] } }, "TypeError", /fault of upstream 5/],
    [{ ...good, connectTimeout: 0 }, "RangeError", /connectTimeout 0/],
    [{ ...good, onConnection: 1 }, "TypeError", /onConnection 1/],
  ];
  for (const [options, name, message] of bad) {
    const error = await rejection(faultProxy(options as FaultProxyOptions));
    assert.equal(error.name, name, String(error));
    assert.match(error.message, message);
  }
  await using proxy = await faultProxy(good);
  assert.throws(() => proxy.add("up" as never, slice(1)), { name: "TypeError", message: /flow up/ });
  assert.throws(() => proxy.add("upstream", null as never), { name: "TypeError", message: /fault/ });
});
