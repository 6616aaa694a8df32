/** `examples/redis.ts` with a real server, which is killed in the middle. Under Deno only. */
import assert from "node:assert/strict";
import { connect, ConnectError, ConnectionAbortedError } from "@hawser/net";
import { Redis, RedisError } from "../examples/redis.ts";
import { skipUnless, test } from "./harness.ts";
import { commandOf, runProgram } from "./program.ts";
import { onDeno } from "./raw_peers.ts";
import { hasRedis, type RedisServer, startRedis } from "./redis_server.ts";

const options = skipUnless(hasRedis, "redis-server is not installed (Debian: apt-get install redis-server)");

/** A client of whichever server there is at the moment. */
function clientOf(current: { server: RedisServer }): Redis {
  return new Redis(() => connect({ port: current.server.port, readTimeout: 20_000 }));
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error) => error);
  assert.ok(ConnectionAbortedError.is(error), `${error}`);
  return error.reason;
}

if (onDeno) {
  test("examples/redis gives every command its own reply, also when they overlap", options, async () => {
    await using server = await startRedis();
    await using redis = clientOf({ server });
    assert.equal(await redis.command("SET", "größe", "é\r\n✓"), "OK");
    const [text, number, list, none, refused] = await Promise.allSettled([
      redis.command("GET", "größe"),
      redis.command("INCR", "n"),
      redis.command("MGET", "größe", "n", "missing"),
      redis.command("GET", "missing"),
      redis.command("INCR", "größe"),
    ]);
    assert.deepEqual([text, number, list, none].map((reply) => reply.status === "fulfilled" && reply.value), [
      "é\r\n✓",
      1,
      ["é\r\n✓", "1", null],
      null,
    ]);
    assert.ok(refused.status === "rejected" && refused.reason instanceof RedisError);
    assert.equal(await redis.command("PING"), "PONG");
  });

  test("examples/redis tells each command of a server that was killed, and dials the next one", options, async () => {
    const current = { server: await startRedis() };
    await using redis = clientOf(current);
    await redis.command("PING");
    const waiting = ["a", "b", "c"].map((key) => reasonOf(redis.command("BLPOP", key, "0")));
    await using witness = clientOf(current);
    while (!String(await witness.command("INFO", "clients")).includes("blocked_clients:1"));
    await current.server[Symbol.asyncDispose]();
    for (const reason of await Promise.all(waiting)) assert.match(reason, /^(?:unexpected-end|reset|closed)$/);
    await assert.rejects(redis.command("PING"), ConnectError);
    await using next = await startRedis();
    current.server = next;
    assert.equal(await redis.command("PING"), "PONG");
  });

  test("examples/redis runs with the line in its first comment", options, async () => {
    await using server = await startRedis();
    const [...command] = await commandOf("examples/redis.ts");
    command[command.length - 1] = `127.0.0.1:${server.port}`;
    const { code, stdout, stderr } = await runProgram(command);
    assert.deepEqual([code, stdout], [0, "PONG\n"], stderr);
  });
}
