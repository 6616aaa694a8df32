/** Whose certificate it must be: the hostname that was dialled, or `serverName`; never nobody's. */
import assert from "node:assert/strict";
import { connect, Connection, ConnectionAbortedError, fromDeno, fromNode, fromWeb, listen } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { onBun, onDeno, rawDial, rejection, runtimes } from "./raw_peers.ts";

interface Ends {
  readonly mine: Connection;
  readonly server: Connection;
}

async function accepted(dial: (port: number) => Promise<Connection>): Promise<Ends> {
  await using listener = await listen({ port: 0 });
  const { port } = listener.address as { port: number };
  const [server, mine] = await Promise.all([listener.accept(), dial(port)]);
  return { mine, server };
}

/** Every way to a connection that nobody dialled by a name. */
const adopted: Record<string, () => Promise<Ends>> = {
  "fromNode()": () => accepted(async (port) => fromNode(await rawDial({ port }))),
  "new Connection()": () => {
    const [here, there] = memoryPair();
    return Promise.resolve({ mine: new Connection(here), server: new Connection(there) });
  },
  "fromWeb()": () => {
    const [up, down] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()];
    return Promise.resolve({
      mine: fromWeb({ readable: down.readable, writable: up.writable }),
      server: fromWeb({ readable: up.readable, writable: down.writable }),
    });
  },
  ...onDeno && {
    "fromDeno()": () => accepted(async (port) => fromDeno(await Deno.connect({ hostname: "127.0.0.1", port }))),
  },
};

const answer = (server: Connection): Promise<unknown> =>
  server.startTls({ role: "server", ...certificates().localhost }).catch((error: unknown) => error);

async function talk({ mine, server }: Ends): Promise<void> {
  await mine.writer.write("question\n");
  assert.equal(await server.reader.readLine(), "question");
  await Promise.all([mine.close(), server.close()]);
}

for (const [door, open] of onBun || needsOpenssl.skip ? [] : Object.entries(adopted)) {
  test(`R07: startTls() of ${door} without serverName is a TypeError, and harms nothing`, async () => {
    const ends = await open();
    const error = await rejection(ends.mine.startTls({ caCerts: [certificates().ca], timeout: 500 }));
    assert.match(String(error), /^TypeError: Cannot start TLS without serverName/);
    assert.equal(ends.mine.bytesWritten, 0);
    await talk(ends);
  });

  test(`R07: startTls() of ${door} refuses a certificate that is not for serverName`, async () => {
    const { mine, server } = await open();
    const answering = answer(server);
    const error = await rejection(mine.startTls({ serverName: "other.example", caCerts: [certificates().ca] }));
    assert.ok(ConnectionAbortedError.is(error), String(error));
    assert.deepEqual([error.reason, error.operation], ["tls", "startTls"]);
    assert.match(error.message, /the peer's certificate is for another name/);
    await answering;
    server.abort();
    await Promise.all([mine.closed, server.closed]);
  });

  test(`startTls() of ${door} takes a certificate for serverName`, async () => {
    const ends = await open();
    const answering = answer(ends.server);
    await ends.mine.startTls({ serverName: "localhost", caCerts: [certificates().ca] });
    await answering;
    await talk(ends);
  });
}

for (const runtime of onBun || needsOpenssl.skip ? [] : runtimes) {
  test(`startTls() asks for the hostname that was dialled, runtime "${runtime}"`, async () => {
    const trusting = { caCerts: [certificates().ca] };
    const named = await accepted((port) => connect({ hostname: "localhost", port, runtime }));
    await Promise.all([answer(named.server), named.mine.startTls(trusting)]);
    await talk(named);
    // The same server, by its address: the certificate is not for that.
    const numbered = await accepted((port) => connect(`127.0.0.1:${port}`, { runtime }));
    const answering = answer(numbered.server);
    assert.match((await rejection(numbered.mine.startTls(trusting))).message, /is for another name/);
    await answering;
    numbered.server.abort();
    await Promise.all([numbered.mine.closed, numbered.server.closed]);
  });

  test(`startTls() of what was accepted needs a serverName, runtime "${runtime}"`, async () => {
    const { mine, server } = await accepted((port) => connect({ port, runtime }));
    assert.match(String(await rejection(server.startTls())), /^TypeError: Cannot start TLS without serverName/);
    await talk({ mine, server });
  });
}
