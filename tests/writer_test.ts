import assert from "node:assert/strict";
import { Connection, type Writer } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { badBooleans, type BadOption, badSignals, badTimeouts, testBadOptions } from "./bad_input.ts";
import { test } from "./harness.ts";
import { brokenPipe, ManualTransport, reset } from "./manual_transport.ts";
import { rejection } from "./raw_peers.ts";

function open(options = {}): { transport: ManualTransport; connection: Connection; writer: Writer } {
  const transport = new ManualTransport();
  const connection = new Connection(transport, options);
  return { transport, connection, writer: connection.writer };
}

const microtasks = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/** Whether a promise is settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true, () => done = true);
  await microtasks();
  return done;
}

test("Writer.write() takes bytes, text, other views and arrays of them, written as one", async () => {
  await using pair = connectionPair();
  const { writer } = pair.local;
  await writer.write("a");
  await writer.write(new Uint8Array([98]));
  await writer.write(["c", new Uint8Array([100]), new DataView(new Uint8Array([101]).buffer) as never]);
  await writer.write([]);
  await writer.write("");
  assert.equal(new TextDecoder().decode(await pair.peer.reader.readExactly(5)), "abcde");
});

test("Writer.write() resolves at once below the high-water mark", async () => {
  const { connection, writer } = open({ highWaterMark: 100 });
  await writer.write(new Uint8Array(100));
  assert.equal(writer.unsentBytes, 100);
  connection.abort();
});

test("Writer.write() above the high-water mark waits until a quarter of it is left", async () => {
  const { transport, connection, writer } = open({ highWaterMark: 100 });
  const writing = writer.write(new Uint8Array(101));
  assert.equal(await settled(writing), false);
  void writer.flush();
  transport.writes[0]!.take();
  await writing;
  connection.abort();
});

test("Writer.write() of what it does not copy resolves only when the kernel has taken it", async () => {
  const { transport, connection, writer } = open({ highWaterMark: 1_048_576 });
  const writing = writer.write(new Uint8Array(16_384));
  assert.equal(await settled(writing), false);
  transport.writes[0]!.take();
  await writing;
  connection.abort();
});

test("Writer.drain() resolves at once when nothing is clogged, flush() when everything is with the kernel", async () => {
  const { transport, connection, writer } = open();
  await writer.drain();
  await writer.flush();
  void writer.write("x");
  await writer.drain();
  const flushing = writer.flush();
  assert.equal(await settled(flushing), false);
  transport.writes[0]!.take();
  await flushing;
  assert.equal(writer.unsentBytes, 0);
  connection.abort();
});

test("Writer.flush() waits for what was accepted before it, not for what comes after", async () => {
  const { transport, connection, writer } = open();
  void writer.write("before");
  const flushing = writer.flush();
  void writer.write("after");
  transport.writes[0]!.take();
  await flushing;
  assert.equal(writer.unsentBytes, 5);
  connection.abort();
});

for (const name of ["flush", "drain"] as const) {
  test(`Writer.${name}() never reports discarded bytes as sent: it rejects after an abort`, async () => {
    const { connection, writer } = open({ highWaterMark: 10 });
    void writer.write(new Uint8Array(100));
    const waiting = rejection(writer[name]());
    connection.abort();
    assert.equal((await waiting).reason, "closed");
    assert.equal((await rejection(writer[name]())).reason, "closed");
  });

  test(`Writer.${name}() given up leaves the connection as it is`, async () => {
    const { transport, connection, writer } = open({ highWaterMark: 10 });
    void writer.write(new Uint8Array(100));
    const controller = new AbortController();
    const waiting = rejection(writer[name]({ signal: controller.signal }));
    controller.abort("later");
    assert.equal(await waiting, "later");
    assert.equal((await rejection(writer[name]({ timeout: 5 }))).name, "TimeoutError");
    assert.equal((await rejection(writer[name]({ timeout: 5, keepOpen: true }))).name, "TimeoutError");
    transport.writes[0]!.take();
    await writer[name]();
    connection.abort();
  });

  test(`Writer.${name}() takes an aborted signal as aborted although nothing waits`, async () => {
    const { connection, writer } = open();
    assert.equal(await rejection(writer[name]({ signal: AbortSignal.abort("no") })), "no");
    connection.abort();
  });
}

test("Writer.write() given up aborts the connection: a part may have left", async () => {
  const { transport, connection, writer } = open({ highWaterMark: 10 });
  const controller = new AbortController();
  const writing = rejection(writer.write(new Uint8Array(100), { signal: controller.signal }));
  controller.abort("no more");
  const error = await writing;
  assert.deepEqual([error.reason, error.operation, error.cause], ["signal", "write", "no more"]);
  assert.deepEqual(transport.calls, ["abort"]);
  assert.equal((await connection.closed).error?.reason, "signal");
});

test("Writer.write() that times out aborts the connection", async () => {
  const { writer } = open({ highWaterMark: 10 });
  const error = await rejection(writer.write(new Uint8Array(100), { timeout: 5 }));
  assert.deepEqual([error.reason, error.operation, error.initiator], ["timeout", "write", "local"]);
  assert.ok(error.elapsed >= 5, `early: ${error.elapsed} ms`);
});

test("Writer.write() with a signal aborted before accepts nothing and is safe to retry", async () => {
  const { transport, writer } = open();
  const error = await rejection(writer.write("x", { signal: AbortSignal.abort() }));
  assert.deepEqual([error.reason, error.retrySafe, error.unsentBytes], ["signal", true, 0]);
  assert.equal(transport.writes.length, 0);
});

test("Writer.write() is refused when more than writeBufferLimit bytes wait, not when just as many do", async () => {
  const { connection, writer } = open({ highWaterMark: 10, writeBufferLimit: 100 });
  void writer.write(new Uint8Array(100));
  void writer.write("x"); // 100 bytes waited: not more than the limit.
  const error = await rejection(writer.write("y"));
  const { reason, initiator, operation, retrySafe, unsentBytes } = error;
  assert.deepEqual({ reason, initiator, operation, retrySafe, unsentBytes }, {
    reason: "overflow",
    initiator: "local",
    operation: "write",
    retrySafe: true,
    unsentBytes: 101,
  });
  assert.equal((await connection.closed).error?.reason, "overflow");
});

test("Writer.write() is safe to retry only while the transport was given nothing of it", async () => {
  const { transport, connection, writer } = open({ highWaterMark: 10 });
  const first = rejection(writer.write(new Uint8Array(20_000)));
  const second = rejection(writer.write(new Uint8Array(20_000)));
  assert.equal(transport.writes.length, 1, "the second waits behind the first");
  transport.writes[0]!.reject(reset());
  await microtasks();
  transport.failRead();
  const [one, two] = await Promise.all([first, second]);
  assert.deepEqual([one.reason, one.retrySafe], ["reset", false]);
  assert.deepEqual([two.reason, two.retrySafe], ["reset", true]);
  assert.notEqual(one, two);
  assert.equal(two.unsentBytes, 40_000);
  await connection.closed;
});

test("Writer.write() after the failure rejects with it, and is safe to retry", async () => {
  const { transport, connection, writer } = open();
  void writer.write("x");
  void writer.flush();
  transport.writes[0]!.reject(reset());
  await microtasks();
  transport.failRead();
  await connection.closed;
  const error = await rejection(writer.write("y"));
  assert.deepEqual([error.reason, error.operation, error.retrySafe], ["reset", "write", true]);
});

for (const [seen, reason, code] of [[true, "broken-pipe", "EPIPE"], [false, "reset", "ECONNRESET"]] as const) {
  test(`Writer calls EPIPE "${reason}" when the peer's end ${seen ? "was" : "was not"} seen`, async () => {
    const { transport, connection, writer } = open();
    if (seen) {
      const reading = connection.reader.read();
      transport.end();
      assert.equal(await reading, null);
    }
    void writer.write("x");
    const flushing = rejection(writer.flush());
    transport.writes[0]!.reject(brokenPipe());
    await microtasks();
    if (!seen) transport.failRead(brokenPipe());
    const error = await flushing;
    assert.deepEqual([error.reason, error.code], [reason, code]);
    await connection.closed;
  });
}

test("Writer.closeWrite() sends what was accepted, then the end, once", async () => {
  const { transport, connection, writer } = open();
  void writer.write("last");
  const first = writer.closeWrite();
  assert.equal(writer.closeWrite(), first);
  assert.deepEqual(transport.calls, []);
  transport.writes[0]!.take();
  await first;
  await writer.closeWrite();
  assert.deepEqual(transport.calls, ["closeWrite"]);
  connection.abort();
});

test("Writer.write() after closeWrite() is a TypeError, also an empty one", async () => {
  await using pair = connectionPair();
  const { writer } = pair.local;
  await writer.closeWrite();
  await assert.rejects(writer.write("x"), { name: "TypeError", message: /closeWrite\(\) was called/ });
  await assert.rejects(writer.write(""), TypeError);
  await writer.flush();
  await writer.drain();
});

test("Writer.closeWrite() is bounded by writeTimeout, also where the transport does not finish it", async () => {
  const { transport, writer } = open({ writeTimeout: 5 });
  transport.closeWrite = () => new Promise(() => {});
  const error = await rejection(writer.closeWrite());
  assert.deepEqual([error.reason, error.operation, error.initiator], ["timeout", "closeWrite", "local"]);
  assert.deepEqual(transport.calls, ["abort"]);
});

test("Writer.closeWrite() that the transport has finished is bounded no more", async () => {
  const { connection, writer } = open({ writeTimeout: 5 });
  await writer.closeWrite(); // Deno's sanitizers would find the tick.
  assert.equal(connection.signal.aborted, false);
});

test("Writer.closeWrite() given up aborts the connection", async () => {
  const { connection, writer } = open();
  void writer.write("x");
  const error = await rejection(writer.closeWrite({ timeout: 5 }));
  assert.deepEqual([error.reason, error.operation], ["timeout", "closeWrite"]);
  assert.equal((await connection.closed).error?.reason, "timeout");
});

test("Writer's promises that nobody awaits are never an unhandled rejection", async () => {
  const { transport, connection, writer } = open({ highWaterMark: 1 });
  void writer.write(new Uint8Array(20_000));
  void writer.write("x");
  void writer.drain();
  void writer.flush();
  void writer.closeWrite();
  transport.writes[0]!.reject(reset());
  await microtasks();
  transport.failRead();
  await connection.closed;
  void writer.write("y");
  await new Promise((resolve) => setTimeout(resolve, 0)); // Where the runtime would complain.
});

/** Every method, with arguments that are right. */
const METHODS: Record<string, (writer: Writer, options: never) => Promise<void>> = {
  "write": (writer, options) => writer.write("x", options),
  "drain": (writer, options) => writer.drain(options),
  "flush": (writer, options) => writer.flush(options),
  "closeWrite": (writer, options) => writer.closeWrite(options),
};

const BAD: BadOption[] = [...badSignals(), ...badTimeouts("timeout")];

for (const [name, call] of Object.entries(METHODS)) {
  testBadOptions(`Writer.${name}()`, BAD, async (options) => {
    await using pair = connectionPair();
    await call(pair.local.writer, options as never);
  });

  for (const bad of [null, 5, "now"]) {
    test(`Writer.${name}() refuses the options ${JSON.stringify(bad)}, and the connection lives on`, async () => {
      await using pair = connectionPair();
      await assert.rejects(call(pair.local.writer, bad as never), { name: "TypeError", message: /options/ });
      await pair.local.writer.write("x\n");
      assert.equal(await pair.peer.reader.readLine(), "x");
    });
  }
}

for (const name of ["write", "closeWrite"]) {
  test(`Writer.${name}() refuses keepOpen: part of the bytes may have been sent`, async () => {
    await using pair = connectionPair();
    const refused = METHODS[name]!(pair.local.writer, { keepOpen: true } as never);
    await assert.rejects(refused, { name: "TypeError", message: /keepOpen true/ });
  });
}

for (const value of [undefined, null, 5, true, {}, new ArrayBuffer(3), [5], ["ok", null]]) {
  test(`Writer.write() refuses ${JSON.stringify(value)}, and accepts nothing of it`, async () => {
    await using pair = connectionPair();
    await assert.rejects(pair.local.writer.write(value as never), { name: "TypeError", message: /^Cannot write/ });
    assert.equal(pair.local.writer.unsentBytes, 0);
  });
}

test("Writer.flush() with wrong options sends nothing", async () => {
  const { transport, connection, writer } = open();
  void writer.write("a");
  await assert.rejects(writer.flush({ timeout: 0 }), RangeError);
  assert.equal(transport.writes.length, 0);
  connection.abort();
});

for (const name of ["drain", "flush"] as const) {
  testBadOptions(`Writer.${name}()`, badBooleans("keepOpen"), async (options) => {
    await using pair = connectionPair();
    await pair.local.writer[name](options);
  });
}
