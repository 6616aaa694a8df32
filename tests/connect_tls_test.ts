import assert from "node:assert/strict";
import { once } from "node:events";
import process from "node:process";
import * as tls from "node:tls";
import {
  type Address,
  connect,
  ConnectError,
  type Connection,
  ConnectionAbortedError,
  type ConnectOptions,
  listen,
  serve,
  type Server,
  type TlsOptions,
} from "../mod.ts";
import { certificates, type Identity, needsOpenssl } from "./certificates.ts";
import { runChild } from "./child.ts";
import { test } from "./harness.ts";
import {
  countsSockets,
  fate,
  onBun,
  onDeno,
  openSockets,
  RawServer,
  rejection,
  runtimes,
  temporaryFolder,
  until,
} from "./raw_peers.ts";

/** Answers each line with itself. */
async function echo(connection: Connection): Promise<void> {
  for await (const line of connection.reader.lines()) await connection.writer.write(`${line}\n`);
}

/** A server that talks TLS, on a port or a path; who does not trust it is not its business. */
function server(identity: TlsOptions, where: { path: string } | { port: 0 } = { port: 0 }): Promise<Server> {
  return serve({ runtime: "node", ...where, tls: identity, onError: () => {} }, echo);
}

function portOf({ address }: { address: Address }): number {
  return (address as { port: number }).port;
}

async function talk(connection: Connection): Promise<void> {
  await connection.writer.write("hello\n");
  assert.equal(await connection.reader.readLine(), "hello");
}

interface Case {
  readonly title: string;
  readonly identity: Identity;
  readonly hostname: string;
  readonly tls: TlsOptions;
  /** What the message says; `undefined` where it is accepted. */
  readonly refused?: string;
}

function cases(): readonly Case[] {
  const { ca, localhost, loopback, other, expired, selfSigned, stranger, unicode } = certificates();
  const trusting = { caCerts: [ca] };
  const byName = { hostname: "localhost", tls: trusting };
  const untrusted = "has an issuer that is not trusted";
  return [
    { title: "TL01: takes a good certificate", identity: localhost, ...byName },
    { title: "takes a certificate for the address", identity: loopback, hostname: "127.0.0.1", tls: trusting },
    {
      title: "takes a certificate for serverName",
      identity: other,
      hostname: "127.0.0.1",
      tls: { ...trusting, serverName: "other.example" },
    },
    {
      title: "TL31: takes xn--fa-hia.de for faß.de",
      identity: unicode,
      hostname: "127.0.0.1",
      tls: { ...trusting, serverName: "faß.de" },
    },
    {
      title: "trusts several caCerts, in one text too",
      identity: localhost,
      hostname: "localhost",
      tls: { caCerts: [`${stranger.ca}\n${ca}`] },
    },
    {
      title: "TL02: refuses an unknown authority",
      identity: localhost,
      hostname: "localhost",
      tls: {},
      refused: untrusted,
    },
    { title: "refuses another authority", identity: stranger, ...byName, refused: untrusted },
    { title: "TL03: refuses another name", identity: other, ...byName, refused: "is for another name" },
    {
      title: "R07: refuses a certificate for localhost when dialled by its address",
      identity: localhost,
      hostname: "127.0.0.1",
      tls: trusting,
      refused: "is for another name",
    },
    {
      title: "refuses a certificate for another address",
      identity: loopback,
      hostname: "127.0.0.1",
      tls: { ...trusting, serverName: "127.0.0.2" },
      refused: "is for another name",
    },
    { title: "refuses one that has expired", identity: expired, ...byName, refused: "has expired" },
    { title: "refuses one that is signed by itself", identity: selfSigned, ...byName, refused: "is signed by itself" },
  ];
}

for (const runtime of onBun || needsOpenssl.skip ? [] : runtimes) {
  const dial = (listener: { port: number }, options: Omit<ConnectOptions, "path">): Promise<Connection> =>
    connect({ hostname: "127.0.0.1", runtime, ...options, port: listener.port });

  for (const { title, identity, hostname, tls: options, refused } of cases()) {
    test(`connect({ tls }) ${title}, runtime "${runtime}"`, async () => {
      await using listener = await server(identity);
      const port = portOf(listener);
      const dialled = dial({ port }, { hostname, tls: options });
      if (refused === undefined) {
        await using connection = await dialled;
        await talk(connection);
        assert.equal((await connection.close()).clean, true);
        return;
      }
      const error = await rejection(dialled);
      assert.ok(ConnectError.is(error), String(error));
      assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "handshake", "peer"]);
      assert.deepEqual(error.remoteAddress, { transport: "tcp", hostname, port });
      assert.ok(error.retrySafe);
      // The same words on every runtime.
      const words = `Cannot complete the TLS handshake with ${hostname}:${port}: the peer's certificate ${refused} (`;
      assert.ok(error.message.startsWith(words), error.message);
    });
  }

  test(`connect() takes the text "tls://localhost", runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using listener = await server(localhost);
    const text = `tls://localhost:${portOf(listener)}`;
    await using connection = await connect(text, { runtime, tls: { caCerts: [ca] } });
    await talk(connection);
    // The scheme alone is enough to never speak plaintext.
    assert.equal((await rejection(connect(text, { runtime }))).reason, "tls");
  });

  test(`R07: connect({ path, tls }) checks serverName, runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using folder = await temporaryFolder();
    const path = folder.path("tls");
    await using _listener = await server(localhost, { path });
    await using connection = await connect({ path, runtime, tls: { caCerts: [ca], serverName: "localhost" } });
    await talk(connection);
    const error = await rejection(connect({ path, runtime, tls: { caCerts: [ca], serverName: "other.example" } }));
    assert.match(error.message, /the peer's certificate is for another name/);
    const missing = await rejection(connect({ path, runtime, tls: true }));
    assert.match(String(missing), /TypeError: Cannot start TLS without serverName/);
  });

  test(`R07: connect({ tls, wrap }) checks the name beneath whatever is around it, runtime "${runtime}"`, async () => {
    const { ca, other } = certificates();
    await using listener = await server(other);
    const options = { hostname: "localhost", wrap: <T>(transport: T) => transport, tls: { caCerts: [ca] } };
    assert.match((await rejection(dial({ port: portOf(listener) }, options))).message, /is for another name/);
  });

  test(`TL29: connect({ tls }) agrees on a protocol (ALPN), runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using listener = await listen({ port: 0, runtime, tls: { ...localhost, alpnProtocols: ["d1", "d2"] } });
    const options = { caCerts: [ca], alpnProtocols: ["d2", "d3"], serverName: "localhost" };
    const [client, accepted] = await Promise.all([
      dial({ port: portOf(listener) }, { tls: options }),
      listener.accept(),
    ]);
    assert.deepEqual([client.tls?.alpnProtocol, accepted.tls?.alpnProtocol], ["d2", "d2"]);
    await Promise.all([client.close(), accepted.close()]);
  });

  test(`TL23: connect({ tls }) has no protocol where the server knows none, runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using listener = await server(localhost);
    const options = { caCerts: [ca], alpnProtocols: ["d2"], serverName: "localhost" };
    await using connection = await dial({ port: portOf(listener) }, { tls: options });
    assert.equal(connection.tls?.alpnProtocol, null);
  });

  test(`connect({ tls }) fails where no protocol is common, runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using listener = await server({ ...localhost, alpnProtocols: ["d1"] });
    const options = { caCerts: [ca], alpnProtocols: ["d2"], serverName: "localhost" };
    const error = await rejection(dial({ port: portOf(listener) }, { tls: options }));
    assert.deepEqual([error.reason, error.operation], ["tls", "handshake"]);
  });

  test(`TL25: connect({ tls }) shows the peer's certificate and the addresses, runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using listener = await server(localhost);
    const options = { caCerts: [ca], serverName: "localhost" };
    await using connection = await dial({ port: portOf(listener) }, { tls: options });
    const { protocol, cipher, peerCertificate } = connection.tls!;
    assert.equal(protocol, "TLSv1.3");
    assert.match(cipher, /^TLS_/);
    assert.deepEqual(
      [peerCertificate?.subject, peerCertificate?.issuer, peerCertificate?.subjectAltName],
      ["CN=localhost", "CN=authority", "DNS:localhost"],
    );
    assert.match(peerCertificate!.fingerprint256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.deepEqual(connection.remoteAddress, listener.address); // TL30
  });

  for (const how of ["timeout", "signal"] as const) {
    test(`R11: connect({ tls }) has its ${how} cover the handshake, runtime "${runtime}"`, async () => {
      const before = countsSockets ? openSockets() : 0;
      {
        await using raw = await RawServer.listen();
        const controller = new AbortController();
        const dialling = rejection(
          dial(raw, { tls: true, ...how === "timeout" ? { timeout: 50 } : { signal: controller.signal } }),
        );
        const peer = await raw.next();
        await once(peer.resume(), "data"); // The ClientHello.
        if (how === "signal") controller.abort("enough");
        const error = await dialling;
        assert.ok(ConnectionAbortedError.is(error), String(error));
        assert.deepEqual([error.reason, error.operation, error.initiator], [how, "connect", "local"]);
        await fate(peer);
      }
      if (countsSockets) await until(() => openSockets() <= before, "every socket closed");
    });
  }

  for (
    const [title, act, reason] of [
      ["answers in plaintext", (peer: tls.TLSSocket) => void peer.write("220 hello\r\n"), "tls"],
      ["ends the stream", (peer: tls.TLSSocket) => void peer.end(), "tls"],
      ["resets", (peer: tls.TLSSocket) => void peer.resetAndDestroy(), "reset"],
    ] as const
  ) {
    test(`connect({ tls }) says "${reason}" of a server that ${title}, runtime "${runtime}"`, async () => {
      const before = countsSockets ? openSockets() : 0;
      {
        await using raw = await RawServer.listen();
        const dialling = rejection(dial(raw, { tls: true }));
        const peer = await raw.next();
        await once(peer.resume(), "data");
        act(peer as tls.TLSSocket);
        const error = await dialling;
        assert.ok(ConnectError.is(error), String(error));
        assert.deepEqual([error.reason, error.operation, error.initiator], [reason, "handshake", "peer"]);
      }
      if (countsSockets) await until(() => openSockets() <= before, "every socket closed");
    });
  }

  test(`a reset of a TLS connection is a reset, behind the data, runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using listener = await listen({ port: 0, runtime: "node", tls: localhost });
    const [client, accepted] = await Promise.all([
      dial({ port: portOf(listener) }, { tls: { caCerts: [ca], serverName: "localhost" } }),
      listener.accept(),
    ]);
    await accepted.writer.write("data\n");
    assert.equal(await client.reader.readLine(), "data");
    accepted.abort();
    const error = await rejection(client.reader.read());
    assert.deepEqual([error.reason, error.operation], ["reset", "read"]);
    await client.closed;
  });

  test(`T0: connect({ tls }) with a signal that was aborted before dials nobody, runtime "${runtime}"`, async () => {
    // Handed down, it would end the process of Node 22 to 26 with a failed assertion.
    const error = await rejection(connect({ port: 1, runtime, tls: true, signal: AbortSignal.abort("before") }));
    assert.deepEqual([error.reason, error.operation, error.cause], ["signal", "connect", "before"]);
  });

  test(`connect({ tls, signal }) is aborted by its signal afterwards, too, runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    await using listener = await server(localhost);
    const controller = new AbortController();
    const options = { tls: { caCerts: [ca], serverName: "localhost" }, signal: controller.signal };
    const connection = await dial({ port: portOf(listener) }, options);
    controller.abort("enough");
    assert.equal((await rejection(connection.reader.read())).reason, "signal");
    await connection.closed;
  });

  test(`close() of a TLS connection says goodbye and does not wait for an answer, runtime "${runtime}"`, async () => {
    const { ca, localhost } = certificates();
    const raw = tls.createServer({ ...localhost, allowHalfOpen: true } as tls.TlsOptions);
    await once(raw.listen(0, "127.0.0.1"), "listening");
    const connecting = dial(raw.address() as { port: number }, { tls: { caCerts: [ca], serverName: "localhost" } });
    const [peer] = await once(raw, "secureConnection") as [tls.TLSSocket];
    const ended = once(peer.resume(), "end"); // Not cut: close_notify has come.
    const connection = await connecting;
    await connection.writer.write("last words\n");
    await connection.close({ timeout: 1_000 });
    await ended;
    peer.destroy();
    await new Promise((resolve) => raw.close(resolve));
  });

  test(`R08: caCerts come in addition to what the runtime trusts by itself, runtime "${runtime}"`, async () => {
    const { ca, localhost, stranger } = certificates();
    await using folder = await temporaryFolder();
    const { writeFile } = await import("node:fs/promises");
    await writeFile(folder.path("own.pem"), ca);
    await writeFile(folder.path("added.pem"), stranger.ca);
    await using own = await server(localhost);
    await using added = await server(stranger);
    const places = [own, added].map((listener) => `127.0.0.1:${portOf(listener)}`);
    const variable = onDeno ? "DENO_CERT" : "NODE_EXTRA_CA_CERTS";
    const before = process.env[variable];
    process.env[variable] = folder.path("own.pem");
    try {
      // Nothing but the network, and the file: no permission is asked for to know what the runtime trusts.
      const permissions = [`--allow-net=${places.join()}`, `--allow-read=${folder.path("")}`];
      const said = await runChild("dial_tls", [runtime, folder.path("added.pem"), ...places], permissions);
      assert.deepEqual(said.trim().split("\n"), ["hello", "hello"]);
    } finally {
      if (before === undefined) delete process.env[variable];
      else process.env[variable] = before;
    }
  });
}

if (onBun) {
  test("connect({ tls }) is refused on Bun, before any I/O", async () => {
    const error = await rejection(connect({ port: 1, hostname: "127.0.0.1", tls: true }));
    assert.match(String(error), /TypeError: Cannot use TLS on Bun/);
  });

  test("listen({ tls }) is refused on Bun, before any I/O", async () => {
    const error = await rejection(listen({ port: 0, tls: { cert: "x", key: "x" } }));
    assert.match(String(error), /TypeError: Cannot use TLS on Bun/);
  });
}
