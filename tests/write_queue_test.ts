import assert from "node:assert/strict";
import { endOfTurn } from "../lib/clock.ts";
import { TAKEN } from "../lib/transport.ts";
import { Connection } from "../mod.ts";
import { test } from "./harness.ts";
import { concat, ManualTransport } from "./manual_transport.ts";

const turn = () => new Promise<void>((resolve) => endOfTurn(() => endOfTurn(() => resolve())));

function open(options = {}): { transport: ManualTransport; connection: Connection } {
  const transport = new ManualTransport();
  return { transport, connection: new Connection(transport, options) };
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("WriteQueue sends the small writes of one turn as one", async () => {
  const { transport, connection } = open();
  void connection.writer.write("a");
  void connection.writer.write(new Uint8Array([98]));
  void connection.writer.write(["c", "d"]);
  assert.equal(transport.writes.length, 0, "nothing is sent before the end of the turn");
  await turn();
  assert.deepEqual(transport.writes.map(({ bytes }) => text(bytes)), ["abcd"]);
  connection.abort();
});

test("WriteQueue gives the transport no shared memory, however much there is", async () => {
  const { transport, connection } = open();
  for (const size of [10, 20_000]) {
    void connection.writer.write(new Uint8Array(new SharedArrayBuffer(size)));
    await turn();
    const { chunks, take } = transport.writes.at(-1)!;
    assert.ok(chunks.every(({ buffer }) => buffer instanceof ArrayBuffer));
    take();
    await turn();
  }
  connection.abort();
});

// After every microtask would be too early: each awaited write would be a system call.
test("WriteQueue sends 1,000 awaited writes of 100 bytes in few transport writes", async () => {
  const { transport, connection } = open();
  let writes = 0;
  transport.write = () => {
    writes++;
    return Promise.resolve(); // A kernel with room takes everything at once.
  };
  for (let i = 0; i < 1_000; i++) await connection.writer.write(new Uint8Array(100));
  await connection.writer.flush();
  assert.equal(connection.bytesWritten, 100_000);
  assert.ok(writes <= 3, `${writes} transport writes`);
  connection.abort();
});

test("WriteQueue sends at once when 64 KiB have gathered", () => {
  const { transport, connection } = open({ highWaterMark: 1_048_576 });
  for (let i = 0; i < 64; i++) void connection.writer.write(new Uint8Array(1_024));
  assert.equal(transport.writes.length, 0);
  void connection.writer.write("x");
  assert.deepEqual(transport.writes.map(({ bytes }) => bytes.length), [65_537]);
  connection.abort();
});

test("WriteQueue sends at once on a flush", () => {
  const { transport, connection } = open();
  void connection.writer.write("now");
  void connection.writer.flush();
  assert.deepEqual(transport.writes.map(({ bytes }) => text(bytes)), ["now"]);
  connection.abort();
});

test("WriteQueue sends at once when a read begins to wait", () => {
  const { transport, connection } = open();
  void connection.writer.write("question");
  connection.reader.read().catch(() => {});
  assert.deepEqual(transport.writes.map(({ bytes }) => text(bytes)), ["question"]);
  connection.abort();
});

test("WriteQueue sends at the end of the turn although the first batch was sent by a read", async () => {
  const { transport, connection } = open();
  void connection.writer.write("one");
  connection.reader.read().catch(() => {});
  transport.writes[0]!.take();
  await Promise.resolve();
  void connection.writer.write("two");
  await turn();
  assert.deepEqual(transport.writes.map(({ bytes }) => text(bytes)), ["one", "two"]);
  connection.abort();
});

test("WriteQueue has one write under way; what comes meanwhile goes right after it", async () => {
  const { transport, connection } = open();
  void connection.writer.write("first");
  await turn();
  void connection.writer.write("second");
  void connection.writer.write(" third");
  await turn();
  assert.equal(transport.writes.length, 1);
  transport.writes[0]!.take();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(transport.writes.map(({ bytes }) => text(bytes)), ["first", "second third"]);
  connection.abort();
});

/** A connection over a kernel that takes everything within the call, and the sizes of what it took. */
function openOverRoom(): { connection: Connection; transport: ManualTransport; sizes: number[] } {
  const { transport, connection } = open();
  const sizes: number[] = [];
  transport.write = (chunks) => {
    sizes.push(concat(chunks).length);
    return TAKEN;
  };
  return { connection, transport, sizes };
}

test("WriteQueue knows at once what was taken at once", () => {
  const { connection, sizes } = openOverRoom();
  void connection.writer.write(new Uint8Array(20_000));
  assert.deepEqual([connection.bytesWritten, connection.writer.unsentBytes], [20_000, 0]);
  assert.deepEqual(sizes, [20_000]);
  connection.abort();
});

test("WriteQueue gives one batch after the other when each is taken at once", async () => {
  const { connection, sizes } = openOverRoom();
  await connection.writer.write(new Uint8Array(2.5 * 1_048_576));
  assert.deepEqual(sizes, [1_048_576, 1_048_576, 524_288]);
  connection.abort();
});

test("WriteQueue half-closes behind what is taken at once", async () => {
  const { connection, transport, sizes } = openOverRoom();
  void connection.writer.write("last words");
  await connection.writer.closeWrite();
  assert.deepEqual([sizes, transport.calls], [[10], ["closeWrite"]]);
  connection.abort();
});

test("WriteQueue counts nothing as taken when the connection was cut within the call", async () => {
  const { connection, transport } = openOverRoom();
  transport.write = () => {
    connection.abort();
    return TAKEN;
  };
  await assert.rejects(connection.writer.write(new Uint8Array(20_000)), { bytesWritten: 0, retrySafe: false });
});

test("WriteQueue copies less than 16 KiB, and only that", async () => {
  const { transport, connection } = open({ highWaterMark: 1_048_576 });
  const small = new Uint8Array(16_383).fill(1);
  const large = new Uint8Array(16_384).fill(2);
  void connection.writer.write(small);
  void connection.writer.write(large);
  await turn();
  const [first, second] = transport.writes[0]!.chunks;
  assert.notEqual(first!.buffer, small.buffer);
  assert.equal(second!.buffer, large.buffer);
  small.fill(9); // It is the caller's again.
  assert.deepEqual(first, new Uint8Array(16_383).fill(1));
  connection.abort();
});

test("WriteQueue keeps the order of copied and uncopied data", async () => {
  const { transport, connection } = open({ highWaterMark: 1_048_576 });
  const large = "L".repeat(20_000);
  void connection.writer.write("a");
  void connection.writer.write(new TextEncoder().encode(large));
  void connection.writer.write("b");
  void connection.writer.write(large);
  void connection.writer.write(["c", new TextEncoder().encode(large), "d"]);
  for (let i = 0; i < 5; i++) {
    await turn();
    for (const write of transport.writes) write.take();
  }
  assert.equal(text(concat(transport.writes.map(({ bytes }) => bytes))), `a${large}b${large}c${large}d`);
  connection.abort();
});

test("WriteQueue encodes text whose characters are longer than one byte, whatever fits", async () => {
  const { transport, connection } = open({ highWaterMark: 1_048_576 });
  const parts = Array.from({ length: 40 }, (_, i) => "€é\u{1f600}x".repeat(100 + i * 37));
  for (const part of parts) void connection.writer.write(part);
  for (let i = 0; i < 20; i++) {
    await turn();
    for (const write of transport.writes) write.take();
  }
  assert.equal(text(concat(transport.writes.map(({ bytes }) => bytes))), parts.join(""));
  connection.abort();
});

test("WriteQueue gives the transport at most 1 MiB at once", async () => {
  const { transport, connection } = open();
  const data = Uint8Array.from({ length: 2_500_000 }, (_, i) => i % 251);
  void connection.writer.write(data);
  for (let i = 0; i < 5; i++) {
    await turn();
    for (const write of transport.writes) write.take();
  }
  assert.deepEqual(transport.writes.map(({ bytes }) => bytes.length), [1_048_576, 1_048_576, 402_848]);
  assert.deepEqual(concat(transport.writes.map(({ bytes }) => bytes)), data);
  connection.abort();
});

test("WriteQueue never writes into memory that the transport still holds", async () => {
  const { transport, connection } = open();
  const other = open();
  void connection.writer.write("mine".repeat(100));
  await turn();
  const given = transport.writes[0]!;
  for (let i = 0; i < 20; i++) {
    void connection.writer.write(new Uint8Array(8_000).fill(1));
    void other.connection.writer.write(new Uint8Array(8_000).fill(2));
    await turn();
    for (const write of other.transport.writes) write.take();
  }
  assert.deepEqual(concat(given.chunks), given.bytes);
  connection.abort();
  other.connection.abort();
});

test("WriteQueue hands a slab to another connection only when its transport has let go", async () => {
  const { transport, connection } = open();
  void connection.writer.write("mine".repeat(100));
  await turn();
  connection.abort(); // The transport may still look at what it was given.
  const given = transport.writes[0]!;
  const other = open();
  void other.connection.writer.write(new Uint8Array(8_000).fill(2));
  await turn();
  assert.deepEqual(concat(given.chunks), given.bytes);
  other.connection.abort();
});

test("WriteQueue lets others fill a full slab when the write that has the last of it succeeded, and not before", async () => {
  const { transport, connection } = open();
  /** The memory of what somebody else then writes: two slabs. */
  const others = async (): Promise<ArrayBufferLike[]> => {
    const other = open();
    for (let i = 0; i < 9; i++) void other.connection.writer.write(new Uint8Array(8_000).fill(2));
    await turn();
    other.connection.abort();
    return other.transport.writes.flatMap(({ chunks }) => chunks.map(({ buffer }) => buffer));
  };
  for (let i = 0; i < 9; i++) void connection.writer.write(new Uint8Array(8_000).fill(1));
  await turn();
  const [given] = transport.writes;
  const full = given!.chunks[0]!.buffer;
  assert.equal((await others()).includes(full), false);
  assert.deepEqual(concat(given!.chunks), given!.bytes);
  for (let i = 0; i < transport.writes.length; i++) {
    transport.writes[i]!.take();
    await turn();
  }
  assert.equal((await others()).includes(full), true);
  connection.abort();
});

test("WriteQueue is clogged above the high-water mark and free at a quarter of it", async () => {
  const { transport, connection } = open({ highWaterMark: 1_000 });
  const { writer } = connection;
  await writer.write(new Uint8Array(1_000)); // Just at the mark: does not wait.
  await turn();
  let done = false;
  const waiting = writer.write(new Uint8Array(251)).then(() => done = true);
  transport.writes[0]!.take();
  await turn();
  assert.equal(done, false, "251 bytes wait: one more than a quarter");
  transport.writes[1]!.take();
  await waiting;

  await writer.write(new Uint8Array(751));
  await turn();
  const low = writer.write(new Uint8Array(250)).then(() => done = true);
  done = false;
  transport.writes[2]!.take();
  await low; // 250 bytes wait: a quarter is enough.
  connection.abort();
});
