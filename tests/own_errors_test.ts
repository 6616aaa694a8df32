/** Each operation rejects with an error of its own, whose stack leads to the line that awaited. */
import assert from "node:assert/strict";
import { connect, type Connection, listen } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { onBun, rejection, runtimes } from "./raw_peers.ts";

/** More than a memory pair holds: it waits for a peer that does not read. */
const MUCH = new Uint8Array(1_000_000);

function clogged(connection: Connection): Connection {
  void connection.writer.write(MUCH);
  return connection;
}

async function exhaust(iterable: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of iterable);
}

/** What waits for a peer that keeps silent. */
const WAITS: Record<string, (connection: Connection) => Promise<unknown>> = {
  "Reader.read()": ({ reader }) => reader.read(),
  "Reader.readExactly()": ({ reader }) => reader.readExactly(4),
  "Reader.readUntil()": ({ reader }) => reader.readUntil("\n"),
  "Reader.readLine()": ({ reader }) => reader.readLine(),
  "Reader.readAll()": ({ reader }) => reader.readAll(),
  "Reader.peek()": ({ reader }) => reader.peek(1),
  "Reader.skip()": ({ reader }) => reader.skip(1),
  "Reader.skipUntil()": ({ reader }) => reader.skipUntil("\n"),
  "Reader.ready()": ({ reader }) => reader.ready(),
  "for await of Connection": (connection) => exhaust(connection),
  "for await of Reader.lines()": ({ reader }) => exhaust(reader.lines()),
  "for await of Reader.lines().batches()": ({ reader }) => exhaust(reader.lines().batches()),
  "for await of Reader.chunks()": ({ reader }) => exhaust(reader.chunks(9)),
  "Writer.write()": ({ writer }) => writer.write(MUCH),
  "Writer.drain()": (connection) => clogged(connection).writer.drain(),
  "Writer.flush()": (connection) => clogged(connection).writer.flush(),
  "Writer.closeWrite()": (connection) => clogged(connection).writer.closeWrite(),
  "Connection.close()": (connection) => clogged(connection).close(),
};

/** What it rejects with. Only that the line is in this file matters: V8 keeps ten frames. */
async function caught(call: () => Promise<unknown>): Promise<Error & { reason: string }> {
  return await rejection((async () => await call())());
}

/** Async stack traces are V8's; JavaScriptCore has none. */
function assertLeads(error: Error): void {
  if (!onBun) assert.match(error.stack ?? "", /own_errors_test/);
}

for (const [name, call] of Object.entries(WAITS)) {
  test(`${name} that is cut while it waits rejects with a stack that leads to the line that awaited`, async () => {
    await using pair = connectionPair();
    const waiting = caught(() => call(pair.local));
    setTimeout(() => pair.peer.abort(), 0);
    assertLeads(await waiting);
  });

  if (name === "Connection.close()") continue; // Of a connection that is over it tells how it ended.

  test(`${name} of a connection that is over rejects with an error and a stack of its own`, async () => {
    await using pair = connectionPair();
    pair.peer.abort();
    const first = await rejection(pair.local.reader.read());
    const error = await caught(() => call(pair.local));
    assert.notEqual(error, first);
    assert.equal(error.reason, first.reason);
    assertLeads(error);
  });
}

for (const runtime of runtimes) {
  test(`connect() rejects with a stack that leads to the line that awaited, runtime ${runtime}`, async () => {
    assertLeads(await caught(() => connect({ port: 1, runtime })));
    const signal = AbortSignal.abort();
    assertLeads(await caught(() => connect({ port: 1, runtime, signal })));
  });

  test(`Listener.accept() rejects with a stack that leads to the line that awaited, runtime ${runtime}`, async () => {
    const listener = await listen({ port: 0, runtime });
    const waiting = caught(() => listener.accept());
    await listener.close();
    assertLeads(await waiting);
  });
}
