import assert from "node:assert/strict";
import { channel } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { connect, Connection, fromWeb, listen } from "../mod.ts";
import { listening, noteOrigin, originOf, useChannels } from "../lib/diagnostics.ts";
import { openConnections } from "../lib/registry.ts";
import { channelsAtHand } from "../lib/runtime/diagnostics.ts";
import { connectionPair, memoryPair } from "../lib/testing/mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { Heard } from "./channels.ts";
import { runChild } from "./child.ts";
import { Delegate } from "./delegate.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { onBun, onDeno, RawServer, rejection, runtimes } from "./raw_peers.ts";

for (const runtime of runtimes) {
  test(`Diagnostics tell the life of a connection, from its dial on, runtime "${runtime}"`, async () => {
    using heard = await Heard.listen();
    await using listener = await listen({ port: 0, runtime });
    const { port } = listener.address as { port: number };
    const [client, server] = await Promise.all([connect({ port, runtime }), listener.accept()]);
    await server.writer.write("hello");
    await client.reader.readExactly(5);
    await client.writer.closeWrite();
    assert.equal(await server.reader.read(), null);
    await server.writer.closeWrite();
    assert.equal(await client.reader.read(), null);
    await Promise.all([client.closed, server.closed]);
    const [dial] = heard.messages("dial");
    assert.deepEqual(dial, { id: dial!.id, remoteAddress: listener.address, tls: false });
    const life = ["dial", "open", "first-byte", "half-close", "half-close", "close"];
    assert.deepEqual(heard.of(dial!.id), life);
    const opened = heard.messages("open");
    assert.deepEqual(opened.map(({ origin }) => origin).sort(), ["accept", "dial"]);
    const accepted = opened.find(({ origin }) => origin === "accept")!;
    assert.deepEqual(heard.of(accepted.id), ["open", "half-close", "half-close", "close"]);
    assert.deepEqual(accepted.localAddress, listener.address);
    assert.deepEqual(accepted.remoteAddress, client.localAddress);
  });

  test(`Diagnostics tell of a dial that failed, runtime "${runtime}"`, async () => {
    const server = await RawServer.listen();
    const { port } = server;
    await server[Symbol.asyncDispose]();
    using heard = await Heard.listen();
    const error = await rejection(connect({ port, runtime }));
    const [failed] = heard.messages("dial-failed");
    assert.equal(failed!.error, error);
    assert.deepEqual(heard.of(failed!.id), ["dial", "dial-failed"]);
  });

  test(`Diagnostics tell of a reset, then of the close, runtime "${runtime}"`, async () => {
    await using server = await RawServer.listen();
    await using connection = await connect({ port: server.port, runtime });
    using heard = await Heard.listen();
    (await server.next()).resetAndDestroy();
    await rejection(connection.reader.read());
    await connection.closed;
    const [aborted] = heard.messages("abort");
    assert.equal(aborted!.error.reason, "reset");
    assert.deepEqual(heard.of(aborted!.id), ["abort", "close"]);
  });
}

test("Diagnostics know a dialled connection behind its wrap", async () => {
  await using server = await RawServer.listen();
  using heard = await Heard.listen();
  const connection = await connect({ port: server.port, wrap: (transport) => new Delegate(transport, {}) });
  connection.abort();
  const [dial] = heard.messages("dial");
  assert.deepEqual(heard.of(dial!.id), ["dial", "open", "abort", "close"]);
  assert.deepEqual(heard.messages("open").map(({ origin }) => origin), ["dial"]);
});

test("Diagnostics tell of a dial whose wrap throws", async () => {
  await using server = await RawServer.listen();
  using heard = await Heard.listen();
  const wrap = (): never => {
    throw new Error("no such fault");
  };
  await rejection(connect({ port: server.port, wrap }));
  assert.deepEqual(heard.all.map(({ name }) => name), ["dial", "dial-failed"]);
});

test("Diagnostics tell of a TLS connection when its handshake is done", needsOpenssl, async () => {
  if (onBun) return; // There TLS is a TypeError.
  const { ca, localhost } = certificates();
  await using listener = await listen({ port: 0, tls: localhost });
  using heard = await Heard.listen(["dial", "open", "first-byte"]);
  const { port } = listener.address as { port: number };
  const dial = connect({ port, tls: { caCerts: [ca], serverName: "localhost" } });
  const [client, server] = await Promise.all([dial, listener.accept()]);
  const [dialled] = heard.messages("dial");
  assert.equal(dialled!.tls, true);
  assert.deepEqual(heard.of(dialled!.id), ["dial", "open"]);
  assert.deepEqual(heard.messages("open").map(({ origin }) => origin).sort(), ["accept", "dial"]);
  await Promise.all([client.close(), server.close()]);
  assert.deepEqual(heard.messages("first-byte"), []); // A handshake is no conversation.
});

test("Diagnostics tell of the first bytes, and no others", async () => {
  using heard = await Heard.listen();
  await using pair = connectionPair();
  for (const text of ["one", "three", "seven"]) {
    await pair.local.writer.write(text);
    await pair.peer.reader.readExactly(text.length);
  }
  assert.deepEqual(heard.messages("first-byte").map(({ bytes }) => bytes), [3]);
});

test("Diagnostics tell when something waits for a drain, and when nothing does any more", async () => {
  using heard = await Heard.listen();
  const transport = new ManualTransport();
  const connection = new Connection(transport, { highWaterMark: 10 });
  const waiting = [connection.writer.write("x".repeat(11)), connection.writer.drain()];
  await connection.writer.flush({ timeout: 1, keepOpen: true }).catch(() => {});
  assert.deepEqual(heard.messages("drain").map(({ unsentBytes }) => unsentBytes), [11]);
  assert.deepEqual(heard.messages("drained"), []);
  transport.writes[0]!.take();
  await Promise.all(waiting);
  const [drained] = heard.messages("drained");
  assert.ok(drained!.elapsed > 0);
  assert.equal(drained!.unsentBytes, 0);
  connection.abort();
  assert.equal(heard.messages("drain").length, 1);
});

test("Diagnostics tell which side has half-closed", async () => {
  using heard = await Heard.listen(["half-close"]);
  await using pair = connectionPair();
  await pair.local.writer.closeWrite();
  await pair.peer.reader.read();
  assert.deepEqual(heard.messages("half-close").map(({ by }) => by), ["local", "peer"]);
});

test("Diagnostics tell of an abort once, and of no end of its own", async () => {
  using heard = await Heard.listen();
  const pair = connectionPair();
  pair.local.abort(new Error("enough"));
  pair.local.abort();
  const [aborted] = heard.messages("abort");
  assert.equal((aborted!.error.cause as Error).message, "enough");
  assert.deepEqual(heard.of(aborted!.id), ["open", "abort", "close"]);
  await pair[Symbol.asyncDispose]();
});

test("Diagnostics tell at the close how it ended, and what was counted", async () => {
  using heard = await Heard.listen(["close"]);
  const pair = connectionPair();
  void pair.local.writer.write("goodbye");
  const [outcome] = await Promise.all([pair.local.close(), pair.peer.close()]);
  const told = heard.messages("close").find((message) => message.outcome.bytesWritten === 7)!;
  assert.deepEqual({ ...told.outcome, duration: 0 }, { ...outcome, duration: 0 });
  assert.deepEqual(told.stats, pair.local.stats);
});

test("Diagnostics carry no bytes of a conversation", async () => {
  using heard = await Heard.listen();
  await using pair = connectionPair();
  await pair.local.writer.write("a secret\nhalf of a secr");
  await pair.local.writer.closeWrite();
  await pair.peer.reader.readLine();
  await rejection(pair.peer.reader.readLine());
  await pair.peer.closed;
  assert.equal(heard.messages("abort").length, 1);
  assert.doesNotMatch(inspect(heard.all, { depth: 20 }), /secr|Uint8Array/);
});

test("Diagnostics make no message that nobody hears", async () => {
  const deaf = { hasSubscribers: false, publish: (): void => assert.fail("it was told to nobody") };
  useChannels(() => deaf);
  try {
    await using pair = connectionPair({ highWaterMark: 1 });
    assert.equal(listening("open"), false);
    await pair.local.writer.write("xx");
    await pair.peer.reader.read();
    await pair.local.writer.closeWrite();
    await pair.peer.reader.read();
    await rejection(connect({ port: 1 }));
  } finally {
    useChannels(channel);
  }
});

test("originOf() is new for a transport of which nothing was noted", async () => {
  using _heard = await Heard.listen();
  const [here, there] = memoryPair();
  noteOrigin(here, "accept", 0);
  assert.deepEqual(originOf(here), { id: 0, origin: "accept" });
  const [first, second] = [originOf(there), originOf(there)];
  assert.equal(first.origin, "transport");
  assert.notEqual(first.id, second.id);
});

test("Diagnostics tell of connections that were adopted", async () => {
  using heard = await Heard.listen(["open"]);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  fromWeb({ readable, writable }).abort();
  assert.deepEqual(heard.messages("open").map(({ origin }) => origin), ["transport"]);
});

test("It is remembered where a connection was opened while somebody listens to its close", async () => {
  const origin = (): string | undefined => openConnections.originOf(openConnections.list().at(-1)!);
  {
    using _heard = await Heard.listen(["close"]);
    const connection = opensHere();
    assert.match(origin()!, /opensHere/);
    connection.abort();
  }
  const other = opensHere();
  assert.equal(origin(), undefined);
  other.abort();

  function opensHere(): Connection {
    return new Connection(new ManualTransport());
  }
});

test("enableDiagnostics() is needed on Deno only, and needs no permission", async () => {
  const told = ["dial", "open", "open", "close", "close"];
  const run = async (...args: string[]): Promise<string[]> =>
    JSON.parse(await runChild("subscribed", args, ["--allow-net=127.0.0.1"]));
  assert.deepEqual(await run("enabled"), told);
  assert.deepEqual(await run(), onDeno ? [] : told);
});

if (onDeno) {
  test("channelsAtHand() does not look at process on Deno: that would load all of Node's", () => {
    const former = Object.getOwnPropertyDescriptor(globalThis, "process")!;
    Object.defineProperty(globalThis, "process", {
      configurable: true,
      get: () => assert.fail("process was looked at"),
    });
    try {
      assert.equal(channelsAtHand(), undefined);
    } finally {
      Object.defineProperty(globalThis, "process", former);
    }
  });
} else {
  test("channelsAtHand() gives the channels of node:diagnostics_channel", () => {
    assert.equal(channelsAtHand()!("hawser:connection:open"), channel("hawser:connection:open"));
  });
}
