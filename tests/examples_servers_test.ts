/** The example servers, started with exactly the line in their first comment, with real clients. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { connect } from "../mod.ts";
import { test } from "./harness.ts";
import { commandOf } from "./program.ts";
import { onDeno } from "./raw_peers.ts";
import { needs, Running } from "./running.ts";

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Starts a server; it says where it listens. */
async function started(example: string): Promise<{ server: Running; address: string; port: string }> {
  const server = Running.example(await commandOf(example));
  const address = await server.printed(/listening on (127\.0\.0\.1:\d+)\n/);
  return { server, address, port: address.split(":")[1]! };
}

if (onDeno) {
  const peers = needs({ nc: "netcat-openbsd", socat: "socat" });

  test("examples/echo_server sends 20 MB back to nc and ends when nc has half-closed", peers, async () => {
    const { server, port } = await started("examples/echo_server.ts");
    await using _server = server;
    await using nc = Running.command("nc", "-N", "127.0.0.1", port);
    const sent = randomBytes(20_000_000);
    nc.end(sent);
    assert.equal(await nc.ended(), 0);
    assert.equal(hash(nc.bytes), hash(sent));
  });

  test("examples/echo_server survives clients that are killed, reset or silent", peers, async () => {
    const { server, address, port } = await started("examples/echo_server.ts");
    await using _server = server;
    await using killed = Running.command("nc", "127.0.0.1", port);
    await killed.say(randomBytes(100_000));
    await killed.printed(/[^]/);
    killed.kill("SIGKILL");
    await killed.ended();
    const reset = await connect(address, { runtime: "node" });
    await reset.writer.write("half");
    reset.abort();
    await using silent = await connect(address);
    await using client = await connect(address);
    await client.writer.write("still there?");
    assert.equal((await client.reader.readExactly(12, { timeout: 10_000 })).length, 12);
    await silent.writer.closeWrite();
    assert.equal(await silent.reader.read({ timeout: 10_000 }), null);
    assert.equal(server.stderr, "");
  });

  test(
    "examples/line_chat passes what each says to the others, with names, and who comes and goes",
    peers,
    async () => {
      const { server, port } = await started("examples/line_chat.ts");
      await using _server = server;
      await using ada = Running.command("nc", "-N", "127.0.0.1", port);
      await ada.say("Ada\n");
      await ada.printed(/^What is your name\?\n\* Ada has come, 1 here\n$/);
      await using bob = Running.command("socat", "-", `TCP:127.0.0.1:${port}`);
      await bob.say("Bob\r\n");
      await ada.printed(/\* Bob has come, 2 here\n$/);
      await bob.say("hello \x1b[2J everybody\r\n");
      await ada.printed(/\nBob: hello {2}\[2J everybody\n$/);
      await ada.say("hello Bob\n");
      await bob.printed(/\* Bob has come, 2 here\nAda: hello Bob\n$/);
      bob.kill("SIGKILL");
      await ada.printed(/\* Bob has gone, 1 here\n$/);
      assert.equal(server.stderr, "");
    },
  );

  test("examples/line_chat lets go of who sends an endless line or does not read, and nobody else", async () => {
    const { server, address } = await started("examples/line_chat.ts");
    await using _server = server;
    const join = async (name: string) => {
      const member = await connect(address, { readTimeout: 20_000 });
      await member.writer.write(`${name}\n`);
      assert.equal(await member.reader.readLine(), "What is your name?");
      return member;
    };
    await using ada = await join("Ada");
    await using endless = await join("Eve");
    await using _deaf = await join("Dan");
    await using speaker = await join("Sue");
    await endless.writer.write("x".repeat(3_000));
    await ada.reader.skipUntil("* Eve has gone");
    let deafHasGone = false;
    const reading = ada.reader.skipUntil("* Dan has gone").then(() => deafHasGone = true);
    // Far more than the kernel holds for somebody who does not read.
    for (let i = 0; i < 20_000 && !deafHasGone; i++) await speaker.writer.write(`${"y".repeat(1_900)}\n`);
    await reading;
    await speaker.writer.write("are you there?\n");
    await ada.reader.skipUntil("Sue: are you there?");
    assert.match(server.stderr, /^127\.0\.0\.1:\d+: Cannot read a line.*limit/);
    assert.match(server.stderr, /\n127\.0\.0\.1:\d+: .*the peer took no byte for 2\.\d s/);
  });

  test("examples/graceful_shutdown answers what is under way, takes nothing new, exits with 0", async () => {
    const { server, address } = await started("examples/graceful_shutdown.ts");
    await using _server = server;
    await using busy = await connect(address, { readTimeout: 20_000 });
    await using idle = await connect(address, { readTimeout: 20_000 });
    await idle.writer.write("0\n");
    assert.equal(await idle.reader.readLine(), "worked for 0 ms");
    // With the first answer the second request has begun, and the third is waiting.
    await busy.writer.write("0\n1000\n0\n");
    assert.equal(await busy.reader.readLine(), "worked for 0 ms");
    await idle.writer.write("half a requ");
    server.kill("SIGTERM");
    assert.equal(await idle.reader.read(), null);
    await idle.close();
    assert.equal(await busy.reader.readLine({ required: true }), "worked for 1000 ms");
    assert.equal(await busy.reader.read(), null); // The third had not begun.
    await busy.close();
    assert.equal(await server.ended(), 0);
    assert.match(server.stdout, /\nstopped: 2 finished, 0 aborted, 0 failed\n$/);
    await assert.rejects(connect(address), { reason: "refused" });
  });

  test("examples/graceful_shutdown gives up on the second signal, and exits with 1", async () => {
    const { server, address } = await started("examples/graceful_shutdown.ts");
    await using _server = server;
    await using busy = await connect(address, { readTimeout: 20_000 });
    await using soon = await connect(address, { readTimeout: 20_000 });
    for (const [client, ms] of [[busy, 60_000], [soon, 4_000]] as const) {
      await client.writer.write(`0\n${ms}\n`);
      assert.equal(await client.reader.readLine(), "worked for 0 ms");
    }
    await soon.writer.closeWrite(); // Left alone, this one would be finished before the first signal's time is over.
    server.kill("SIGTERM");
    await server.printed(/stopping: 2 connections\n/);
    server.kill("SIGTERM");
    assert.equal(await server.ended(), 1);
    assert.match(server.stdout, /stopped: 0 finished, 2 aborted, 0 failed\n$/);
  });
}
