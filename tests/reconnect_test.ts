import assert from "node:assert/strict";
import { type Connection, ConnectionAbortedError, listen, reconnect, type ReconnectAttempt } from "../mod.ts";
import { useTimeSource } from "../lib/time_source.ts";
import { test } from "./harness.ts";
import { RawServer, rejection, runtimes } from "./raw_peers.ts";

/** The clock says what `now` does, and no pause takes any time; until the result is called. */
function pauseless(now: () => number): () => void {
  return useTimeSource({
    now,
    add() {},
    remove() {},
    hold() {},
    after(_ms, callback) {
      const timer = setTimeout(callback, 0);
      return () => clearTimeout(timer);
    },
  });
}

for (const runtime of runtimes) {
  test(`reconnect() dials again until the handler returns, runtime "${runtime}"`, async () => {
    await using server = await RawServer.listen();
    const attempts: ReconnectAttempt[] = [];
    const answer = reconnect(
      { port: server.port, runtime, minDelay: 1, onAttempt: (attempt) => attempts.push(attempt) },
      (connection) => connection.reader.readLine({ required: true }),
    );
    (await server.next()).resetAndDestroy();
    (await server.next()).end("half a li");
    (await server.next()).end("an answer\n");
    assert.equal(await answer, "an answer");
    assert.deepEqual(attempts.map(({ attempt }) => attempt), [1, 2]);
    assert.deepEqual(attempts.map(({ error }) => (error as ConnectionAbortedError).reason), [
      "reset",
      "unexpected-end",
    ]);
  });
}

test("reconnect() takes the options beside an address, as text or as an object", async () => {
  await using server = await RawServer.listen();
  for (const target of [`127.0.0.1:${server.port}`, { port: server.port, maxAttempts: 1 }]) {
    const attempts: number[] = [];
    const options = {
      minDelay: 1,
      maxAttempts: 2,
      onAttempt: ({ attempt }: ReconnectAttempt) => attempts.push(attempt),
    };
    const answer = reconnect(target, options, (connection) => connection.reader.readLine({ required: true }));
    (await server.next()).resetAndDestroy();
    (await server.next()).end("an answer\n");
    assert.equal(await answer, "an answer");
    assert.deepEqual(attempts, [1]);
  }
});

test("reconnect() takes a text address alone", async () => {
  await using server = await RawServer.listen();
  const done = reconnect(`tcp://127.0.0.1:${server.port}`, ({ reader }) => reader.readLine());
  (await server.next()).end("an answer\n");
  assert.equal(await done, "an answer");
});

test("reconnect() dials again when the dial fails", async () => {
  await using taken = await listen({ port: 0 });
  const { port } = taken.address as { port: number };
  await taken.close();
  let listener: Awaited<ReturnType<typeof listen>> | undefined;
  const reasons: string[] = [];
  const connected = await reconnect({
    port,
    minDelay: 1,
    closeTimeout: 1, // Nobody answers its goodbye.
    onAttempt: ({ attempt, error }) => {
      reasons.push((error as { reason: string }).reason);
      if (attempt === 2) void listen({ port }).then((again) => listener = again);
    },
  }, (connection) => connection.remoteAddress);
  assert.deepEqual(connected, { transport: "tcp", hostname: "127.0.0.1", port });
  assert.ok(reasons.length >= 2 && reasons.every((reason) => reason === "refused"), String(reasons));
  await listener!.close();
});

test("reconnect() closes the connection in order when the handler returns", async () => {
  await using server = await RawServer.listen();
  const done = reconnect({ port: server.port }, (connection) => {
    void connection.writer.write("last words");
    return 7;
  });
  const socket = await server.next();
  let received = "";
  socket.on("data", (chunk) => received += chunk);
  socket.on("end", () => socket.end());
  socket.resume();
  assert.equal(await done, 7);
  assert.equal(received, "last words");
});

test("reconnect() rejects with what is not retriable, and aborts that connection", async () => {
  await using listener = await listen({ port: 0 });
  const bug = new Error("a bug");
  let held: Connection | undefined;
  const failing = rejection(reconnect({ ...listener.address as { port: number } }, (connection) => {
    held = connection;
    throw bug;
  }));
  const peer = await listener.accept();
  assert.equal(await failing, bug);
  assert.equal((await held!.closed).clean, false);
  peer.abort();
});

test("reconnect() gives up after maxAttempts with the last error", async () => {
  const attempts: number[] = [];
  const error = await rejection(
    reconnect({ port: 1, minDelay: 1, maxAttempts: 3, onAttempt: ({ attempt }) => attempts.push(attempt) }, () => 1),
  );
  assert.equal(error.reason, "refused");
  assert.deepEqual(attempts, [1, 2]);
});

test("reconnect() doubles its delay up to maxDelay, and takes a random part of it", async () => {
  const delays: number[] = [];
  const options = { port: 1, minDelay: 8, maxDelay: 30, maxAttempts: 6, random: () => 0.5 };
  await rejection(reconnect({ ...options, onAttempt: ({ delay }) => delays.push(delay) }, () => 1));
  assert.deepEqual(delays, [4, 8, 15, 15, 15]);
});

test("reconnect() does not start its delay over after a dial that took long: no connection has lived", async () => {
  let time = 0;
  const putBack = pauseless(() => time += 1_000); // Whatever is measured takes long.
  try {
    const delays: number[] = [];
    const options = { port: 1, minDelay: 8, maxDelay: 30, maxAttempts: 4, random: () => 0.5 };
    await rejection(reconnect({ ...options, onAttempt: ({ delay }) => delays.push(delay) }, () => 1));
    assert.deepEqual(delays, [4, 8, 15]);
  } finally {
    putBack();
  }
});

test("reconnect() starts its delay over after a connection that has lived longer than it", async () => {
  let time = 0;
  // The dials are real: only this test moves time, and no pause takes any.
  const putBack = pauseless(() => time);
  try {
    await using listener = await listen({ port: 0, runtime: "node" });
    const lives = [0, 200, 401, 0];
    const serving = (async () => {
      for (let left = lives.length; left >= 0; left--) {
        const connection = await listener.accept();
        await connection.reader.read();
        if (left > 0) connection.abort();
        else await connection.close();
      }
    })();
    const delays: number[] = [];
    const options = { ...listener.address as { port: number }, minDelay: 100, random: () => 0.5 };
    await reconnect({ ...options, onAttempt: ({ delay }) => delays.push(delay) }, async ({ reader, writer }) => {
      await writer.write("hello");
      time += lives.shift() ?? 0;
      assert.equal(await reader.read(), null);
    });
    await serving;
    assert.deepEqual(delays, [50, 100, 50, 100]);
  } finally {
    putBack();
  }
});

test("reconnect() is ended by its signal: in the wait, in the dial and in the handler", async () => {
  const whileWaiting = new AbortController();
  const waiting = reconnect({
    port: 1,
    minDelay: 60_000,
    signal: whileWaiting.signal,
    random: () => 0.99,
    onAttempt: () => queueMicrotask(() => whileWaiting.abort("enough")),
  }, () => 1);
  const error = await rejection(waiting);
  assert.ok(ConnectionAbortedError.is(error));
  assert.deepEqual([error.reason, error.cause], ["signal", "enough"]);

  const dialled = await rejection(reconnect({ port: 1, signal: AbortSignal.abort("before") }, () => 1));
  assert.deepEqual([dialled.reason, dialled.cause], ["signal", "before"]);

  await using listener = await listen({ port: 0 });
  const { port } = listener.address as { port: number };
  const controller = new AbortController();
  const talking = rejection(reconnect({ port, signal: controller.signal }, (connection) => {
    queueMicrotask(() => controller.abort("inside"));
    return connection.reader.read();
  }));
  assert.deepEqual([(await talking).reason, (await talking).cause], ["signal", "inside"]);
});

test("reconnect() ends with what onAttempt throws", async () => {
  const enough = new Error("enough");
  const onAttempt = (): never => {
    throw enough;
  };
  assert.equal(await rejection(reconnect({ port: 1, onAttempt }, () => 1)), enough);
});

test("reconnect() keeps a heartbeat going over connections that break", async () => {
  await using server = await RawServer.listen();
  const seen: string[] = [];
  const answer = reconnect({ port: server.port, minDelay: 1 }, async ({ reader, writer }) => {
    for (;;) {
      try {
        return await reader.readLine({ timeout: 20, keepOpen: true, required: true });
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        await writer.write("PING\n");
      }
    }
  });
  for (const last of [false, true]) {
    const socket = await server.next();
    await new Promise<void>((resolve) => {
      socket.once("data", (chunk) => {
        seen.push(String(chunk).split("\n")[0]!);
        resolve();
      });
      socket.resume();
    });
    if (last) socket.end("alive\n");
    else socket.resetAndDestroy();
  }
  assert.equal(await answer, "alive");
  assert.deepEqual(seen, ["PING", "PING"]);
});

test("reconnect() refuses wrong options before any I/O, naming them", async () => {
  const cases: readonly [options: object, message: RegExp][] = [
    [{ port: 1, minDelay: 0 }, /RangeError: Cannot use minDelay 0/],
    [{ port: 1, maxDelay: NaN }, /RangeError: Cannot use maxDelay NaN/],
    [{ port: 1, maxAttempts: 0 }, /RangeError: Cannot use maxAttempts 0/],
    [{ port: 1, onAttempt: 7 }, /TypeError: Cannot use onAttempt 7/],
    [{ port: "1" }, /TypeError: Cannot use port "1"/],
  ];
  for (const [options, message] of cases) {
    assert.match(String(await rejection(reconnect(options as { port: number }, () => 1))), message);
  }
  const others: readonly [attempt: Promise<unknown>, message: RegExp][] = [
    [reconnect({ port: 1 }, undefined as never), /TypeError: Cannot reconnect without a handler/],
    [reconnect(7 as never, () => 1), /TypeError: Cannot use the address 7/],
    [reconnect("127.0.0.1:1", 7 as never, () => 1), /TypeError: Cannot use the options 7/],
    [reconnect("127.0.0.1:0", { minDelay: 1 }, () => 1), /RangeError: Cannot use port 0/],
    [reconnect("127.0.0.1:1", { minDelay: 0 }, () => 1), /RangeError: Cannot use minDelay 0/],
  ];
  for (const [attempt, message] of others) assert.match(String(await rejection(attempt)), message);
});
