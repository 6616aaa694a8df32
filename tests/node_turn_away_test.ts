import assert from "node:assert/strict";
import { CipherStream } from "../lib/runtime/node/cipher_stream.ts";
import { turnAway } from "../lib/runtime/node/turn_away.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { until } from "./raw_peers.ts";
import { virtually } from "./virtual_time.ts";

function turning(): { transport: ManualTransport; over: Promise<void>; isOver(): boolean } {
  const transport = new ManualTransport();
  const cipher = new CipherStream(transport, undefined, { wantsMore: () => true, onEnd() {}, onFailure() {} });
  cipher.destroy();
  let settled = false;
  const over = turnAway(transport, cipher).then(() => void (settled = true));
  return { transport, over, isOver: () => settled };
}

test("turnAway() half-closes, and drops what the client says until it ends", async () => {
  const { transport, over, isOver } = turning();
  for (let read = 1; read <= 3; read++) {
    await until(() => transport.reads.length === read, "a read");
    transport.deliver("let me in");
  }
  await until(() => transport.reads.length === 4, "another read");
  assert.equal(isOver(), false);
  transport.end();
  await over;
  assert.deepEqual(transport.calls, ["closeWrite"]);
});

test("turnAway() is over when the client is gone", async () => {
  const { transport, over } = turning();
  await until(() => transport.reads.length === 1, "a read");
  transport.failRead();
  await over;
});

test("turnAway() does not listen for ever: to so many bytes", async () => {
  const { transport, over } = turning();
  const piece = new Uint8Array(65_536);
  for (let read = 1; read <= 16; read++) {
    await until(() => transport.reads.length === read, "a read");
    transport.deliver(piece);
  }
  await over;
  assert.equal(transport.reads.length, 16);
});

test("turnAway() does not listen for ever: for a second", async () => {
  const elapsed = await virtually(async () => await turning().over);
  assert.equal(elapsed, 1_000);
});
