/**
 * K10–K28: what tokio checks of its own streams, read with this project's words. Those that had a test already, or that no
 * test can have, are in `docs/checks.md`.
 */
import assert from "node:assert/strict";
import { type Connection, ConnectionAbortedError, DecodeError } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";
import { type TlsEnds, tlsPlaces } from "./tls_places.ts";

const text = (bytes: Uint8Array | null | undefined): string | null => bytes ? new TextDecoder().decode(bytes) : null;

/** What a read that failed had got hold of. */
async function cutRead(reading: Promise<unknown>, peer: Connection): Promise<ConnectionAbortedError> {
  const failing = rejection(reading);
  await peer.writer.flush();
  peer.abort();
  const error = await failing;
  assert.ok(ConnectionAbortedError.is(error), String(error));
  return error;
}

/** Bytes are here, whoever asks for them. */
async function arrived({ client }: TlsEnds, count: number): Promise<void> {
  assert.equal((await client.reader.peek(count))?.length, count);
}

for (const place of tlsPlaces) {
  const check = (title: string, body: (ends: TlsEnds) => Promise<void>): void =>
    test(`${title}, over ${place.name}`, async () => {
      await using ends = await place.open();
      await body(ends);
    });

  check("K10: two ends play ping-pong", async ({ client, server }) => {
    for (let round = 0; round < 20; round++) {
      const [from, to] = round % 2 === 0 ? [client, server] : [server, client];
      await from.writer.write(`round ${round}\n`);
      assert.equal(await to.reader.readLine(), `round ${round}`);
    }
  });

  check("K11: an end that is closed leaves its bytes, then the end of stream", async ({ client, server }) => {
    void server.writer.write("last words");
    const closing = server.close();
    assert.equal(text(await client.reader.readExactly(10)), "last words");
    assert.equal(await client.reader.read(), null);
    assert.equal(await client.reader.read(), null);
    await client.close();
    assert.equal((await closing).clean, true);
  });

  check("K16: Writer.write() of several pieces is the write of their sum", async ({ client, server }) => {
    const pieces = [0, 3, 0, 20_000, 1].map((length, i) => new Uint8Array(length).fill(i));
    const writing = client.writer.write(pieces).then(() => client.writer.closeWrite());
    assert.deepEqual(await server.reader.readAll({ limit: 30_000 }), new Uint8Array(pieces.flatMap((p) => [...p])));
    await writing;
  });

  check("K17: Reader.readUntil() gives the tail if it may be unterminated, then null", async ({ client, server }) => {
    await server.writer.write("one;two;tail");
    void server.writer.closeWrite();
    const options = { allowUnterminated: true };
    for (const wanted of ["one", "two", "tail", null, null]) {
      assert.equal(text(await client.reader.readUntil(";", options)), wanted);
    }
  });

  check("K18: Reader.readUntil() finds any byte, in any piece", async ({ client, server }) => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const sending = (async () => {
      for (let at = 0; at < 256; at += 7) {
        await server.writer.write(all.subarray(at, at + 7));
        await server.writer.flush();
      }
    })();
    assert.deepEqual(await client.reader.readUntil(Uint8Array.of(100)), all.slice(0, 100));
    assert.deepEqual(await client.reader.readUntil(Uint8Array.of(254, 255)), all.slice(101, 254));
    await sending;
  });

  check("K20: Reader.readLine() refuses a line that is no UTF-8, and goes on behind it", async ({ client, server }) => {
    await server.writer.write([Uint8Array.of(0x61, 0xff, 10), "fine\n"]);
    const error = await rejection(client.reader.readLine());
    assert.ok(DecodeError.is(error), String(error));
    assert.equal(await client.reader.readLine(), "fine");
  });

  check("K23, K25: Writer.closeWrite() may be called again, and reading goes on", async ({ client, server }) => {
    for (let time = 0; time < 3; time++) await client.writer.closeWrite();
    assert.equal(await server.reader.read(), null);
    await server.writer.write("still here\n");
    assert.equal(await client.reader.readLine(), "still here");
  });

  check("K24: Writer.closeWrite() after a reset succeeds, or says reset", async ({ client, server }) => {
    server.abort();
    await client.reader.read().catch(() => {});
    const error = await client.writer.closeWrite().then(() => undefined, (error: unknown) => error);
    if (error === undefined) return;
    assert.ok(ConnectionAbortedError.is(error), String(error));
    assert.equal(error.reason, "reset");
  });

  check("K26: Reader.peek() twice gives what the read then takes", async ({ client, server }) => {
    await server.writer.write("hello");
    const [first, second] = [await client.reader.peek(5), await client.reader.peek(5)];
    assert.equal(text(first), "hello");
    assert.deepEqual(second, first);
    assert.deepEqual(await client.reader.readExactly(5), first);
  });

  check(
    "K28: Writer.closeWrite() leaves a pending read alone, which ends with the peer",
    async ({ client, server }) => {
      const reading = client.reader.read();
      await client.writer.closeWrite();
      assert.equal(await server.reader.read(), null);
      await server.writer.closeWrite();
      assert.equal(await reading, null);
    },
  );

  const losses: readonly (readonly [id: string, bytes: number[], read: (c: Connection) => Promise<unknown>])[] = [
    ["K19: Reader.readUntil()", [0, 255, 1], ({ reader }) => reader.readUntil(";")],
    ["K21: Reader.readLine()", [0x61, 0xc3, 0xa4], ({ reader }) => reader.readLine()],
    // What is wrong with the text is nobody's concern any more: the failure wins.
    ["K22: Reader.readLine()", [0x61, 0xff], ({ reader }) => reader.readLine()],
  ];
  for (const [id, bytes, read] of losses) {
    check(`${id} that fails with bytes ${bytes.join(" ")} at hand hands them over`, async (ends) => {
      await ends.server.writer.write(Uint8Array.from(bytes));
      await arrived(ends, bytes.length);
      const error = await cutRead(read(ends.client), ends.server);
      // Deno's own sockets know no reset: there an abort is an end.
      assert.ok(error.reason === "reset" || error.reason === "unexpected-end", error.reason);
      assert.deepEqual(error.partial, Uint8Array.from(bytes));
    });
  }
}

test("K13: a write of a memory pair settles when the other end has taken what does not fit", async () => {
  const [a, b] = memoryPair({ capacity: 32 });
  let settled = false;
  const writing = a.write([new Uint8Array(64)]).then(() => settled = true);
  const into = new Uint8Array(64);
  let taken = 0;
  while (taken < 32) taken += (await b.read(into.subarray(0, 4)))!;
  await writing;
  assert.equal(settled, true);
  while (taken < 64) taken += (await b.read(into))!;
  a.abort();
  b.abort();
});
