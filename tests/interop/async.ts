/** `@std/async` over our iterators, on connections whose peer is quiet. */
import assert from "node:assert/strict";
import { abortable } from "@std/async/abortable";
import { deadline } from "@std/async/deadline";
import { MuxAsyncIterator } from "@std/async/mux-async-iterator";
import { pooledMap } from "@std/async/pool";
import { retry, RetryError } from "@std/async/retry";
import { tee } from "@std/async/tee";
import { connect, ConnectError, type Connection, isRetriable, listen } from "../../mod.ts";
import { connectionPair } from "../../lib/testing/mod.ts";
import { places } from "../far_end.ts";
import { test } from "../harness.ts";
import { rejection } from "../raw_peers.ts";

/** Everything of a connection that can be iterated. */
const ITERATORS: readonly [name: string, open: (connection: Connection) => AsyncIterable<unknown>][] = [
  ["for await (const chunk of connection)", (connection) => connection],
  ["reader.lines()", ({ reader }) => reader.lines()],
  ["reader.chunks()", ({ reader }) => reader.chunks()],
  ["reader.chunks(100)", ({ reader }) => reader.chunks(100)],
  ["reader.lines().batches()", ({ reader }) => reader.lines().batches()],
];

/** `abortable`, `deadline` and `MuxAsyncIterator` are written with what Node 20 does not have. */
const canAbort: boolean = "withResolvers" in Promise;

for (const place of canAbort ? places : []) {
  for (const [name, open] of ITERATORS) {
    test(`interop: abortable() ends ${name} on an idle connection over ${place.name} at once`, async () => {
      await using ends = await place.open();
      const controller = new AbortController();
      const reason = new Error("enough");
      const iterating = rejection((async () => {
        for await (const _ of abortable(open(ends.local), controller.signal)) assert.fail("nothing was sent");
      })());
      controller.abort(reason);
      assert.equal(await iterating, reason);
      // The iterator was told to return: it let the read go, and the connection lives.
      await ends.far.send("still here\n");
      assert.equal(await ends.local.reader.readLine(), "still here");
    });
  }

  test(`interop: deadline() ends a read on an idle connection over ${place.name}`, async () => {
    await using ends = await place.open();
    // It waits with AbortSignal.timeout(), for which Node keeps no process alive; nor does memory.
    const alive = setTimeout(() => {}, 60_000);
    const error = await rejection(deadline(ends.local.reader.lines().next(), 10));
    clearTimeout(alive);
    assert.equal(error.name, "TimeoutError");
  });
}

test("interop: pooledMap() works through the lines of a connection, so many at a time", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("1\n2\n3\n4\n5\n");
  await pair.peer.writer.closeWrite();
  const squares: number[] = [];
  let [running, most] = [0, 0];
  const square = async (line: string): Promise<number> => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return Number(line) ** 2;
  };
  for await (const value of pooledMap(2, pair.local.reader.lines(), square)) squares.push(value);
  assert.deepEqual(squares, [1, 4, 9, 16, 25]);
  assert.ok(most <= 2);
});

test("interop: pooledMap() fails with the connection's error", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("1\nhalf");
  await pair.peer.writer.flush();
  pair.peer.abort();
  const error = await rejection((async () => {
    for await (const _ of pooledMap(2, pair.local.reader.lines(), (line) => Promise.resolve(line)));
  })());
  assert.ok(error instanceof AggregateError || error.reason === "reset", String(error));
});

if (canAbort) {
  test("interop: MuxAsyncIterator gives the lines of many connections, each in order", async () => {
    await using first = connectionPair();
    await using second = connectionPair();
    const both = new MuxAsyncIterator<string>();
    both.add(first.local.reader.lines());
    both.add(second.local.reader.lines());
    await first.peer.writer.write("a1\na2\n");
    await second.peer.writer.write("b1\nb2\n");
    await Promise.all([first.peer.writer.closeWrite(), second.peer.writer.closeWrite()]);
    const lines: string[] = [];
    for await (const line of both) lines.push(line);
    assert.deepEqual(lines.filter((line) => line.startsWith("a")), ["a1", "a2"]);
    assert.deepEqual(lines.filter((line) => line.startsWith("b")), ["b1", "b2"]);
  });
}

test("interop: tee() gives each branch every line", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\nb\nc\n");
  await pair.peer.writer.closeWrite();
  const all = async (lines: AsyncIterable<string>): Promise<string[]> => {
    const seen: string[] = [];
    for await (const line of lines) seen.push(line);
    return seen;
  };
  const [left, right] = tee(pair.local.reader.lines());
  assert.deepEqual(await Promise.all([all(left!), all(right!)]), [["a", "b", "c"], ["a", "b", "c"]]);
});

test("interop: retry() with isRetriable dials until the server is up", async () => {
  let port = 0;
  {
    await using listener = await listen({ port: 0 });
    port = (listener.address as { port: number }).port;
  }
  let [attempts, listener] = [0, undefined as Awaited<ReturnType<typeof listen>> | undefined];
  const dial = async (): Promise<Connection> => {
    if (++attempts === 3) listener = await listen({ port });
    return await connect({ port });
  };
  const connection = await retry(dial, { isRetriable, minTimeout: 1, maxTimeout: 5 });
  assert.equal(attempts, 3);
  connection.abort();
  await listener!.close();
});

test("interop: retry() with isRetriable gives up at once on what another dial does not change", async () => {
  let attempts = 0;
  const dial = (): Promise<Connection> => {
    attempts++;
    return connect({ path: "/".padEnd(90, "x"), signal: AbortSignal.abort("no") });
  };
  const error = await rejection(retry(dial, { isRetriable, minTimeout: 1 }));
  assert.equal(attempts, 1);
  assert.equal(error.reason, "signal");
});

test("interop: isRetriable() looks through the RetryError of retry()", async () => {
  const dial = (): Promise<Connection> => connect("127.0.0.1:1");
  const error = await rejection(retry(dial, { isRetriable, maxAttempts: 2, minTimeout: 1 }));
  assert.ok(error instanceof RetryError);
  assert.ok(ConnectError.is(error.cause));
  assert.equal(isRetriable(error), true);
});
