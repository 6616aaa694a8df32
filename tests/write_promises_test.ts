/** Who owns the bytes of a write, when its promise settles, and how many system calls it costs. */
import assert from "node:assert/strict";
import type { Connection, Transport } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { letBlock } from "./conformance/steps.ts";
import { Delegate } from "./delegate.ts";
import { places, sendsResets } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

/** Below this size a write copies. */
const COPIED_BELOW = 16_384;

/** More than any kernel takes for a peer that does not read. */
const TOO_MUCH = 12 * 1_048_576;

/** Bytes that tell their place. */
function pattern(bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: bytes }, (_, i) => i * 31 + (i >> 8));
}

/** A transport that takes nothing until it is opened. */
class Gate {
  #open!: () => void;
  readonly #opened: Promise<void> = new Promise((resolve) => this.#open = resolve);

  readonly wrap = (inner: Transport): Transport =>
    new Delegate(inner, {
      write: async (chunks) => {
        await this.#opened;
        await inner.write(chunks);
      },
    });

  open(): void {
    this.#open();
  }
}

/** Counts the writes of a transport: system calls, were it a socket. */
function counting(): { writes: number[]; wrap(inner: Transport): Transport } {
  const writes: number[] = [];
  return {
    writes,
    wrap: (inner) =>
      new Delegate(inner, {
        write(chunks) {
          writes.push(chunks.reduce((sum, { length }) => sum + length, 0));
          return inner.write(chunks);
        },
      }),
  };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const settle = (): void => void (pending = false);
  promise.then(settle, settle);
  await letBlock();
  return pending;
}

for (const place of places) {
  const over = `over ${place.name}`;

  test(`R03: What a write of 32 KiB sent is what was in the buffer until it settled, ${over}`, async () => {
    await using ends = await place.open();
    const buffer = pattern(32_768);
    await ends.local.writer.write(buffer);
    buffer.fill(0);
    await ends.local.writer.closeWrite();
    assert.deepEqual((await ends.far.received()).bytes, pattern(32_768));
  });

  test(`R03: A buffer of less than 16 KiB may be overwritten at once, ${over}`, async () => {
    await using ends = await place.open();
    const buffer = pattern(COPIED_BELOW - 1);
    void ends.local.writer.write(buffer);
    buffer.fill(0);
    await ends.local.writer.closeWrite();
    assert.deepEqual((await ends.far.received()).bytes, pattern(COPIED_BELOW - 1));
  });

  test(`R04: Unawaited writes past writeBufferLimit: a prefix arrives, and no hole, ${over}`, async () => {
    await using ends = await place.open({ writeBufferLimit: 1_000_000 });
    const all = pattern(5_000_000);
    const refused: unknown[] = [];
    const writing = Array.from(
      { length: 50 },
      (_, i) =>
        ends.local.writer.write(all.subarray(i * 100_000, (i + 1) * 100_000)).catch((error) =>
          refused.push(error.reason)
        ),
    );
    await Promise.all(writing);
    assert.ok(refused.length > 0);
    assert.deepEqual([...new Set(refused)], ["overflow"]);
    const { error } = await ends.local.closed;
    assert.deepEqual([error?.reason, error?.operation, error?.initiator], ["overflow", "write", "local"]);
    const { bytes, ended } = await ends.far.received();
    assert.deepEqual(bytes, all.subarray(0, bytes.length));
    if (sendsResets(place)) assert.equal(ended, false, "a part must not look whole");
  });

  for (const method of ["drain", "flush"] as const) {
    test(`Writer.${method}() does not hang after an abort, nor report what was discarded as sent, ${over}`, async () => {
      await using ends = await place.open();
      void ends.local.writer.write(new Uint8Array(TOO_MUCH));
      const waiting = ends.local.writer[method]();
      assert.ok(await isPending(waiting));
      ends.local.abort();
      assert.equal((await rejection(waiting)).reason, "closed");
      assert.equal((await rejection(ends.local.writer[method]())).reason, "closed");
      assert.ok(ends.local.writer.unsentBytes > 0);
    });

    test(`Writer.${method}() that is given up leaves the connection open, ${over}`, async () => {
      await using ends = await place.open();
      void ends.local.writer.write(new Uint8Array(TOO_MUCH));
      const controller = new AbortController();
      const waiting = ends.local.writer[method]({ signal: controller.signal });
      controller.abort(new Error("not so important"));
      assert.equal(await rejection(waiting), controller.signal.reason);
      assert.equal((await rejection(ends.local.writer[method]({ timeout: 1 }))).name, "TimeoutError");
      void ends.local.writer.write("more");
      void ends.local.writer.closeWrite();
      assert.equal((await ends.far.received()).bytes.length, TOO_MUCH + 4);
    });
  }

  test(`Writer.write() that is given up aborts the connection, ${over}`, async () => {
    await using ends = await place.open();
    const controller = new AbortController();
    const writing = rejection(ends.local.writer.write(new Uint8Array(TOO_MUCH), { signal: controller.signal }));
    await letBlock();
    controller.abort(new Error("no longer wanted"));
    const error = await writing;
    assert.deepEqual([error.reason, error.cause, error.retrySafe], ["signal", controller.signal.reason, false]);
    assert.equal((await ends.local.closed).error?.reason, "signal");
  });
}

test("Writer.write() of 16 KiB resolves only when the transport has taken it", async () => {
  const gate = new Gate();
  await using pair = connectionPair({ wrap: gate.wrap });
  const copied = pair.local.writer.write(new Uint8Array(COPIED_BELOW - 1));
  const kept = pair.local.writer.write(new Uint8Array(COPIED_BELOW));
  assert.equal(await isPending(copied), false);
  assert.equal(await isPending(kept), true);
  gate.open();
  await kept;
  assert.equal(pair.local.bytesWritten, 2 * COPIED_BELOW - 1);
});

test("Writer.write() waits above the high-water mark, until a quarter of it is left", async () => {
  const gate = new Gate();
  await using pair = connectionPair({ wrap: gate.wrap, highWaterMark: 10_000 });
  const atTheMark = pair.local.writer.write(new Uint8Array(10_000));
  assert.equal(await isPending(atTheMark), false);
  const aboveIt = pair.local.writer.write(new Uint8Array(1));
  assert.equal(await isPending(aboveIt), true);
  const draining = pair.local.writer.drain();
  assert.equal(await isPending(draining), true);
  gate.open();
  await Promise.all([aboveIt, draining]);
  assert.ok(pair.local.writer.unsentBytes <= 2_500);
});

test("Writer.write() refuses what finds more than writeBufferLimit waiting, not what passes it", async () => {
  const gate = new Gate();
  await using pair = connectionPair({ wrap: gate.wrap, writeBufferLimit: 100 });
  const { writer } = pair.local;
  await writer.write(new Uint8Array(100));
  await writer.write(new Uint8Array(200)); // It finds 100.
  assert.equal(writer.unsentBytes, 300);
  const error = await rejection(writer.write("x"));
  assert.deepEqual([error.reason, error.unsentBytes, error.retrySafe], ["overflow", 300, true]);
});

test("R32: A thousand awaited writes of 100 bytes in one turn are few system calls", async () => {
  const { writes, wrap } = counting();
  await using pair = connectionPair({ wrap });
  const receiving = pair.peer.reader.readExactly(100_000);
  for (let i = 0; i < 1_000; i++) await pair.local.writer.write(pattern(100));
  await pair.local.writer.flush();
  assert.equal((await receiving).length, 100_000);
  assert.equal(writes.reduce((sum, bytes) => sum + bytes), 100_000);
  assert.ok(writes.length <= 3, `${writes.length} writes: ${writes}`);
});

test("R32: What waits in the buffer goes out at the end of the turn, without a flush", async () => {
  const { writes, wrap } = counting();
  await using pair = connectionPair({ wrap });
  for (let i = 0; i < 10; i++) await pair.local.writer.write("0123456789");
  assert.deepEqual(writes, []);
  assert.equal((await pair.peer.reader.readExactly(100)).length, 100);
  assert.deepEqual(writes, [100]);
});

test("R32: A read that waits sends the request at once, in one system call", async () => {
  const { writes, wrap } = counting();
  await using pair = connectionPair({ wrap });
  void pair.local.writer.write("PING");
  void pair.local.writer.write("\r\n");
  const answering = pair.local.reader.readLine();
  assert.deepEqual(writes, [6]);
  await pair.peer.writer.write("+PONG\r\n");
  assert.equal(await answering, "+PONG");
});

/** Everything a connection was asked to send, in order. */
async function writeAll({ writer }: Connection): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < 200; i++) {
    // Copied, kept, and empty ones.
    const part = pattern([100, 20_000, 0, 16_383, 16_384][i % 5]!).map((byte) => byte ^ i);
    parts.push(part);
    void writer.write(i % 3 === 0 ? [part.subarray(0, 7), part.subarray(7)] : part);
    if (i % 50 === 49) await writer.drain();
  }
  await writer.closeWrite();
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

test("Writer.write() sends whole, in call order, never interleaved", async () => {
  await using pair = connectionPair();
  const [sent, received] = await Promise.all([writeAll(pair.local), pair.peer.reader.readAll()]);
  assert.deepEqual(received, sent);
});
