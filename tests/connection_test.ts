import assert from "node:assert/strict";
import { connect, Connection, listen, type Transport } from "../mod.ts";
import { connectionPair, memoryPair } from "../lib/testing/mod.ts";
import { badTimeouts, testBadOptions } from "./bad_input.ts";
import { runChild } from "./child.ts";
import { Delegate } from "./delegate.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { letGo, onDeno, RawServer, rejection, runtimes } from "./raw_peers.ts";

test("Connection works over any transport", async () => {
  const [here, there] = memoryPair();
  const [a, b] = [new Connection(here), new Connection(there)];
  await a.writer.write("ping\n");
  assert.equal(await b.reader.readLine(), "ping");
  assert.deepEqual(a.localAddress, b.remoteAddress);
  await Promise.all([a.close(), b.close()]);
});

test("Connection talks through what wrap puts around the transport", async () => {
  const [here, there] = memoryPair();
  let read = 0;
  const wrap = (inner: Transport): Transport => ({
    ...inner,
    localAddress: inner.localAddress,
    remoteAddress: inner.remoteAddress,
    read: async (into) => {
      const bytes = await inner.read(into);
      read += bytes ?? 0;
      return bytes;
    },
    write: (chunks) => inner.write(chunks),
    closeWrite: () => inner.closeWrite(),
    release: () => inner.release(),
    abort: () => inner.abort(),
  });
  const connection = new Connection(here, { wrap });
  const peer = new Connection(there);
  await peer.writer.write("counted\n");
  assert.equal(await connection.reader.readLine(), "counted");
  assert.equal(read, 8);
  connection.abort();
  peer.abort();
});

test("Connection lets the transport go when wrap throws or returns none", () => {
  const throwing = new ManualTransport();
  const wrap = () => {
    throw new Error("not today");
  };
  assert.throws(() => new Connection(throwing, { wrap }), /not today/);
  assert.deepEqual(throwing.calls, ["abort"]);
  const returning = new ManualTransport();
  assert.throws(() => new Connection(returning, { wrap: () => ({}) as never }), { name: "TypeError" });
  assert.deepEqual(returning.calls, ["abort"]);
});

test("Connection counts the bytes both ways", async () => {
  await using pair = connectionPair();
  await pair.local.writer.write("12345");
  await pair.local.writer.flush();
  await pair.peer.reader.readExactly(5);
  assert.equal(pair.local.bytesWritten, 5);
  assert.equal(pair.peer.bytesRead, 5);
  assert.equal(pair.local.bytesRead, 0);
});

test("Connection is released by itself when both directions have ended; buffered bytes stay readable", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("to be read later\n");
  await pair.peer.writer.closeWrite();
  await pair.local.reader.ready();
  const looking = pair.local.reader.peek(100);
  await pair.local.writer.closeWrite();
  await looking;
  const outcome = await pair.local.closed;
  assert.equal(outcome.clean, true);
  assert.equal(outcome.peerEnded, true);
  assert.equal(await pair.local.reader.readLine(), "to be read later");
  assert.equal(await pair.local.reader.readLine(), null);
});

test("Connection with a signal aborted before is cut at once", async () => {
  const transport = new ManualTransport();
  const connection = new Connection(transport, { signal: AbortSignal.abort("no") });
  assert.deepEqual(transport.calls, ["abort"]);
  assert.equal((await connection.closed).error?.reason, "signal");
});

test("Connection forgets its signal when it is over", async () => {
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => (listeners++, add(...args)),
    removeEventListener: (...args: Parameters<typeof remove>) => (listeners--, remove(...args)),
  });
  const connections = Array.from({ length: 100 }, () => new Connection(new ManualTransport(), { signal }));
  assert.equal(listeners, 1, "one listener for all of them");
  for (const connection of connections) connection.abort();
  await Promise.all(connections.map(({ closed }) => closed));
  assert.equal(listeners, 0);
});

test("Connection.ref() and unref() reach the transport, and do no harm where it has none", () => {
  const transport = new ManualTransport();
  const connection = new Connection(transport);
  connection.unref();
  connection.ref();
  assert.deepEqual(transport.calls, ["unref", "ref"]);
  connection.abort();
  const [bare] = memoryPair();
  const other = new Connection(bare);
  other.unref();
  other.ref();
  other.abort();
});

test("Connection.abort() names its reason as the cause", async () => {
  await using pair = connectionPair();
  const cause = new Error("the request made no sense");
  const reading = rejection(pair.local.reader.read());
  pair.local.abort(cause);
  const error = await reading;
  assert.deepEqual([error.reason, error.initiator, error.cause], ["closed", "local", cause]);
});

test("Connection.signal aborts with the reason that operations reject with", async () => {
  await using pair = connectionPair();
  const { signal } = pair.local;
  assert.equal(signal.aborted, false);
  pair.local.abort();
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason.reason, "closed");
});

testBadOptions("Connection.close()", badTimeouts("timeout"), async (options) => {
  await using pair = connectionPair();
  await pair.local.close(options);
});

for (const bad of [null, 5, "now"]) {
  test(`Connection.close() refuses the options ${JSON.stringify(bad)}, and the connection lives on`, async () => {
    await using pair = connectionPair();
    await assert.rejects(pair.local.close(bad as never), { name: "TypeError", message: /options/ });
    await pair.local.writer.write("x\n");
    assert.equal(await pair.peer.reader.readLine(), "x");
  });
}

for (const runtime of runtimes) {
  test(`Connection.close() lets the peer see an end, not a reset, runtime ${runtime}`, async () => {
    await using listener = await listen({ port: 0, runtime });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime })]);
    await server.writer.write("goodbye");
    const closing = server.close();
    assert.equal(new TextDecoder().decode(await client.reader.readAll()), "goodbye");
    const [outcome] = await Promise.all([closing, client.close()]);
    assert.equal(outcome.clean, true);
    assert.equal(outcome.peerEnded, true);
  });

  test(`Connection keeps its addresses after it is over, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const connection = await connect({ port: server.port, runtime });
    const before = [connection.localAddress, connection.remoteAddress];
    const peer = await server.next();
    connection.abort();
    await connection.closed;
    await letGo(peer);
    assert.deepEqual([connection.localAddress, connection.remoteAddress], before);
  });

  test(`Connection.unref() lets the process end, runtime ${runtime}`, async () => {
    assert.equal(await runChild("unref", ["connection", runtime]), "end of program\n");
  });

  // Node and Bun notice at once; Deno, and its node:net, at the next operation.
  if (!onDeno) {
    test("Connection notices a reset while nobody reads or writes", async () => {
      await using server = await RawServer.listen();
      const connection = await connect({ port: server.port, runtime });
      (await server.next()).resetAndDestroy();
      assert.equal((await connection.closed).error?.reason, "reset");
    });
  }
}

test("Connection.close() refuses keepOpen, which it could not keep", async () => {
  await using pair = connectionPair();
  await assert.rejects(pair.local.close({ keepOpen: true } as never), { name: "TypeError", message: /keepOpen true/ });
  assert.equal(pair.local.signal.aborted, false);
});

for (const go of ["abort", "release"] as const) {
  test(`Connection ends all the same when its transport throws in ${go}()`, async () => {
    const [here, there] = memoryPair();
    const throwing = (): void => {
      throw new Error("not as promised");
    };
    const connection = new Connection(new Delegate(here, { [go]: throwing }));
    const reading = rejection(connection.reader.read());
    if (go === "abort") connection.abort();
    else await connection.close({ timeout: 1 });
    assert.equal((await reading).reason, "closed");
    assert.equal((await connection.closed).error?.reason, go === "abort" ? "closed" : undefined);
    there.abort();
    here.abort();
  });
}
