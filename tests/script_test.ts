import assert from "node:assert/strict";
import { connect, type Connection, formatAddress } from "../mod.ts";
import { excerpt } from "../lib/testing/script/excerpt.ts";
import { expectNoLeaks, script } from "../lib/testing/mod.ts";
import { letBlock } from "./conformance/steps.ts";
import { test } from "./harness.ts";
import { rejection, runtimes } from "./raw_peers.ts";
import { virtually } from "./virtual_time.ts";

/** Sends a text and lets go: what `done()` then says is about the script. */
async function say(connection: Connection, text: string): Promise<void> {
  await connection.writer.write(text);
  await connection.writer.flush();
}

/** What `done()` says of a script that short patience is enough for. */
async function complaint(peer: { done(): Promise<void> }): Promise<string> {
  return (await rejection(peer.done())).message;
}

test("script() sends what it was told, in order", async () => {
  await using peer = script().send("one\n").send(new Uint8Array([116, 119, 111, 10])).send({ base64: "AAE=" })
    .connection();
  const { reader } = peer.connection;
  assert.equal(await reader.readLine(), "one");
  assert.equal(await reader.readLine(), "two");
  assert.deepEqual(await reader.readExactly(2), new Uint8Array([0, 1]));
});

test("script() takes the expected bytes in pieces of any size, and answers", async () => {
  await using peer = script().expect("PING\r\n").send("+PONG\r\n").expect("QUIT\r\n").connection();
  const { reader, writer } = peer.connection;
  for (const char of "PING\r\nQUIT\r\n") await say(peer.connection, char);
  assert.equal(await reader.readLine(), "+PONG");
  await writer.flush();
});

test("script() names the step and the byte where something else came, without waiting for the rest", async () => {
  const peer = script().expect("HELLO\r\n").send("hi\r\n").expect("PING\r\n").connection();
  await say(peer.connection, "HELLO\r\nPO");
  assert.equal(
    await complaint(peer),
    'Cannot follow the script: step 3: expected "PING\\r\\n", got "PO", different at byte 1',
  );
});

test("script() resets the connection when something else came, so that nobody waits for an answer", async () => {
  const peer = script().expect("PING\r\n").send("+PONG\r\n").connection();
  await say(peer.connection, "PING\n");
  await assert.rejects(peer.connection.reader.readLine(), { reason: "reset" });
  await assert.rejects(peer.done(), { message: /step 1: .*different at byte 4/ });
});

test("script() says its name", async () => {
  const peer = script([{ expect: "x" }], { name: "redis" }).connection();
  await say(peer.connection, "y");
  assert.match(await complaint(peer), /^Cannot follow the script "redis": step 1: /);
});

test("script() shows bytes that cannot be printed, and no more than a line of them", () => {
  assert.equal(excerpt(new Uint8Array([0, 9, 10, 13, 34, 92, 65, 255])), '"\\x00\\t\\n\\r\\"\\\\A\\xff"');
  assert.equal(excerpt(new Uint8Array(49).fill(97)), `"${"a".repeat(48)}…"`);
});

test("script() matches lines by text, pattern and function", async () => {
  await using peer = script().expectLine("one").expectLine(/^t.o$/).expectLine((line) => line.length === 5)
    .connection();
  await say(peer.connection, "one\ntwo\r\nthree\n");
});

for (
  const [wanted, message] of [
    ["one", 'expected the line "one", got the line "two"'],
    [/^o/, 'expected a line that matches /^o/, got the line "two"'],
    [function isOne(line: string) {
      return line === "one";
    }, 'expected a line that satisfies isOne, got the line "two"'],
  ] as const
) {
  test(`script() says which line did not fit: ${message}`, async () => {
    const peer = script().expectLine(wanted).connection();
    await say(peer.connection, "two\n");
    assert.equal(await complaint(peer), `Cannot follow the script: step 1: ${message}`);
  });
}

test("script() takes the end of the stream where it expects it, and half-closes", async () => {
  await using peer = script().expect("all").expectEnd().send("thanks").closeWrite().connection();
  const { reader, writer } = peer.connection;
  await writer.write("all");
  await writer.closeWrite();
  assert.equal(new TextDecoder().decode(await reader.readAll()), "thanks");
});

test("script() fails when the end of the stream comes too early, and when it does not come", async () => {
  const early = script().expect("PING").connection();
  await say(early.connection, "PI");
  await early.connection.writer.closeWrite();
  assert.match(await complaint(early), /step 1: expected "PING", got the end of the stream after 2 of 4 bytes$/);
  const never = script().expectEnd().connection();
  await say(never.connection, "more");
  assert.match(await complaint(never), /step 1: expected the end of the stream, got "more"$/);
  const line = script().expectLine("x").connection();
  await line.connection.writer.closeWrite();
  assert.match(await complaint(line), /step 1: expected the line "x", got the end of the stream$/);
});

test("script() resets, and closes in order", async () => {
  await using reset = script().reset().connection();
  await assert.rejects(reset.connection.reader.read(), { reason: "reset", initiator: "peer" });
  await using closed = script().close().connection();
  assert.equal(await closed.connection.reader.read(), null);
  await closed.connection.close();
});

test("script() fails when it was not used up, naming the step", async () => {
  const peer = script([], { patience: 10 }).send("hi").expect("PING\r\n").send("+PONG\r\n").connection();
  assert.equal(
    await complaint(peer),
    'Cannot follow the script: step 2 of 3 (expect "PING\\r\\n") was not used up',
  );
});

test("script() fails when more came than it expects", async () => {
  const peer = script().expect("PING\r\n").connection();
  await say(peer.connection, "PING\r\nPING\r\n");
  assert.equal(
    await complaint(peer),
    'Cannot follow the script: nothing more was expected after step 1, got "PING\\r\\n"',
  );
});

test("script() goes on with steps that are added while it is played", async () => {
  const growing = script().expect("one\n").send("1\n");
  await using peer = growing.connection();
  await say(peer.connection, "one\n");
  assert.equal(await peer.connection.reader.readLine(), "1");
  await letBlock(); // The script is at its end by now.
  growing.send("more\n").expect("two\n").send("2\n");
  assert.equal(await peer.connection.reader.readLine(), "more");
  await say(peer.connection, "two\n");
  assert.equal(await peer.connection.reader.readLine(), "2");
});

test("script() says goodbye when the other end does, behind the last step", async () => {
  await using peer = script().expect("QUIT\n").connection();
  await say(peer.connection, "QUIT\n");
  const { clean, peerEnded } = await peer.connection.close();
  assert.ok(clean && peerEnded);
});

test("script() waits on the time of the library, also a virtual one", async () => {
  const elapsed = await virtually(async () => {
    const peer = script().wait(1_000).send("one").wait(60_000).send("two").connection();
    assert.equal(new TextDecoder().decode(await peer.connection.reader.readExactly(6)), "onetwo");
    await peer.done();
  });
  assert.equal(elapsed, 61_000);
});

test("script() leaves nothing behind, also when it was not followed", async () => {
  await expectNoLeaks(async () => {
    const peer = script([], { patience: 5 }).wait(3_600_000).connection();
    await assert.rejects(peer.done(), { message: /step 1 of 1 \(wait 3600000 ms\) was not used up/ });
  });
});

for (const runtime of runtimes) {
  test(`script() plays on a real socket, one connection after the other, ${runtime} sockets`, async () => {
    const steps = script().expectLine("one").reset().accept().expectLine("two").send("2\n");
    await using server = await steps.listen({ port: 0, runtime });
    const first = await connect(formatAddress(server.address), { runtime });
    await say(first, "one\n");
    await first.reader.read().catch(() => null); // Deno's own sockets cannot send the reset.
    first.abort();
    const second = await connect(formatAddress(server.address), { runtime });
    await say(second, "two\n");
    assert.equal(await second.reader.readLine(), "2");
    second.abort();
  });
}

test("script() cannot accept in memory", async () => {
  assert.throws(() => script().accept().connection(), { name: "TypeError", message: /use listen\(\)$/ });
  const growing = script([], { patience: 10 });
  const peer = growing.connection();
  growing.accept();
  peer.connection.abort();
  assert.match(await complaint(peer), /step 1 of 1 \(accept the next connection\): TypeError: .* use listen\(\)$/);
});

test("script() that nobody dials was not used up", async () => {
  const server = await script([{ send: "hi" }], { patience: 10 }).listen();
  assert.match(await complaint(server), /step 1 of 1 \(send "hi"\) was not used up$/);
});

test("script() refuses what is no step, before it is played", () => {
  assert.throws(() => script([{} as never]), { name: "TypeError", message: /with nothing/ });
  assert.throws(() => script([{ expct: "x" } as never]), {
    name: "TypeError",
    message: /with expct: want one of expect/,
  });
  assert.throws(() => script().wait(0), { name: "RangeError", message: /wait 0/ });
  assert.throws(() => script().send(5 as never), { name: "TypeError", message: /Cannot send what is neither/ });
  assert.throws(() => script([], { patience: -1 }), { name: "RangeError", message: /patience -1/ });
  assert.throws(() => script([], { name: 5 as never }), { name: "TypeError", message: /name 5/ });
});
