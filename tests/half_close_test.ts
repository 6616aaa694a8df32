/** The two directions end one by one; when both have, the socket goes by itself. */
import assert from "node:assert/strict";
import { atOnce, letBlock } from "./conformance/steps.ts";
import { type Place, places, socketPlaces } from "./far_end.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import type { Transport } from "../mod.ts";
import { Delegate } from "./delegate.ts";
import { test } from "./harness.ts";
import { countsSockets, onDeno, openSockets, rejection, until } from "./raw_peers.ts";

/** More than any kernel takes for a peer that does not read. */
const TOO_MUCH: Uint8Array = new Uint8Array(12 * 1_048_576);

const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array());

/** Deno's compatibility layer fails a pending write at the moment the peer half-closes: see `node_socket_test.ts`. */
const failsEarly = ({ transport, runtime }: Place): boolean => onDeno && transport === "tcp" && runtime === "node";

for (const place of places) {
  const over = `over ${place.name}`;

  if (!failsEarly(place)) {
    test(`R15: A half-closed peer is seen at once although a big write waits for it, ${over}`, async () => {
      await using ends = await place.open();
      const writing = ends.local.writer.write(TOO_MUCH);
      let written = false;
      void writing.then(() => written = true);
      await ends.far.end();
      await letBlock(); // The end of stream travels.
      assert.equal(await ends.local.reader.read(), null);
      assert.equal(written, false, "it must not wait for the write");
      const receiving = ends.far.received();
      await writing;
      assert.equal((await ends.local.close()).clean, true);
      assert.equal((await receiving).bytes.length, TOO_MUCH.length);
    });

    test(`R15: An end of stream that was read does not wait for a pending write, ${over}`, async () => {
      await using ends = await place.open();
      await ends.far.send("all");
      await ends.far.end();
      assert.equal(text(await ends.local.reader.readAll()), "all");
      void ends.local.writer.write(TOO_MUCH);
      assert.equal(await atOnce(ends.local.reader.read()), null);
    });
  }

  test(`Writer.closeWrite() ends one direction: the other one goes on, ${over}`, async () => {
    await using ends = await place.open();
    await ends.local.writer.write("question");
    await ends.local.writer.closeWrite();
    const { bytes, ended } = await ends.far.received();
    assert.deepEqual([text(bytes), ended], ["question", true]);
    await ends.far.send("an");
    await ends.far.send("swer");
    assert.equal(text(await ends.local.reader.readExactly(6)), "answer");
    assert.equal(ends.local.signal.aborted, false);
  });

  test(`A peer that half-closes ends one direction: the other one goes on, ${over}`, async () => {
    await using ends = await place.open();
    await ends.far.end();
    assert.equal(await ends.local.reader.read(), null);
    assert.equal(await ends.local.reader.read(), null);
    await ends.local.writer.write("still ");
    await ends.local.writer.flush();
    await ends.local.writer.write("here");
    await ends.local.writer.closeWrite();
    const { bytes, ended } = await ends.far.received();
    assert.deepEqual([text(bytes), ended], ["still here", true]);
    assert.equal((await ends.local.closed).clean, true);
  });

  for (const first of ["local", "peer"] as const) {
    test(`R31: Both directions ended, the ${first} one first: closed in order by itself, ${over}`, async () => {
      await using ends = await place.open();
      const { local, far } = ends;
      await far.send("buffered bytes\nand more");
      if (first === "local") await local.writer.closeWrite();
      await far.end();
      await local.reader.peek(100);
      if (first === "peer") await local.writer.closeWrite();
      const { clean, peerEnded, error, discardedBytes } = await local.closed;
      assert.deepEqual({ clean, peerEnded, error, discardedBytes }, {
        clean: true,
        peerEnded: true,
        error: undefined,
        discardedBytes: 0,
      });
      // Nobody called close(), and what had arrived is still there.
      assert.equal(await local.reader.readLine(), "buffered bytes");
      assert.equal(text(await local.reader.readAll()), "and more");
      assert.equal(await local.reader.read(), null);
    });
  }

  test(`R31: close() after both directions have ended gives the outcome and leaves the bytes, ${over}`, async () => {
    await using ends = await place.open();
    await ends.far.send("left");
    await ends.far.end();
    await ends.local.reader.peek(100);
    await ends.local.writer.closeWrite();
    assert.deepEqual(await ends.local.close(), await ends.local.closed);
    assert.equal(text(await ends.local.reader.read()), "left");
  });
}

if (countsSockets) {
  for (const place of socketPlaces) {
    test(`R31: The socket is gone when both directions have ended, over ${place.name}`, async () => {
      await using ends = await place.open();
      const open = openSockets();
      await ends.far.end();
      await ends.local.reader.peek(1);
      await ends.local.writer.closeWrite();
      await ends.local.closed;
      // The far end stays: it is kept half open by whoever accepted it.
      await until(() => openSockets() < open, "the descriptor is closed");
    });
  }
}

test("A half-close that the transport does not finish within writeTimeout names that option", async () => {
  const wrap = (inner: Transport) => new Delegate(inner, { closeWrite: () => new Promise(() => {}) });
  await using pair = connectionPair({ wrap, writeTimeout: 20 });
  const { message, reason } = await rejection(pair.local.writer.closeWrite());
  assert.equal(reason, "timeout");
  assert.match(message, /for 20 ms .*\(writeTimeout\)$/);
});
