import assert from "node:assert/strict";
import { connectionPair, inspectConnections } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { until } from "./raw_peers.ts";

/** What waits on the connection that was opened `nth` since `before`. */
function waiting(before: number, nth: number): string[] {
  return inspectConnections()[before + nth]!.waiting.map(({ operation }) => operation);
}

test("inspectConnections() shows a read that waits, with what has arrived for it", async () => {
  const before = inspectConnections().length;
  await using pair = connectionPair();
  const line = pair.local.reader.readLine();
  await pair.peer.writer.write("half a li");
  await pair.peer.writer.flush();
  await until(() => inspectConnections()[before]!.bufferedBytes === 9, "the bytes arrive");
  assert.deepEqual(waiting(before, 0), ["readLine"]);
  await pair.peer.writer.write("ne\n");
  await line;
  assert.deepEqual(waiting(before, 0), []);
  assert.equal(inspectConnections()[before]!.bufferedBytes, 0);
});

test("inspectConnections() shows a read that failed no longer", async () => {
  const before = inspectConnections().length;
  await using pair = connectionPair();
  const giveUp = new AbortController();
  const reading = pair.local.reader.read({ signal: giveUp.signal, keepOpen: true });
  assert.deepEqual(waiting(before, 0), ["read"]);
  giveUp.abort();
  await assert.rejects(reading);
  assert.deepEqual(waiting(before, 0), []);
});

test("inspectConnections() shows writes, drains and flushes that wait, and the bytes they wait for", async () => {
  const before = inspectConnections().length;
  await using pair = connectionPair({ capacity: 1_000 });
  const { writer } = pair.local;
  const all = [writer.write(new Uint8Array(100_000)), writer.drain(), writer.flush()];
  assert.deepEqual(waiting(before, 0).sort(), ["drain", "flush", "write"]);
  assert.ok(inspectConnections()[before]!.unsentBytes > 90_000);
  await pair.peer.reader.skip(100_000);
  await Promise.all(all);
  assert.deepEqual(waiting(before, 0), []);
});

test("inspectConnections() forgets a connection that is over", async () => {
  const before = inspectConnections().length;
  const pair = connectionPair();
  assert.equal(inspectConnections().length, before + 2);
  await Promise.all([pair.local.close(), pair.peer.close()]);
  assert.equal(inspectConnections().length, before);
});
