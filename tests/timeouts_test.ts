/** What bounds a wait: a call as a whole, a wait without a byte, a connection without a byte. */
import assert from "node:assert/strict";
import { connect, Connection, type ConnectionOptions, listen } from "../mod.ts";
import { connectionPair, memoryPair } from "../lib/testing/mod.ts";
import { type FarEnd, type Place, places } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

/** More than any kernel takes for a peer that does not read. */
const TOO_MUCH: Uint8Array = new Uint8Array(12 * 1_048_576);

/** More than a dripping peer sends in the time of a test. */
const NEVER = 1_000;

/** One byte at a time, until the end of the block: always another one long before a wait of `NEVER` ms is over. */
function drip(far: FarEnd, every: number): Disposable {
  const timer = setInterval(() => void far.send("."), every);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The calls that wait for more than one byte, each bounded as a whole. */
const CALLS: Record<string, (connection: Connection, options: { timeout: number }) => Promise<unknown>> = {
  "readExactly()": ({ reader }, options) => reader.readExactly(NEVER, options),
  "readUntil()": ({ reader }, options) => reader.readUntil("\n", options),
  "readLine()": ({ reader }, options) => reader.readLine(options),
  "readAll()": ({ reader }, options) => reader.readAll(options),
  "peek()": ({ reader }, options) => reader.peek(NEVER, options),
  "skip()": ({ reader }, options) => reader.skip(NEVER, options),
  "skipUntil()": ({ reader }, options) => reader.skipUntil("\n", options),
  "lines().next()": ({ reader }, options) => reader.lines(options).next(),
};

const [memory] = places;

for (const [name, call] of Object.entries(CALLS)) {
  test(`R12: Reader.${name} times out although a byte comes every 90 % of its timeout`, async () => {
    await using ends = await memory!.open();
    using _dripping = drip(ends.far, 45);
    const { reason, operation, initiator, elapsed } = await rejection(call(ends.local, { timeout: 50 }));
    assert.deepEqual([reason, operation, initiator], ["timeout", "read", "local"]);
    assert.ok(elapsed >= 50, `${elapsed} ms: it must not be early`);
  });
}

for (const place of places) {
  const over = `over ${place.name}`;

  test(`R12: A timeout bounds the whole call, over a peer that drips, ${over}`, async () => {
    await using ends = await place.open();
    using _dripping = drip(ends.far, 18);
    assert.equal((await rejection(ends.local.reader.readExactly(NEVER, { timeout: 60 }))).reason, "timeout");
    assert.equal((await ends.local.closed).error?.reason, "timeout");
  });

  test(`readTimeout ends a wait without a byte, ${over}`, async () => {
    await using ends = await place.open({ readTimeout: 30 });
    await ends.far.send("half");
    const error = await rejection(ends.local.reader.readLine());
    assert.deepEqual([error.reason, error.operation, error.initiator], ["timeout", "read", "local"]);
  });

  test(`R13: writeTimeout fires for accepted bytes that nobody awaits, ${over}`, async () => {
    await using ends = await place.open({ writeTimeout: 50 });
    void ends.local.writer.write(TOO_MUCH);
    const { error, unsentBytes } = await ends.local.closed;
    assert.deepEqual([error?.reason, error?.operation, error?.initiator], ["timeout", "write", "local"]);
    assert.ok(unsentBytes > 0);
  });

  test(`idleTimeout ends a connection without a byte either way, although nobody reads, ${over}`, async () => {
    await using ends = await place.open({ idleTimeout: 30 });
    const { error } = await ends.local.closed;
    assert.deepEqual([error?.reason, error?.operation], ["timeout", "idle"]);
  });
}

/** These take more than a second each, and so they share it. */
const everywhere = (run: (place: Place) => Promise<void>) => async (): Promise<void> => {
  await Promise.all(places.map(run));
};

test(
  "readTimeout bounds each wait: it survives a peer that drips for longer",
  everywhere(async (place) => {
    await using ends = await place.open({ readTimeout: NEVER });
    using _dripping = drip(ends.far, 100);
    assert.equal((await ends.local.reader.readExactly(12)).length, 12);
  }),
);

test(
  "R14: idleTimeout survives a peer that takes longer than it to read 20 MB",
  everywhere(async (place) => {
    await using ends = await place.open({ idleTimeout: 1_000 });
    // It takes 1.5 s in all, and half a second for the 6 MB that the kernel can hold: no byte is seen to move meanwhile.
    const receiving = ends.far.received({ bytes: 400_000, rest: 30 });
    await ends.local.writer.write(new Uint8Array(20_000_000));
    await ends.local.writer.closeWrite();
    assert.equal((await receiving).bytes.length, 20_000_000);
    assert.equal(ends.local.signal.aborted, false);
  }),
);

test("A timeout given up with keepOpen consumes nothing and can be repeated", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("half ");
  const error = await rejection(pair.local.reader.readLine({ timeout: 1, keepOpen: true }));
  assert.ok(error instanceof DOMException);
  assert.equal(error.name, "TimeoutError");
  await pair.peer.writer.write("a line\n");
  assert.equal(await pair.local.reader.readLine(), "half a line");
});

/** Every option that takes milliseconds. */
const TIMEOUTS: Record<string, (timeout: number) => unknown> = {
  "Reader.read()": (timeout) => withPair(({ reader }) => reader.read({ timeout })),
  "Reader.lines()": (timeout) => withPair(({ reader }) => reader.lines({ timeout }).next()),
  "Writer.write()": (timeout) => withPair(({ writer }) => writer.write("x", { timeout })),
  "Writer.drain()": (timeout) => withPair(({ writer }) => writer.drain({ timeout })),
  "Writer.flush()": (timeout) => withPair(({ writer }) => writer.flush({ timeout })),
  "Writer.closeWrite()": (timeout) => withPair(({ writer }) => writer.closeWrite({ timeout })),
  "Connection.close()": (timeout) => withPair((connection) => connection.close({ timeout })),
  "connect() timeout": (timeout) => connect({ port: 1, timeout }),
  "listen()": (readTimeout) => listen({ port: 0, readTimeout }),
  "Listener.accept()": async (timeout) => {
    await using listener = await listen({ port: 0 });
    await listener.accept({ timeout });
  },
  ...Object.fromEntries(
    (["readTimeout", "writeTimeout", "idleTimeout", "closeTimeout", "keepAlive"] as const).map((option) => [
      `new Connection() ${option}`,
      (ms: number) => new Connection(memoryPair()[0], { [option]: ms }),
    ]),
  ),
};

async function withPair(call: (connection: Connection) => Promise<unknown>): Promise<void> {
  await using pair = connectionPair();
  await call(pair.local);
}

for (const [name, give] of Object.entries(TIMEOUTS)) {
  test(`R29: ${name} refuses a time of 0, NaN and less with a RangeError that names it`, async () => {
    for (const ms of [0, -1, NaN, -Infinity]) {
      await assert.rejects(async () => await give(ms), (error: Error) => {
        assert.equal(error.name, "RangeError");
        assert.ok(error.message.includes(String(ms)), error.message);
        return true;
      });
    }
  });
}

for (const ms of [2 ** 31, 2 ** 53, Infinity]) {
  // setTimeout() takes 31 bits: a longer time would be over at once.
  test(`R29: A timeout of ${ms} ms is not over at once, wherever it is given`, async () => {
    const limits: ConnectionOptions = { readTimeout: ms, writeTimeout: ms, idleTimeout: ms, closeTimeout: ms };
    await using pair = connectionPair(limits);
    const { local, peer } = pair;
    const reading = local.reader.read({ timeout: ms });
    const writing = local.writer.write(new Uint8Array(100_000), { timeout: ms });
    const flushing = local.writer.flush({ timeout: ms });
    // Several looks of the clock at its deadlines.
    await rejection(peer.reader.readExactly(100_001, { timeout: 70, keepOpen: true }));
    await peer.writer.write("still here");
    assert.equal((await reading)?.length, 10);
    await Promise.all([writing, flushing, local.close({ timeout: ms }), peer.close({ timeout: ms })]);
  });
}

for (const timeout of [2 ** 31, Infinity]) {
  test(`R29: connect() and accept() wait ${timeout} ms`, async () => {
    await using listener = await listen({ port: 0 });
    const [client, server] = await Promise.all([
      connect(listener.address, { timeout }),
      listener.accept({ timeout }),
    ]);
    await Promise.all([client.close(), server.close()]);
  });
}
