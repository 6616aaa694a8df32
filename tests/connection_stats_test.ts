import assert from "node:assert/strict";
import { Connection } from "../mod.ts";
import { Tally } from "../lib/connection_stats.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { until } from "./raw_peers.ts";

test("Tally counts waits for a drain at the same time once", () => {
  const tally = new Tally();
  assert.equal(tally.beginDrain(100), true);
  assert.equal(tally.beginDrain(110), false);
  assert.equal(tally.endDrain(130), undefined);
  assert.equal(tally.drainTime(135), 35);
  assert.equal(tally.endDrain(140), 40);
  assert.equal(tally.beginDrain(200), true);
  assert.equal(tally.endDrain(205), 5);
  assert.deepEqual([tally.drainWaits, tally.drainTime(999)], [2, 45]);
});

test("Connection.stats counts bytes, and operations of the transport", async () => {
  await using pair = connectionPair();
  const { local, peer } = pair;
  for (let i = 0; i < 5; i++) await local.writer.write("ping ");
  await local.writer.flush();
  await peer.reader.readExactly(25);
  const { bytesRead, bytesWritten, reads, writes } = local.stats;
  assert.deepEqual({ bytesRead, bytesWritten, reads, writes }, { bytesRead: 0, bytesWritten: 25, reads: 0, writes: 1 });
  assert.deepEqual([peer.stats.bytesRead, peer.stats.reads, peer.stats.writes], [25, 1, 0]);
});

test("Connection.stats counts how long something waited for a drain, also while it waits", async () => {
  const transport = new ManualTransport();
  const connection = new Connection(transport, { highWaterMark: 10 });
  assert.equal(connection.stats.drainWaits, 0);
  const waiting = [connection.writer.write("x".repeat(11)), connection.writer.drain()];
  await until(() => connection.stats.drainTime > 0, "time passes");
  assert.equal(connection.stats.drainWaits, 1);
  connection.abort();
  await Promise.allSettled(waiting);
  const { drainTime } = connection.stats;
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(connection.stats.drainTime, drainTime);
});

test("Connection.stats has no wait for a drain when a write waits for the kernel alone", async () => {
  await using pair = connectionPair();
  const received = pair.peer.reader.readExactly(20_000);
  await pair.local.writer.write(new Uint8Array(20_000)); // Not copied, so it settles when it was taken.
  await received;
  assert.equal(pair.local.stats.drainWaits, 0);
});

test("Connection.stats knows the most that was unread, and the most that was unsent", async () => {
  await using pair = connectionPair();
  void pair.local.writer.write("x".repeat(300));
  void pair.local.writer.write("x".repeat(500));
  await pair.peer.reader.peek(800);
  await pair.peer.reader.skip(700);
  void pair.local.writer.write("x".repeat(20));
  await pair.peer.reader.readExactly(120);
  assert.equal(pair.local.stats.peakUnsentBytes, 800);
  assert.equal(pair.peer.stats.peakBufferedBytes, 800);
});
