import assert from "node:assert/strict";
import { abortable } from "@std/async/abortable";
import { BusyError, connect, ConnectError, type Connection, listen } from "../mod.ts";
import { AcceptIterator } from "../lib/accept_iterator.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

test("AcceptIterator.return() settles a pending next() at once, and loses no connection", async () => {
  await using listener = await listen({ port: 0 });
  const connections = listener[Symbol.asyncIterator]();
  const pending = connections.next();
  assert.deepEqual(await connections.return(), { done: true, value: undefined });
  // Refused as busy if the step still waited.
  const [server, client] = await Promise.all([listener.accept(), connect(listener.address)]);
  assert.deepEqual(server.remoteAddress, client.localAddress);
  assert.deepEqual(await pending, { done: true, value: undefined });
  await Promise.all([server.close(), client.close()]);
});

// abortable() itself needs Promise.withResolvers(): Node 22 and later.
const abortableTest = "withResolvers" in Promise ? test : () => {};

abortableTest("AcceptIterator ends under abortable() of @std/async while it waits", async () => {
  await using listener = await listen({ port: 0 });
  const controller = new AbortController();
  const reason = new Error("shut down");
  const iterating = (async () => {
    for await (const connection of abortable(listener, controller.signal)) connection.abort();
  })();
  setTimeout(() => controller.abort(reason), 0);
  assert.equal(await rejection(iterating), reason);
});

test("AcceptIterator.next() is done for good when the listener is closed", async () => {
  const listener = await listen({ port: 0 });
  const connections = listener[Symbol.asyncIterator]();
  const pending = connections.next();
  await listener.close();
  assert.equal((await pending).done, true);
  assert.equal((await connections.next()).done, true);
});

test("AcceptIterator.next() called twice at once is busy, and return() still stops the first", async () => {
  await using listener = await listen({ port: 0 });
  const connections = listener[Symbol.asyncIterator]();
  const pending = connections.next();
  await assert.rejects(connections.next(), BusyError);
  await connections.return();
  assert.equal((await pending).done, true);
});

/** An iterator whose accepts come to these, one after the other. */
function over(...results: (ConnectError | Connection)[]): AcceptIterator {
  return new AcceptIterator(async () => {
    const result = results.shift()!;
    if (ConnectError.is(result)) throw result;
    return await Promise.resolve(result);
  });
}

test("AcceptIterator.next() rejects with what an accept rejects with, and the next step may succeed", async () => {
  const broken = new ConnectError({ reason: "other", operation: "accept", initiator: "local" });
  const connection = {} as Connection;
  const connections = over(broken, connection);
  assert.equal(await rejection(connections.next()), broken);
  assert.deepEqual(await connections.next(), { done: false, value: connection });
});

test("AcceptIterator.next() goes on when there are descriptors again", async () => {
  const full = new ConnectError({ reason: "resource-exhausted", operation: "accept", initiator: "local" });
  const connection = {} as Connection;
  assert.deepEqual(await over(full, full, connection).next(), { done: false, value: connection });
});
