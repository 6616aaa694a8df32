import assert from "node:assert/strict";
import { BusyError, ConnectionAbortedError } from "../mod.ts";
import { places, sendsResets } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const bytes = (data: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(data);

for (const place of places) {
  test(`Connection.readable over ${place.name} ends with the peer and leaves the connection open`, async () => {
    await using ends = await place.open();
    const { local, far } = ends;
    await far.send("question");
    await far.end();
    assert.equal(await new Response(local.readable).text(), "question");
    await local.writer.write("answer");
    await local.writer.closeWrite();
    assert.equal(text((await far.received()).bytes), "answer");
    assert.equal((await local.closed).clean, true);
  });

  test(`Connection.readable over ${place.name} fails with the connection's error`, async () => {
    await using ends = await place.open();
    const reading = rejection(new Response(ends.local.readable).text());
    await ends.far.reset();
    const error = await reading;
    assert.ok(ConnectionAbortedError.is(error), String(error));
    assert.equal(error.reason, "reset");
  });

  test(`Connection.readable over ${place.name} is a break when it is cancelled: nothing is lost`, async () => {
    await using ends = await place.open();
    const reader = ends.local.readable.getReader();
    const pending = reader.read();
    await new Promise((resolve) => setTimeout(resolve, 0)); // By now it waits for bytes.
    await reader.cancel();
    assert.equal((await pending).done, true);
    await ends.far.send("for the next reader\n");
    assert.equal(await ends.local.reader.readLine(), "for the next reader");
    assert.equal(ends.local.signal.aborted, false);
  });

  test(`Connection.writable over ${place.name} half-closes when it is closed`, async () => {
    await using ends = await place.open();
    const writer = ends.local.writable.getWriter();
    await writer.write(bytes("all of it"));
    await writer.close();
    const { bytes: received, ended } = await ends.far.received();
    assert.deepEqual([text(received), ended], ["all of it", true]);
    await ends.far.send("still reading\n");
    assert.equal(await ends.local.reader.readLine(), "still reading");
  });

  test(`Connection.writable over ${place.name} aborts the connection at once, also while a write waits`, async () => {
    await using ends = await place.open();
    const writer = ends.local.writable.getWriter();
    const stuck = rejection(writer.write(new Uint8Array(32_000_000)));
    const reason = new Error("enough");
    await writer.abort(reason);
    const error = await stuck;
    assert.ok(ConnectionAbortedError.is(error) || error === reason, String(error));
    const outcome = await ends.local.closed;
    assert.equal(outcome.error?.reason, "closed");
    assert.equal(outcome.error.cause, reason);
    if (sendsResets(place)) assert.equal((await ends.far.received()).ended, false);
  });

  test(`Connection.writable over ${place.name} fails with the connection's error`, async () => {
    await using ends = await place.open();
    const writer = ends.local.writable.getWriter();
    const closed = rejection(writer.closed);
    await ends.far.reset();
    await rejection(ends.local.reader.read());
    const error = await closed;
    assert.ok(ConnectionAbortedError.is(error), String(error));
    assert.equal(error.reason, "reset");
  });
}

for (const place of places) {
  test(`Connection.writable over ${place.name} fails once this side has closed`, async () => {
    await using ends = await place.open();
    const writer = ends.local.writable.getWriter();
    const closed = rejection(writer.closed);
    await writer.write(bytes("before"));
    await ends.far.end(); // Else the goodbye waits for it.
    await ends.local.close();
    assert.equal((await closed).reason, "closed");
    assert.equal((await rejection(writer.write(bytes("behind")))).reason, "closed");
    assert.equal(text((await ends.far.received()).bytes), "before");
  });
}

const memory = places[0]!;

test("Connection.readable whose waiting read was released has the next chunk, and until then no other read goes", async () => {
  await using ends = await memory.open();
  const stream = ends.local.readable;
  const first = stream.getReader();
  const released = rejection(first.read());
  await new Promise((resolve) => setTimeout(resolve, 0)); // By now it waits for bytes.
  first.releaseLock();
  await released;
  assert.equal((await rejection(ends.local.reader.read())).name, "BusyError");
  await ends.far.send("kept");
  const { value } = await stream.getReader().read();
  assert.equal(text(value!), "kept");
});

test("Connection.writable that was closed stays so when the connection has ended", async () => {
  await using ends = await memory.open();
  const writer = ends.local.writable.getWriter();
  await writer.close();
  await ends.far.end();
  assert.equal(await ends.local.reader.read(), null);
  assert.equal((await ends.local.closed).clean, true);
  await writer.closed;
});

test("Connection.readable is the same stream each time, and so is Connection.writable", async () => {
  await using ends = await memory.open();
  assert.equal(ends.local.readable, ends.local.readable);
  assert.equal(ends.local.writable, ends.local.writable);
});

test("Connection.readable reads nothing ahead", async () => {
  await using ends = await memory.open();
  ends.local.readable.getReader().releaseLock();
  await ends.far.send("a line\n");
  assert.equal(await ends.local.reader.readLine(), "a line");
});

test("Connection.readable takes over and gives back between chunks", async () => {
  await using ends = await memory.open();
  await ends.far.send("first\nsecond");
  assert.equal(await ends.local.reader.readLine(), "first");
  const stream = ends.local.readable.getReader();
  assert.equal(text((await stream.read()).value), "second");
  stream.releaseLock();
  await ends.far.send("third\n");
  assert.equal(await ends.local.reader.readLine(), "third");
});

test("Connection.readable fills the buffer of a BYOB reader, and keeps the rest", async () => {
  await using ends = await memory.open();
  await ends.far.send("0123456789");
  const stream = ends.local.readable.getReader({ mode: "byob" });
  const { value } = await stream.read(new Uint8Array(4));
  assert.equal(text(value), "0123");
  stream.releaseLock();
  assert.equal(text(await ends.local.reader.readExactly(6)), "456789");
});

test("Connection.readable ends a BYOB read at the end of stream", async () => {
  await using ends = await memory.open();
  const stream = ends.local.readable.getReader({ mode: "byob" });
  const reading = stream.read(new Uint8Array(4));
  await ends.far.end();
  const { done, value } = await reading;
  assert.equal(done, true);
  assert.equal(value?.length, 0);
});

test("Connection.readable gives chunks whose memory can be transferred without harm to others", async () => {
  await using ends = await memory.open();
  await ends.far.send(new Uint8Array(900).fill(7));
  const others = await ends.local.reader.readExactly(400);
  const { value } = await ends.local.readable.getReader().read();
  structuredClone(value, { transfer: [value!.buffer as ArrayBuffer] });
  assert.deepEqual(others, new Uint8Array(400).fill(7));
});

test("Connection.readable does not read while a read is under way", async () => {
  await using ends = await memory.open();
  const first = ends.local.reader.readLine();
  const error = await rejection(ends.local.readable.getReader().read());
  assert.ok(BusyError.is(error), String(error));
  await ends.far.send("for the first\n");
  assert.equal(await first, "for the first");
});

test("Connection.readable rejects with reason closed when this side closes", async () => {
  await using ends = await memory.open();
  const reading = rejection(ends.local.readable.getReader().read());
  void ends.local.close({ timeout: 1 });
  assert.equal((await reading).reason, "closed");
});

test("Connection.writable waits while the peer does not read", async () => {
  await using ends = await memory.open({ highWaterMark: 1_000 });
  const writer = ends.local.writable.getWriter();
  let written = 0;
  const writing = (async () => {
    for (; written < 50; written++) {
      await writer.ready;
      void writer.write(new Uint8Array(10_000));
    }
    await writer.close();
  })();
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.ok(written < 20, `${written} chunks were taken for a buffer of 64 KiB`);
  const { bytes: received } = await ends.far.received();
  await writing;
  assert.equal(received.length, 500_000);
});

test("Connection.readable and Connection.writable can be piped into each other: an echo", async () => {
  await using ends = await memory.open();
  const echo = ends.local.readable.pipeTo(ends.local.writable);
  await ends.far.send("to and fro");
  await ends.far.end();
  assert.equal(text((await ends.far.received()).bytes), "to and fro");
  await echo;
  assert.equal((await ends.local.closed).clean, true);
});
