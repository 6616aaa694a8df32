import assert from "node:assert/strict";
import { BusyError, Connection } from "../mod.ts";
import { test } from "./harness.ts";
import { brokenPipe, ManualTransport, reset } from "./manual_transport.ts";
import { rejection } from "./raw_peers.ts";

function open(options = {}): { transport: ManualTransport; connection: Connection } {
  const transport = new ManualTransport();
  return { transport, connection: new Connection(transport, options) };
}

const microtasks = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

test("FillLoop reads nothing before somebody asks", () => {
  const { transport, connection } = open();
  assert.equal(transport.reads.length, 0);
  connection.abort();
});

test("FillLoop has at most one transport read outstanding, and none when the demand is met", async () => {
  const { transport, connection } = open();
  const reading = connection.reader.readExactly(4);
  transport.deliver("ab");
  await microtasks();
  assert.equal(transport.reads.length, 2);
  transport.deliver("cdef");
  assert.equal((await reading).length, 4);
  await microtasks();
  assert.equal(transport.reads.length, 2, "the next demand has not come");
  assert.equal((await connection.reader.readExactly(2)).length, 2);
  assert.equal(transport.reads.length, 2, "met from the bytes at hand");
  connection.abort();
});

test("FillLoop parks the read of a call that was given up: the next call adopts it", async () => {
  const { transport, connection } = open();
  const controller = new AbortController();
  const given = rejection(connection.reader.readLine({ signal: controller.signal, keepOpen: true }));
  controller.abort("later");
  assert.equal(await given, "later");
  const next = connection.reader.readLine();
  assert.equal(transport.reads.length, 1, "one read served both");
  transport.deliver("for the second\n");
  assert.equal(await next, "for the second");
  connection.abort();
});

test("FillLoop loses no byte that arrives while nobody waits", async () => {
  const { transport, connection } = open();
  const controller = new AbortController();
  const given = rejection(connection.reader.readExactly(10, { signal: controller.signal, keepOpen: true }));
  transport.deliver("abc");
  await microtasks();
  controller.abort("later");
  await given;
  transport.deliver("defghij");
  await microtasks();
  assert.equal(new TextDecoder().decode(await connection.reader.readExactly(10)), "abcdefghij");
  connection.abort();
});

test("FillLoop refuses a second read while one waits, and the first goes on", async () => {
  const { transport, connection } = open();
  const { reader } = connection;
  const first = reader.readLine();
  for (const second of [reader.read(), reader.readExactly(1), reader.peek(1), reader.ready(), reader.lines().next()]) {
    const error = await rejection(second as Promise<unknown>);
    assert.ok(BusyError.is(error));
    assert.match(error.message, /readLine is still under way/);
  }
  assert.throws(() => reader.tryReadLine(), BusyError);
  transport.deliver("mine\n");
  assert.equal(await first, "mine");
  connection.abort();
});

test("FillLoop takes an aborted signal as aborted although the bytes are at hand", async () => {
  const { transport, connection } = open();
  const looking = connection.reader.ready();
  transport.deliver("here\n");
  assert.equal(await looking, true);
  const given = connection.reader.readLine({ signal: AbortSignal.abort("no"), keepOpen: true });
  assert.equal(await rejection(given), "no");
  assert.equal(await connection.reader.readLine(), "here");
  connection.abort();
});

test("FillLoop gives up with keepOpen without touching the connection", async () => {
  const { transport, connection } = open();
  const error = await rejection(connection.reader.readLine({ timeout: 5, keepOpen: true }));
  assert.ok(error instanceof DOMException);
  assert.equal(error.name, "TimeoutError");
  assert.deepEqual(transport.calls, []);
  connection.abort();
});

test("FillLoop never gives up early", async () => {
  const { connection } = open();
  // Just before a tick of the clock, which are 20 ms apart: a tick too early shows.
  const { elapsed } = await rejection(connection.reader.readLine({ timeout: 59 }));
  assert.ok(elapsed >= 59, `early: ${elapsed} ms`);
});

test("FillLoop that gives up without keepOpen aborts the transport", async () => {
  const { transport, connection } = open();
  const { reason, operation, initiator } = await rejection(connection.reader.readLine({ timeout: 5 }));
  assert.deepEqual({ reason, operation, initiator }, { reason: "timeout", operation: "read", initiator: "local" });
  assert.deepEqual(transport.calls, ["abort"]);
});

test("FillLoop takes the bytes of a cut message out of the buffer: they are delivered once", async () => {
  const { transport, connection } = open();
  const reading = rejection(connection.reader.readExactly(10));
  transport.deliver("abc");
  await microtasks();
  transport.end();
  const error = await reading;
  assert.equal(error.reason, "unexpected-end");
  assert.equal(new TextDecoder().decode(error.partial), "abc");
  assert.equal(error.expected, 10);
  assert.equal(connection.reader.bufferedBytes, 0);
  const second = await rejection(connection.reader.readExactly(10));
  assert.equal(second.partial, undefined);
});

test("FillLoop drops what a read brings after the connection was cut, and does not count it", async () => {
  const { transport, connection } = open();
  const reading = rejection(connection.reader.read());
  transport.deliver("too late");
  connection.abort(); // Before the reaction to that read has run.
  await reading;
  assert.equal(connection.reader.bufferedBytes, 0);
  assert.equal(connection.bytesRead, (await connection.closed).bytesRead);
});

test("FillLoop reads what has arrived before a reset", async () => {
  const { transport, connection } = open();
  const first = connection.reader.read({ atMost: 1 });
  transport.deliver("abc");
  await first;
  const more = connection.reader.readExactly(3);
  transport.failRead();
  const error = await rejection(more);
  assert.equal(error.reason, "reset");
  assert.equal(new TextDecoder().decode(error.partial), "bc");
  await connection.closed;
});

// Servers answer before they close.
test("FillLoop goes on reading after a write failed, and the answer comes first", async () => {
  const { transport, connection } = open();
  void connection.writer.write("upload");
  const reading = connection.reader.readLine();
  transport.writes[0]!.reject(brokenPipe());
  await microtasks();
  transport.deliver("413 too large\n");
  assert.equal(await reading, "413 too large");
  transport.failRead(reset());
  const error = await rejection(connection.reader.readLine());
  assert.equal(error.reason, "reset");
  await connection.closed;
});

test("FillLoop reads at most 1 MiB after a write failed", async () => {
  const { transport, connection } = open();
  void connection.writer.write("upload").catch(() => {});
  void connection.writer.flush().catch(() => {});
  transport.writes[0]!.reject(brokenPipe());
  await microtasks();
  let delivered = 0;
  while (transport.calls.length === 0 && delivered < 4 * 1_048_576) {
    const { into } = transport.reads.at(-1)!;
    delivered += into.length;
    transport.deliver(new Uint8Array(into.length));
    await microtasks();
  }
  const { calls } = transport;
  assert.deepEqual(calls, ["abort"]);
  assert.ok(delivered >= 1_048_576 && delivered <= 1_048_576 + 65_536, `${delivered} bytes were read`);
  const bytes = await connection.reader.readExactly(delivered);
  assert.equal(bytes.length, delivered);
});

test("FillLoop lets a transport throw synchronously", async () => {
  const { transport, connection } = open();
  transport.read = () => {
    throw reset();
  };
  assert.equal((await rejection(connection.reader.read())).reason, "reset");
  await connection.closed;
});
