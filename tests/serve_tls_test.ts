import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type Address,
  connect,
  ConnectError,
  type Connection,
  type ConnectOptions,
  serve,
  type ServeOptions,
  type Server,
} from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import {
  countsSockets,
  fate,
  gone,
  onBun,
  openSockets,
  rawDial,
  rejection,
  runtimes,
  temporaryFolder,
  until,
} from "./raw_peers.ts";

function portOf({ address }: { address: Address }): number {
  return (address as { port: number }).port;
}

for (const runtime of onBun || needsOpenssl.skip ? [] : runtimes) {
  /** A server of echoes; its clients, and what it was told went wrong. */
  const serving = async (
    options: ServeOptions = {},
  ): Promise<{ server: Server; errors: unknown[]; handled: Connection[]; dial(): Promise<Connection> }> => {
    const { ca, localhost } = certificates();
    const errors: unknown[] = [];
    const handled: Connection[] = [];
    const where = options.path === undefined ? { port: 0 } : {};
    const all = { ...where, runtime, tls: localhost, onError: (error: unknown) => void errors.push(error), ...options };
    const server = await serve(all, async (connection) => {
      handled.push(connection);
      for await (const line of connection.reader.lines()) await connection.writer.write(`${line}\n`);
    });
    const to = { ...server.address, runtime, tls: { caCerts: [ca], serverName: "localhost" } } as ConnectOptions;
    return { server, errors, handled, dial: () => connect(to) };
  };

  const talk = async (connection: Connection): Promise<void> => {
    await connection.writer.write("hello\n");
    assert.equal(await connection.reader.readLine(), "hello");
    assert.equal((await connection.close()).clean, true);
  };

  test(`TL26: serve({ tls }) runs a handler for each client, TCP and Unix, runtime "${runtime}"`, async () => {
    await using folder = await temporaryFolder();
    for (const options of [{}, { path: folder.path("tls") }]) {
      const { server, errors, dial } = await serving(options);
      await using _server = server;
      await Promise.all(Array.from({ length: 10 }, async () => talk(await dial())));
      assert.deepEqual(errors, []);
    }
  });

  test(
    `TL28: serve({ tls }) tells onError once of a handshake that failed, and runs no handler, runtime "${runtime}"`,
    async () => {
      const { server, errors, handled, dial } = await serving();
      await using _server = server;
      const peer = await rawDial({ port: portOf(server) });
      peer.write("GET / HTTP/1.1\r\n\r\n");
      await fate(peer);
      peer.destroy();
      await until(() => errors.length > 0, "the error");
      await talk(await dial());
      const [error, ...others] = errors;
      assert.deepEqual(others, []);
      assert.ok(ConnectError.is(error), String(error));
      assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "handshake", "peer"]);
      assert.equal(error.remoteAddress?.transport, "tcp");
      assert.equal(handled.length, 1);
    },
  );

  for (
    const [title, act, reason] of [
      ["ends the stream", "end", "tls"],
      ["resets", "resetAndDestroy", "reset"],
    ] as const
  ) {
    test(`serve({ tls }) says "${reason}" of a client that ${title} in the handshake, runtime "${runtime}"`, async () => {
      const { server, errors } = await serving();
      await using _server = server;
      const peer = await rawDial({ port: portOf(server) });
      peer.write(Uint8Array.of(22, 3, 1)); // The first bytes of a ClientHello.
      await until(() => peer.bytesWritten === 3, "they are sent");
      await new Promise((resolve) => setTimeout(resolve, 5));
      peer[act]();
      await until(() => errors.length > 0, "the error");
      peer.destroy();
      const [error] = errors as ConnectError[];
      assert.deepEqual([error?.reason, error?.operation], [reason, "handshake"]);
    });
  }

  test(`serve({ tls }) survives an onError that throws, runtime "${runtime}"`, async () => {
    let told = 0;
    const { error: print } = console;
    const printed: unknown[] = [];
    console.error = (message) => void printed.push(message);
    try {
      const options = {
        onError(): void {
          told++;
          throw new Error("on error");
        },
      };
      const { server, dial } = await serving(options);
      await using _server = server;
      const peer = await rawDial({ port: portOf(server) });
      peer.write("garbage\r\n");
      await fate(peer);
      peer.destroy();
      await until(() => told === 1, "the error was told");
      await talk(await dial());
      assert.match(String(printed), /on error/);
    } finally {
      console.error = print;
    }
  });

  test(`serve({ tls }) prints neither a handshake that failed nor a client that went away, runtime "${runtime}"`, async () => {
    const { error: print } = console;
    const printed: unknown[] = [];
    console.error = (...args: unknown[]) => void printed.push(...args);
    try {
      const bug = new Error("a bug");
      const server = await serve({ port: 0, runtime, tls: certificates().localhost }, async ({ reader }) => {
        if (await reader.readLine({ required: true }) === "bug") throw bug;
        await reader.readLine({ required: true });
      });
      const to = { ...server.address, runtime, tls: { caCerts: [certificates().ca], serverName: "localhost" } };
      const peer = await rawDial({ port: portOf(server) });
      peer.write("GET / HTTP/1.1\r\n\r\n");
      await fate(peer);
      peer.destroy();
      for (const line of ["hello", "bug"]) {
        const client = await connect(to as ConnectOptions);
        await client.writer.write(`${line}\n`);
        await client.writer.flush();
        if (line === "hello") client.abort();
        else await client.reader.read().catch(() => {});
        await until(() => server.connections.size === 0, "it is over");
        client.abort();
      }
      await server.shutdown();
      assert.deepEqual(printed, [bug]);
    } finally {
      console.error = print;
    }
  });

  test(`serve({ tls }) does not let clients that say nothing hold up others, runtime "${runtime}"`, async () => {
    const { server, dial } = await serving();
    await using _server = server;
    const silent = await Promise.all(Array.from({ length: 20 }, () => rawDial({ port: portOf(server) })));
    await talk(await dial());
    for (const peer of silent) peer.destroy();
    await Promise.all(silent.map(gone));
  });

  test(`serve({ tls }) bounds a handshake by handshakeTimeout, runtime "${runtime}"`, async () => {
    const { server, errors } = await serving({ handshakeTimeout: 30 });
    await using _server = server;
    const peer = await rawDial({ port: portOf(server) });
    await fate(peer);
    peer.destroy();
    await until(() => errors.length > 0, "the error");
    const [error] = errors as ConnectError[];
    assert.deepEqual([error?.reason, error?.operation, error?.initiator], ["timeout", "handshake", "local"]);
    assert.match(error!.message, /the client has not shaken hands within 30 ms .*raise handshakeTimeout/);
  });

  test(`serve({ tls }) has at most maxPendingHandshakes going on, runtime "${runtime}"`, async () => {
    const { server, dial } = await serving({ maxPendingHandshakes: 1 });
    await using _server = server;
    const silent = await rawDial({ port: portOf(server) });
    await new Promise((resolve) => setTimeout(resolve, 5));
    let connected = false;
    const dialling = dial().then((connection) => {
      connected = true;
      return connection;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(connected, false);
    silent.destroy();
    await talk(await dialling);
  });

  test(`server.shutdown() lets go of handshakes that go on, and of everything, runtime "${runtime}"`, async () => {
    const before = countsSockets ? openSockets() : 0;
    const { server, errors, dial } = await serving();
    const silent = await Promise.all(Array.from({ length: 3 }, () => rawDial({ port: portOf(server) })));
    await talk(await dial());
    const ended = silent.map(fate);
    await server.shutdown();
    await Promise.all(ended);
    for (const peer of silent) peer.destroy();
    assert.deepEqual(errors, []);
    if (countsSockets) await until(() => openSockets() <= before, "every socket closed");
  });

  test(`serve({ tls }) hears of a client that cuts the stream, runtime "${runtime}"`, async () => {
    const { server, errors, dial, handled } = await serving();
    await using _server = server;
    const connection = await dial();
    await connection.writer.write("hello\n");
    assert.equal(await connection.reader.readLine(), "hello");
    connection.abort();
    await once(handled[0]!.signal, "abort").catch(() => {});
    await until(() => errors.length > 0, "the error");
    assert.ok(["tls", "reset"].includes((errors[0] as { reason: string }).reason), String(errors[0]));
  });
}

for (
  const [options, message] of [
    [{ tls: {} }, /TypeError: Cannot be a TLS server without cert and key/],
    [{ tls: { cert: "x" } }, /TypeError: Cannot use cert without key/],
    [{ tls: { cert: 7, key: "x" } }, /TypeError: Cannot use cert/],
    [{ handshakeTimeout: 0 }, /RangeError: Cannot use handshakeTimeout 0/],
    [{ maxPendingHandshakes: 0 }, /RangeError: Cannot use maxPendingHandshakes 0/],
  ] as const
) {
  test(`serve() refuses ${JSON.stringify(options)} before any I/O`, async () => {
    const error = await rejection(serve({ port: 0, ...options } as ServeOptions, () => {}));
    assert.match(String(error), message);
  });
}
