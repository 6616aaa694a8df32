import assert from "node:assert/strict";
import { connectionPair } from "../lib/testing/mod.ts";
import { BAD_CONNECTION_OPTIONS, testBadOptions } from "./bad_input.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

test("connectionPair() makes two connections that are each other's peer", async () => {
  await using pair = connectionPair();
  await pair.local.writer.write("ping\n");
  assert.equal(await pair.peer.reader.readLine(), "ping");
  await pair.peer.writer.write("pong\n");
  assert.equal(await pair.local.reader.readLine(), "pong");
});

test("connectionPair() aborts both ends when it is disposed, without waiting for either", async () => {
  const pair = connectionPair();
  void pair.local.writer.write(new Uint8Array(1_000_000));
  await pair[Symbol.asyncDispose]();
  const [local, peer] = await Promise.all([pair.local.closed, pair.peer.closed]);
  assert.equal(local.error?.reason, "closed");
  assert.equal(peer.error?.initiator, "local");
  await pair[Symbol.asyncDispose]();
});

test("connectionPair() gives the options to both ends, and wraps the local one alone", async () => {
  const wrapped: unknown[] = [];
  await using pair = connectionPair({
    readTimeout: 20,
    wrap: (transport) => {
      wrapped.push(transport);
      return transport;
    },
  });
  assert.equal(wrapped.length, 1);
  assert.deepEqual(pair.local.localAddress, (wrapped[0] as { localAddress: unknown }).localAddress);
  const errors = await Promise.all([rejection(pair.local.reader.read()), rejection(pair.peer.reader.read())]);
  assert.ok(errors.some(({ reason }) => reason === "timeout"));
});

test("connectionPair() takes the capacity of its buffers", async () => {
  await using pair = connectionPair({ capacity: 10 });
  const writing = pair.local.writer.write(new Uint8Array(20_000));
  await pair.peer.reader.ready();
  assert.ok(pair.local.bytesWritten <= 20, "10 in the buffer, 10 read by the peer");
  await pair.peer.reader.skip(20_000);
  await writing;
});

testBadOptions("connectionPair()", BAD_CONNECTION_OPTIONS, (options) => connectionPair(options));
