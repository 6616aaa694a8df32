import assert from "node:assert/strict";
import { Connection, ConnectionAbortedError, copy, relay } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { brokenPipe, ManualTransport, reset } from "./manual_transport.ts";
import { places } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection, until } from "./raw_peers.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Lets everything that is ready run. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("K07: copy() copies up to the end of stream, and leaves the writer open", async () => {
  await using from = connectionPair();
  await using to = connectionPair();
  await from.peer.writer.write("hello world");
  await from.peer.writer.closeWrite();
  assert.equal(await copy(from.local.reader, to.local.writer), 11);
  await to.local.writer.write("!");
  assert.equal(text(await to.peer.reader.readExactly(12)), "hello world!");
});

test("K08: copy() sends what it has when nothing more is at hand", async () => {
  await using from = connectionPair();
  await using to = connectionPair();
  const copying = copy(from.local.reader, to.local.writer);
  for (let round = 0; round < 20; round++) {
    await from.peer.writer.write(`round ${round}\n`);
    assert.equal(await to.peer.reader.readLine(), `round ${round}`);
  }
  await from.peer.writer.closeWrite();
  await copying;
});

test("K06, K09: copy() does not keep timers from firing while bytes are always at hand", async () => {
  await using from = connectionPair();
  await using to = connectionPair();
  let fired = 0;
  const timer = setInterval(() => fired++, 0);
  const feeding = from.peer.writer.write(new Uint8Array(30_000_000)).then(() => from.peer.writer.closeWrite());
  const draining = to.peer.reader.readExactly(30_000_000, { limit: Infinity });
  assert.equal(await copy(from.local.reader, to.local.writer), 30_000_000);
  await Promise.all([feeding, draining]);
  clearInterval(timer);
  assert.ok(fired > 1, `fired ${fired} times`);
});

test("copy() copies large chunks that it has borrowed byte for byte", async () => {
  await using from = connectionPair();
  await using to = connectionPair({ capacity: 1_000 });
  const sent = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) ^ (i >> 8));
  const feeding = from.peer.writer.write(sent).then(() => from.peer.writer.closeWrite());
  const received = to.peer.reader.readExactly(sent.length);
  await copy(from.local.reader, to.local.writer);
  await feeding;
  assert.deepEqual(await received, sent);
});

test("copy() is given up by its signal, which aborts the connection it waits on", async () => {
  await using from = connectionPair();
  await using to = connectionPair();
  const controller = new AbortController();
  const copying = rejection(copy(from.local.reader, to.local.writer, { signal: controller.signal }));
  controller.abort("enough");
  const error = await copying;
  assert.equal(error.reason, "signal");
  assert.equal(error.cause, "enough");
  assert.equal(from.local.signal.aborted, true);
});

test("copy() and relay() refuse wrong options before anything is read", async () => {
  await using pair = connectionPair();
  for (const call of [copy, relay] as readonly ((...args: never[]) => Promise<unknown>)[]) {
    const error = await rejection(call(pair.local.reader as never, pair.local.writer as never, { signal: 7 } as never));
    assert.match(String(error), /TypeError: Cannot use signal 7/);
  }
});

for (const place of places) {
  test(`K01, K02: relay() over ${place.name} passes bytes and half-closes both ways`, async () => {
    await using left = await place.open();
    await using right = await place.open();
    const relaying = relay(left.local, right.local);
    await left.far.send("question");
    await left.far.end();
    const asked = await right.far.received();
    assert.deepEqual([text(asked.bytes), asked.ended], ["question", true]);
    await right.far.send("an answer");
    await right.far.end();
    const answered = await left.far.received();
    assert.deepEqual([text(answered.bytes), answered.ended], ["an answer", true]);
    assert.deepEqual(await relaying, { aToB: 8, bToA: 9 });
    assert.equal((await left.local.closed).clean, true);
    assert.equal((await right.local.closed).clean, true);
  });

  test(`relay() over ${place.name} aborts both when one is reset, and says how far it came`, async () => {
    await using left = await place.open();
    await using right = await place.open();
    const relaying = rejection(relay(left.local, right.local));
    await left.far.send("four");
    await right.far.send("fives");
    await settle();
    await right.far.reset();
    const error = await relaying;
    assert.ok(ConnectionAbortedError.is(error), String(error));
    assert.equal(error.reason, "reset");
    assert.equal(error.remoteAddress, right.local.remoteAddress);
    assert.equal((error as { bToA?: number }).bToA !== undefined, true);
    assert.equal((await left.local.closed).clean, false);
    assert.equal((await right.local.closed).clean, false);
  });
}

test("K03: relay() goes on in one direction while the other is blocked", async () => {
  await using left = connectionPair({ capacity: 100 });
  await using right = connectionPair({ capacity: 100 });
  const relaying = relay(left.local, right.local);
  const blocked = left.peer.writer.write(new Uint8Array(100_000)); // The right peer reads nothing.
  for (let round = 0; round < 10; round++) {
    await right.peer.writer.write(`round ${round}\n`);
    assert.equal(await left.peer.reader.readLine(), `round ${round}`);
  }
  assert.equal((await right.peer.reader.readExactly(100_000)).length, 100_000);
  await blocked;
  await Promise.all([left.peer.writer.closeWrite(), right.peer.writer.closeWrite()]);
  assert.deepEqual(await relaying, { aToB: 100_000, bToA: 80 });
});

test("K04: relay() ends at once when a write fails", async () => {
  await using left = connectionPair();
  const transport = new ManualTransport();
  const relaying = rejection(relay(left.local, new Connection(transport)));
  await left.peer.writer.write("x");
  await until(() => transport.writes.length > 0, "it was written");
  transport.writes[0]!.reject(brokenPipe());
  transport.end();
  const error = await relaying;
  assert.ok(ConnectionAbortedError.is(error));
  assert.equal((await left.local.closed).clean, false);
});

test("K05: relay() ends at once when a read fails", async () => {
  await using left = connectionPair();
  const transport = new ManualTransport();
  const relaying = rejection(relay(left.local, new Connection(transport)));
  await settle();
  transport.failRead(reset());
  assert.equal((await relaying).reason, "reset");
  assert.equal((await rejection(left.peer.reader.read())).reason, "reset");
});

test("relay() aborts the second when the first is reset", async () => {
  await using left = connectionPair();
  await using right = connectionPair();
  const relaying = rejection(relay(left.local, right.local));
  left.peer.abort();
  assert.equal((await relaying).remoteAddress, left.local.remoteAddress);
  assert.equal((await rejection(right.peer.reader.read())).reason, "reset");
});

test("relay() is given up by its signal, which aborts both", async () => {
  await using left = connectionPair();
  await using right = connectionPair();
  const controller = new AbortController();
  const relaying = rejection(relay(left.local, right.local, { signal: controller.signal }));
  controller.abort("enough");
  const error = await relaying;
  assert.equal(error.reason, "signal");
  assert.equal(error.cause, "enough");
  for (const { local } of [left, right]) assert.equal((await local.closed).error?.reason, "signal");
});

test("relay() carries the counts on the error", async () => {
  await using left = connectionPair();
  await using right = connectionPair();
  const relaying = rejection(relay(left.local, right.local));
  await left.peer.writer.write("four");
  await right.peer.reader.readExactly(4);
  await right.peer.writer.write("fives");
  await left.peer.reader.readExactly(5);
  await settle();
  right.peer.abort();
  const error = await relaying;
  assert.deepEqual([error.aToB, error.bToA], [4, 5]);
});

test("copy() resolves when everything is with the kernel", async () => {
  await using from = connectionPair();
  await using to = connectionPair({ capacity: 10 });
  await from.peer.writer.write("more than fits there");
  await from.peer.writer.closeWrite();
  let copied = false;
  const copying = copy(from.local.reader, to.local.writer).then(() => copied = true);
  await settle();
  await settle();
  assert.equal(copied, false);
  await to.peer.reader.readExactly(20);
  await copying;
  assert.equal(to.local.writer.unsentBytes, 0);
});
