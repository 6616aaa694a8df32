/** `examples/mini_redis.ts`, started with the line in its first comment, with the tools of the real Redis. */
import assert from "node:assert/strict";
import { connect } from "../mod.ts";
import { test } from "./harness.ts";
import { commandOf } from "./program.ts";
import { onDeno } from "./raw_peers.ts";
import { startRedis } from "./redis_server.ts";
import { needs, Running } from "./running.ts";

async function started(): Promise<{ server: Running; address: string; port: string }> {
  const server = Running.example(await commandOf("examples/mini_redis.ts"));
  const address = await server.printed(/listening on (127\.0\.0\.1:\d+)\n/);
  return { server, address, port: address.split(":")[1]! };
}

/** A session of `redis-cli`: what it prints. */
async function session(port: string | number, input: string, ...flags: string[]): Promise<string> {
  await using client = Running.command("redis-cli", "-p", String(port), ...flags);
  client.end(input);
  assert.equal(await client.ended(), 0, client.stdout);
  return client.stdout;
}

const SESSION = [
  ["PING", "ping hello", "ECHO x", "DBSIZE", "SET text one", "GET text", "GET none", "EXISTS text none text"],
  ["INCR count", "INCR count", "INCR text", "MSET a 1 b 2", "MSET a", "GET b", "DEL a b none"],
  ["RPUSH list c d", "LPUSH list b a", "LRANGE list 0 -1", "LRANGE list -2 9", "LRANGE list 3 1", "LLEN list"],
  ["LPOP list", "RPOP list", "RPOP list", "RPOP list", "RPOP list", "EXISTS list", "LPUSH text x"],
  ["SADD set x y x", "SADD set y", "HSET hash f 1 g 2", "HSET hash f", "HGET hash f", "HGET hash none", "HGET set f"],
  ['SET binary "\\x00\\xff\\r\\n"', "GET binary", "NONSENSE a", "GET", "GET a b", "__proto__", "toString", "DBSIZE"],
].flat().map((line) => `${line}\n`).join("");

if (onDeno) {
  const tools = needs({ "redis-cli": "redis-tools", "redis-benchmark": "redis-tools", "redis-server": "redis-server" });

  test("examples/mini_redis prints in redis-cli what a real Redis prints", tools, async () => {
    await using real = await startRedis();
    const { server, port } = await started();
    await using _server = server;
    const [own, wanted] = await Promise.all([port, real.port].map((one) => session(one, SESSION)));
    // What Redis has of the arguments behind an unknown command is left out.
    assert.equal(own, wanted!.replaceAll(/, with args beginning with: .*/g, ""));
    assert.equal(server.stderr, "");
  });

  test("examples/mini_redis lives through redis-benchmark without an error, also pipelined", tools, async () => {
    const { server, port } = await started();
    await using _server = server;
    const all = "ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,lrange,mset";
    for (const flags of [["-c", "20", "-n", "300"], ["-c", "3", "-n", "1000", "-P", "16"]]) {
      await using bench = Running.command("redis-benchmark", "-p", port, "--csv", ...flags, "-t", all);
      assert.equal(await bench.ended(), 0, bench.stdout);
      assert.equal(bench.stdout.match(/^"(PING|SET|GET|INCR|[LR]PUSH|[LR]POP|SADD|HSET|LRANGE|MSET)/gm)?.length, 17);
      assert.equal(bench.stderr, "");
    }
    assert.equal(server.stderr, "");
  });

  test("examples/mini_redis takes what redis-cli --pipe pours in", tools, async () => {
    const { server, port } = await started();
    await using _server = server;
    const words = Array.from({ length: 5_000 }, (_, i) => `*3\r\n$3\r\nSET\r\n$8\r\nkey:${1_000 + i}\r\n$2\r\nhi\r\n`);
    assert.match(await session(port, words.join(""), "--pipe"), /errors: 0, replies: 5000\n$/);
    assert.equal(await session(port, "DBSIZE\n"), "5000\n");
  });

  test("examples/mini_redis tells a client that speaks no RESP, and closes; an error is always one line", async () => {
    const { server, address } = await started();
    await using _server = server;
    const cases: [string, RegExp][] = [
      ["*1\r\n$x\r\n", /^-ERR Protocol error: expected '\$' and a length, got "\$x"\r\n$/],
      ["*-1\r\n", /^-ERR Protocol error: .*\r\n$/],
      ["*1\r\n$4\r\nPING\r\n*2\r\n+OK\r\n", /^\+PONG\r\n-ERR Protocol error: .*\r\n$/],
      ["*1\r\n$999999999\r\n", /^-ERR .*limit.*\r\n$/],
    ];
    for (const [sent, wanted] of cases) {
      await using client = await connect(address, { readTimeout: 20_000 });
      await client.writer.write(sent);
      assert.match(new TextDecoder().decode(await client.reader.readAll()), wanted);
    }
    await using client = await connect(address, { readTimeout: 20_000 });
    await client.writer.write("\r\n*0\r\n*1\r\n$9\r\nA\r\n+OK\r\nB\r\nPING\r\n");
    assert.equal(await client.reader.readLine(), "-ERR unknown command 'A  +OK  B'");
    assert.equal(await client.reader.readLine(), "+PONG");
    assert.equal(server.stderr, "");
  });
}
