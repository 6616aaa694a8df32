import assert from "node:assert/strict";
import type * as net from "node:net";
import { connect, type Connection, listen, type Listener } from "../mod.ts";
import { type ConnectionPair, connectionPair, expectNoLeaks } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { countsSockets, gone, onBun, onDeno, rawDial, RawServer, rejection, runtimes } from "./raw_peers.ts";

/** Long enough to see it, short enough to wait for. */
const patience = 20;

test("expectNoLeaks() returns what the body returned", async () => {
  assert.equal(await expectNoLeaks(() => 5), 5);
  assert.equal(await expectNoLeaks(() => Promise.resolve("text")), "text");
});

test("expectNoLeaks() passes an error of the body on as it is", async () => {
  const why = new Error("because");
  let pair: ConnectionPair | undefined;
  const failing = expectNoLeaks(() => {
    pair = connectionPair();
    throw why;
  }, { patience });
  assert.equal(await rejection(failing), why);
  await pair?.[Symbol.asyncDispose]();
});

for (const runtime of runtimes) {
  test(`expectNoLeaks() passes when everything was closed, ${runtime} sockets`, async () => {
    await expectNoLeaks(async () => {
      await using listener = await listen({ port: 0, runtime });
      const [server, client] = await Promise.all([listener.accept(), connect({ ...listener.address, runtime })]);
      await Promise.all([server.close(), client.close()]);
    });
  });

  test(`expectNoLeaks() finds a connection, what it waits for, and who opened it, ${runtime} sockets`, async () => {
    await using server = await RawServer.listen();
    let connection: Connection | undefined;
    const error = await rejection(expectNoLeaks(async function leaksHere() {
      connection = await connect({ port: server.port, runtime });
      connection.reader.readLine().catch(() => {});
    }, { patience }));
    assert.match(error.message, /^Cannot end: 1 connection(, \d sockets?)? left\n/);
    assert.match(
      error.message,
      /a connection from 127\.0\.0\.1:\d+ to 127\.0\.0\.1:\d+: open, for \d+ ms, readLine\(\) waits for \d+ ms/,
    );
    assert.match(error.message, /leaksHere/);
    connection!.abort();
  });

  test(`expectNoLeaks() finds a listener, ${runtime} sockets`, async () => {
    let listener: Listener | undefined;
    const leaky = expectNoLeaks(async () => {
      listener = await listen({ port: 0, runtime });
    }, { patience });
    assert.match((await rejection(leaky)).message, /1 listener.*\n {2}a listener on 127\.0\.0\.1:\d+/);
    await listener!.close();
  });
}

test("expectNoLeaks() finds a timeout that is armed", async () => {
  const pair = connectionPair();
  const leaky = expectNoLeaks(() => {
    pair.local.reader.read({ timeout: 60_000 }).catch(() => {});
  }, { patience });
  assert.equal((await rejection(leaky)).message, "Cannot end: 1 timeout left");
  await pair[Symbol.asyncDispose]();
});

// Without /proc Deno and Bun tell nothing of sockets that others opened.
if (countsSockets || !(onDeno || onBun)) {
  test("expectNoLeaks() finds a socket of node:net", async () => {
    const server = await RawServer.listen();
    let socket: net.Socket | undefined;
    const leaky = expectNoLeaks(async () => {
      socket = await rawDial({ port: server.port });
    }, { patience });
    assert.match((await rejection(leaky)).message, /^Cannot end: [12] sockets? left\n/);
    socket!.destroy();
    await gone(socket!);
    await server[Symbol.asyncDispose]();
  });
}

test("expectNoLeaks() ignores what was open before", async () => {
  await using pair = connectionPair();
  await using _listener = await listen({ port: 0 });
  await expectNoLeaks(() => {}, { patience });
  assert.ok(!pair.local.signal.aborted);
});

test("expectNoLeaks() waits for what is just about to go", async () => {
  await expectNoLeaks(() => {
    const pair = connectionPair();
    void Promise.all([pair.local.close(), pair.peer.close()]);
  });
});

test("expectNoLeaks() without a body looks at the end of an `await using` block", async () => {
  let pair: ConnectionPair | undefined;
  const block = async (): Promise<void> => {
    await using _leaks = expectNoLeaks({ patience });
    pair = connectionPair();
    await Promise.resolve();
  };
  await assert.rejects(block(), { message: /2 connections left/ });
  await pair![Symbol.asyncDispose]();
});

test("expectNoLeaks() checks its options first", () => {
  assert.throws(() => expectNoLeaks({ patience: 0 }), { name: "RangeError", message: /patience 0/ });
  assert.throws(() => expectNoLeaks(5 as never), { name: "TypeError", message: /options 5/ });
});
