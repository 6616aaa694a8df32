/** The goodbye: what is sent, what is discarded, and how long it takes. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { letBlock } from "./conformance/steps.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { type Place, places, sendsResets } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

/** What a kernel takes of one connection although nobody reads. */
const FITS: Record<Place["transport"], number> = { memory: 60_000, tcp: 2_000_000, unix: 100_000 };

/** What none takes. */
const TOO_MUCH = 12 * 1_048_576;

/** Bytes that tell their place: a hole or an exchange would show. */
const PATTERN: Uint8Array<ArrayBuffer> = new Uint8Array(TOO_MUCH);
for (let i = 0; i < TOO_MUCH; i++) PATTERN[i] = i * 31 + (i >> 8);

const pattern = (bytes: number): Uint8Array<ArrayBuffer> => PATTERN.subarray(0, bytes);

/** A deep comparison of megabytes takes seconds. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

for (const place of places) {
  const over = `over ${place.name}`;

  test(`R02: close({ timeout }) leaves what the kernel has to the kernel, ${over}`, async () => {
    await using ends = await place.open();
    const data = pattern(FITS[place.transport]);
    await ends.local.writer.write(data);
    await ends.local.writer.flush();
    const outcome = await ends.local.close({ timeout: 50 });
    assert.deepEqual([outcome.unsentBytes, outcome.peerEnded], [0, false]);
    // Only now, long after the socket was released, does the peer begin to read.
    const { bytes, ended } = await ends.far.received();
    assert.ok(equal(bytes, data));
    assert.ok(ended);
  });

  test(`R06: A write pending at close() resolves when the peer got its bytes, ${over}`, async () => {
    await using ends = await place.open();
    const writing = ends.local.writer.write(pattern(TOO_MUCH));
    const closing = ends.local.close();
    const receiving = ends.far.received();
    await writing;
    const { bytes, ended } = await receiving;
    await ends.far.end();
    assert.deepEqual([bytes.length, ended], [TOO_MUCH, true]);
    assert.equal((await closing).clean, true);
  });

  test(`R06: A write pending at close() rejects when the peer did not get its bytes, ${over}`, async () => {
    await using ends = await place.open();
    const writing = rejection(ends.local.writer.write(pattern(TOO_MUCH)));
    const closing = ends.local.close({ timeout: 50 });
    assert.equal((await writing).reason, "timeout");
    assert.ok((await closing).unsentBytes > 0);
    const { bytes, ended } = await ends.far.received();
    assert.ok(bytes.length < TOO_MUCH);
    assert.ok(equal(bytes, pattern(bytes.length)));
    if (sendsResets(place)) assert.equal(ended, false, "half of it must not look whole");
  });

  test(`Connection.close() does not turn unread input into a reset that destroys the reply, ${over}`, async () => {
    await using ends = await place.open();
    const input = pattern(50_000);
    await ends.far.send(input);
    const reply = pattern(60_000);
    void ends.local.writer.write(reply);
    const closing = ends.local.close();
    const { bytes, ended } = await ends.far.received();
    await ends.far.end();
    assert.ok(equal(bytes, reply));
    assert.ok(ended);
    const { clean, peerEnded, discardedBytes } = await closing;
    assert.deepEqual({ clean, peerEnded, discardedBytes }, { clean: true, peerEnded: true, discardedBytes: 50_000 });
  });

  test(`Connection.close() wakes a pending read with "closed", never with an end of stream, ${over}`, async () => {
    await using ends = await place.open();
    const reading = rejection(ends.local.reader.read());
    const closing = ends.local.close();
    await ends.far.end();
    const { reason, initiator } = await reading;
    assert.deepEqual([reason, initiator], ["closed", "local"]);
    assert.equal((await closing).clean, true);
  });

  test(`Connection.close() is shortened by a second call, ${over}`, async () => {
    await using ends = await place.open();
    const first = ends.local.close({ timeout: 3_600_000 });
    const second = ends.local.close({ timeout: 10 });
    assert.equal(second, first);
    assert.equal((await second).peerEnded, false);
  });

  test(`Connection.close() is not stretched by a second call, ${over}`, async () => {
    await using ends = await place.open();
    const closing = ends.local.close({ timeout: 10 });
    void ends.local.close({ timeout: 3_600_000 });
    void ends.local.close();
    assert.equal((await closing).clean, true);
  });

  test(`Connection.close() past its time aborts when accepted bytes are still here, ${over}`, async () => {
    await using ends = await place.open();
    void ends.local.writer.write(pattern(TOO_MUCH));
    const error = await rejection(ends.local.close({ timeout: 10 }));
    const { reason, operation, bytesWritten, unsentBytes } = error;
    assert.deepEqual([reason, operation], ["timeout", "close"]);
    assert.ok(unsentBytes > 0);
    assert.equal(bytesWritten + unsentBytes, TOO_MUCH + 1);
    const { ended } = await ends.far.received();
    if (sendsResets(place)) assert.equal(ended, false);
  });

  test(`Connection.abort() during close() ends it at once, ${over}`, async () => {
    await using ends = await place.open();
    void ends.local.writer.write(pattern(TOO_MUCH));
    const closing = ends.local.close({ timeout: 3_600_000 });
    ends.local.abort();
    const { clean, error, unsentBytes } = await closing;
    assert.deepEqual([clean, error?.reason, unsentBytes > 0], [false, "closed", true]);
  });
}

test("Connection.close() discards at most 16 MiB of a peer that does not end", async () => {
  await using pair = connectionPair();
  const flooding = rejection((async () => {
    for (let mebibytes = 0; mebibytes < 64; mebibytes++) await pair.peer.writer.write(new Uint8Array(1_048_576));
  })());
  const { discardedBytes, peerEnded } = await pair.local.close({ timeout: Infinity });
  assert.ok(discardedBytes >= 16_777_216 && discardedBytes < 17_825_792, String(discardedBytes));
  assert.equal(peerEnded, false);
  await flooding;
});

test("Connection.close() is idempotent: the same promise while it closes, the same outcome afterwards", async () => {
  await using pair = connectionPair();
  const closing = pair.local.close();
  assert.equal(pair.local.close(), closing);
  void pair.peer.close();
  const outcome = await closing;
  assert.deepEqual(await pair.local.close(), outcome);
  assert.deepEqual(await pair.local.closed, outcome);
});

test("Connection.closed always fulfils, with the numbers and the reason", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("unread");
  await pair.local.reader.ready();
  pair.local.abort(new Error("enough"));
  const { clean, error, bytesRead, discardedBytes, duration } = await pair.local.closed;
  assert.deepEqual({ clean, reason: error?.reason, bytesRead, discardedBytes }, {
    clean: false,
    reason: "closed",
    bytesRead: 6,
    discardedBytes: 6,
  });
  assert.equal((error?.cause as Error).message, "enough");
  assert.ok(duration >= 0);
});

test("Connection.signal aborts once, with the error that new operations reject with", async () => {
  await using pair = connectionPair();
  const { signal } = pair.local;
  let heard = 0;
  signal.addEventListener("abort", () => heard++);
  pair.peer.abort();
  const { reason } = await rejection(pair.local.reader.read());
  assert.deepEqual([heard, signal.reason.name, signal.reason.reason], [1, "ConnectionAbortedError", reason]);
  pair.local.abort();
  await letBlock();
  assert.deepEqual([heard, signal.reason.reason], [1, "reset"]);
});

test("Connection.abort() is idempotent, never throws, and its first reason stays", async () => {
  await using pair = connectionPair();
  pair.local.abort("first");
  pair.local.abort("second");
  const error = await rejection(pair.local.writer.write("x"));
  assert.deepEqual([error.reason, error.cause], ["closed", "first"]);
});
