/** A real server that this project did not write: what it sends, and how it goes away. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect, type Connection, ConnectionAbortedError, type RuntimeName } from "../mod.ts";
import { skipUnless, test } from "./harness.ts";
import { runtimes } from "./raw_peers.ts";
import { ask, hasRedis, receive, type RedisServer, send, startRedis } from "./redis_server.ts";

const TEN_MEGABYTES = 10_000_000;

/** Questions until the server has begun to work on a command: each is a round trip. */
const PATIENCE = 1_000;

const options = skipUnless(hasRedis, "redis-server is not installed (Debian: apt-get install redis-server)");

type Dial = () => Promise<Connection>;

function redisTest(name: string, body: (dial: Dial, server: RedisServer) => Promise<void>): void {
  for (const transport of ["TCP", "Unix"] as const) {
    for (const runtime of runtimes) {
      test(`redis: ${name}, over ${transport}, ${runtime} sockets`, options, async () => {
        await using server = await startRedis();
        await body(() => dial(server, transport, runtime), server);
      });
    }
  }
}

function dial({ port, path }: RedisServer, transport: "TCP" | "Unix", runtime: RuntimeName): Promise<Connection> {
  const limits = { runtime, readTimeout: 20_000 }; // A read that nobody wakes fails, and its server is ended.
  return connect(transport === "TCP" ? { port, ...limits } : { path, ...limits });
}

/** Waits until the server works on a command that never gets an answer: its bytes have been read then. */
async function untilBlocked(witness: Connection): Promise<void> {
  for (let i = 0; i < PATIENCE; i++) {
    const info = new TextDecoder().decode(await ask(witness, "INFO", "clients") as Uint8Array);
    if (info.includes("blocked_clients:1")) return;
  }
  throw new Error("Cannot block a client: redis does not count it");
}

/** A read that was cut short: its error, and that the connection is over for the same reason. */
async function assertCut(connection: Connection, error: unknown, reason: string): Promise<void> {
  assert.ok(ConnectionAbortedError.is(error), String(error));
  const { initiator, operation, bytesRead, partial, unsentBytes } = error;
  assert.equal(error.reason, reason);
  // An end inside a message has always the bytes that had come, also none of them.
  assert.equal(partial?.length, reason === "unexpected-end" ? 0 : undefined);
  assert.deepEqual(
    { initiator, operation, bytesRead, unsentBytes },
    { initiator: "peer", operation: "read", bytesRead: 0, unsentBytes: 0 },
  );
  assert.equal((await connection.closed).error?.reason, reason);
}

function patternBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // A linear congruential generator: no period that a buffer size could hide.
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

redisTest("PING is answered", async (dial) => {
  await using connection = await dial();
  assert.equal(await ask(connection, "PING"), "PONG");
});

redisTest("a value of 10 MB comes back byte for byte", async (dial) => {
  await using connection = await dial();
  const value = patternBytes(TEN_MEGABYTES);
  assert.equal(await ask(connection, "SET", "large", value), "OK");
  const back = await ask(connection, "GET", "large") as Uint8Array;
  assert.equal(back.length, TEN_MEGABYTES);
  const [wanted, got] = [value, back].map((bytes) => createHash("sha256").update(bytes).digest("hex"));
  assert.equal(got, wanted);
});

redisTest("SHUTDOWN NOSAVE during a blocking read is an unexpected end", async (dial, server) => {
  await using connection = await dial();
  await using witness = await dial();
  await send(connection, "BLPOP", "nobody-pushes-here", "0");
  const pending = receive(connection).catch((error: unknown) => error);
  await untilBlocked(witness);
  await send(witness, "SHUTDOWN", "NOSAVE");
  const error = await pending;
  await assertCut(connection, error, "unexpected-end");
  assert.equal(await witness.reader.read(), null);
  await server.gone;
});

redisTest("SIGKILL during a blocking read is an unexpected end", async (dial, server) => {
  await using connection = await dial();
  await using witness = await dial();
  await send(connection, "BLPOP", "nobody-pushes-here", "0");
  const pending = receive(connection).catch((error: unknown) => error);
  await untilBlocked(witness);
  server.kill("SIGKILL");
  const error = await pending;
  await assertCut(connection, error, "unexpected-end");
  assert.equal(await witness.reader.read(), null);
});

redisTest("SIGKILL before the command was read is a reset", async (dial, server) => {
  await using connection = await dial();
  server.kill("SIGSTOP");
  await send(connection, "BLPOP", "nobody-pushes-here", "0");
  await connection.writer.flush();
  const pending = receive(connection).catch((error: unknown) => error);
  server.kill("SIGKILL");
  const error = await pending;
  await assertCut(connection, error, "reset");
  assert.equal((error as ConnectionAbortedError).code, "ECONNRESET");
});
