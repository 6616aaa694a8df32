import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect, type Connection, formatAddress } from "../mod.ts";
import { connectionPair, record, script, type ScriptStep } from "../lib/testing/mod.ts";
import { skipUnless, test } from "./harness.ts";
import { ask, hasRedis, startRedis } from "./redis_server.ts";

const needsRedis = skipUnless(hasRedis, "redis-server is not installed (Debian: apt-get install redis-server)");

/** Bytes that are no UTF-8, a zero, and a line end inside. */
const BINARY = new Uint8Array([0, 255, 13, 10, 128, 34]);

/** The code under test: what it does depends on what the server says. */
async function converse(connection: Connection): Promise<unknown[]> {
  const results = [
    await ask(connection, "PING"),
    await ask(connection, "SET", "key", BINARY),
    await ask(connection, "GET", "key"),
    await ask(connection, "GET", "no such key"),
    await ask(connection, "INCR", "counter"),
  ];
  await connection.close();
  return results;
}

const RESULTS = ["PONG", "OK", BINARY, null, 1];

test("record() of a real Redis gives a script that replays it without Redis", needsRedis, async () => {
  const recording = record();
  {
    await using server = await startRedis();
    assert.deepEqual(await converse(await connect({ port: server.port, wrap: recording.wrap })), RESULTS);
  }
  await using replay = recording.toScript().connection();
  assert.deepEqual(await converse(replay.connection), RESULTS);
  // The file that the next test replays where there is no Redis: the same conversation.
  const kept = JSON.parse(await readFile(new URL("./recordings/redis.json", import.meta.url), "utf8"));
  assert.deepEqual(recording.toJSON(), kept);
});

test("record() as a file is replayed on a machine without Redis", async () => {
  const steps = JSON.parse(await readFile(new URL("./recordings/redis.json", import.meta.url), "utf8")) as ScriptStep[];
  await using replay = script(steps).connection();
  assert.deepEqual(await converse(replay.connection), RESULTS);
  await using server = await script(steps).listen();
  assert.deepEqual(await converse(await connect(formatAddress(server.address))), RESULTS);
});

test("record() of a conversation fails the replay of another one", async () => {
  const steps = JSON.parse(await readFile(new URL("./recordings/redis.json", import.meta.url), "utf8")) as ScriptStep[];
  const replay = script(steps).connection();
  await assert.rejects(ask(replay.connection, "PONG"), { reason: "reset" });
  await assert.rejects(replay.done(), { message: /step 1: expected .* different at byte 9/ });
});

test("Recording.toSource() is the same script as TypeScript", async () => {
  const recording = record();
  await using pair = connectionPair({ wrap: recording.wrap });
  const { local, peer } = pair;
  await local.writer.write('say "hi"\r\n');
  await peer.reader.readLine();
  await peer.writer.write(BINARY);
  await local.reader.readExactly(BINARY.length);
  await Promise.all([local.close(), peer.close()]);
  const source = recording.toSource();
  assert.equal(
    source,
    [
      "script([",
      '  { expect: "say \\"hi\\"\\r\\n" },',
      '  { send: { base64: "AP8NCoAi" } },',
      "  { expectEnd: true },",
      "  { closeWrite: true },",
      "])",
    ].join("\n"),
  );
  const made = new Function("script", `return ${source}`)(script) as ReturnType<typeof script>;
  assert.deepEqual(made.toJSON(), recording.toJSON());
});

test("Recording joins what was written or read in a row, however it was cut", async () => {
  const recording = record();
  await using pair = connectionPair({ wrap: recording.wrap });
  for (const char of "question") {
    await pair.local.writer.write(char);
    await pair.local.writer.flush();
  }
  await pair.peer.reader.readExactly(8);
  for (const char of "answer") {
    await pair.peer.writer.write(char);
    await pair.peer.writer.flush();
    await pair.local.reader.read();
  }
  assert.deepEqual(recording.toJSON(), [{ expect: "question" }, { send: "answer" }]);
});

test("Recording notes a reset of the peer, once", async () => {
  const recording = record();
  await using pair = connectionPair({ wrap: recording.wrap });
  pair.peer.abort();
  await assert.rejects(pair.local.reader.read(), { reason: "reset" });
  assert.deepEqual(recording.toJSON(), [{ reset: true }]);
});

test("Recording does not take a second connection", () => {
  const recording = record();
  const pair = connectionPair({ wrap: recording.wrap });
  assert.throws(() => connectionPair({ wrap: recording.wrap }), { name: "TypeError", message: /a second connection/ });
  pair.local.abort();
  pair.peer.abort();
});
