import assert from "node:assert/strict";
import { BusyError, type Connection, ConnectionAbortedError, type StartTlsOptions } from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { onBun, rejection } from "./raw_peers.ts";
import { type TlsEnds, tlsPlaces } from "./tls_places.ts";

const encoder = new TextEncoder();

async function upgrade({ client, server }: TlsEnds, options: StartTlsOptions = {}): Promise<void> {
  const { ca, localhost } = certificates();
  await Promise.all([
    client.startTls({ serverName: "localhost", caCerts: [ca], ...options }),
    server.startTls({ role: "server", ...localhost }),
  ]);
}

/** One line each way. */
async function talk(client: Connection, server: Connection): Promise<void> {
  await client.writer.write("question\n");
  assert.equal(await server.reader.readLine(), "question");
  await server.writer.write("answer\n");
  assert.equal(await client.reader.readLine(), "answer");
}

if (onBun) {
  test("Connection.startTls() is refused on Bun before any I/O", async () => {
    await using ends = await tlsPlaces[0]!.open();
    const error = await rejection(ends.client.startTls({ serverName: "localhost" }));
    assert.match(String(error), /TypeError: Cannot use TLS on Bun/);
    assert.equal(ends.client.signal.aborted, false);
  });
}

for (const place of onBun ? [] : tlsPlaces) {
  test(
    `Connection.startTls() over ${place.name} goes on in place: same reader, writer and counters`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const { client, server } = ends;
      const { reader, writer, signal, closed } = client;
      await talk(client, server);
      await upgrade(ends);
      await talk(client, server);
      assert.equal(client.reader, reader);
      assert.equal(client.writer, writer);
      assert.equal(client.signal, signal);
      assert.equal(client.closed, closed);
      assert.deepEqual([client.bytesWritten, client.bytesRead], [18, 14]);
      assert.equal(client.tls?.protocol, "TLSv1.3");
      assert.equal(client.tls?.peerCertificate?.subject, "CN=localhost");
      assert.equal(server.tls?.peerCertificate, undefined);
      const [outcome] = await Promise.all([client.close(), server.close()]);
      assert.equal(outcome.clean, true);
    },
  );

  test(
    `R10: Connection.startTls() over ${place.name} takes plaintext behind "ready" for an injection`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const { client, server } = ends;
      await server.writer.write("220 ready\r\n250 injected\r\n");
      assert.equal(await client.reader.readLine(), "220 ready");
      const error = await rejection(client.startTls({ serverName: "localhost" }));
      assert.ok(ConnectionAbortedError.is(error), String(error));
      assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "startTls", "peer"]);
      assert.equal(client.reader.tryReadLine(), undefined);
      // No byte was sent, neither plaintext nor a handshake.
      assert.equal(client.bytesWritten, 0);
      const { discardedBytes } = await client.closed;
      assert.equal(discardedBytes, 14);
    },
  );

  test(
    `Connection.startTls() over ${place.name} takes bytes at hand for the handshake, as a server (TL32)`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const { client, server } = ends;
      const { ca, localhost } = certificates();
      await client.writer.write("STARTTLS\n");
      const asking = client.startTls({ serverName: "localhost", caCerts: [ca] });
      // The header and the ClientHello have arrived together.
      assert.equal(await server.reader.readLine(), "STARTTLS");
      while (!server.reader.bufferedBytes && !await server.reader.ready());
      await Promise.all([asking, server.startTls({ role: "server", ...localhost })]);
      await talk(client, server);
    },
  );

  test(`Connection.startTls() over ${place.name} sends over TLS what is written meanwhile`, needsOpenssl, async () => {
    await using ends = await place.open();
    const upgrading = upgrade(ends);
    const writing = ends.client.writer.write("early\n");
    await upgrading;
    await writing;
    assert.equal(await ends.server.reader.readLine(), "early");
  });

  test(
    `Connection.startTls() over ${place.name} flushes before it what was accepted before`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      void ends.client.writer.write("plain\n");
      const { ca, localhost } = certificates();
      const asking = ends.client.startTls({ serverName: "localhost", caCerts: [ca] });
      assert.equal(await ends.server.reader.readLine(), "plain");
      await Promise.all([asking, ends.server.startTls({ role: "server", ...localhost })]);
      await talk(ends.client, ends.server);
    },
  );

  test(
    `R11: Connection.startTls() over ${place.name} gives up a handshake that never answers, both roles`,
    needsOpenssl,
    async () => {
      const { localhost } = certificates();
      for (const options of [{ serverName: "localhost" }, { role: "server", ...localhost }] as const) {
        await using ends = await place.open();
        const error = await rejection(ends.client.startTls({ ...options, timeout: 30 }));
        assert.ok(ConnectionAbortedError.is(error), String(error));
        assert.deepEqual([error.reason, error.operation, error.initiator], ["timeout", "startTls", "local"]);
        assert.equal((await ends.client.closed).error?.reason, "timeout");
      }
    },
  );

  test(`Connection.startTls() over ${place.name} is given up by its signal, which aborts`, needsOpenssl, async () => {
    await using ends = await place.open();
    const controller = new AbortController();
    const starting = rejection(ends.client.startTls({ serverName: "localhost", signal: controller.signal }));
    controller.abort("enough");
    const error = await starting;
    assert.deepEqual([error.reason, error.cause, error.operation], ["signal", "enough", "startTls"]);
    await ends.client.closed;
  });

  test(
    `R09: Connection.startTls() over ${place.name} is busy while a read is under way, and harms nothing`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const { client, server } = ends;
      const reading = client.reader.readLine();
      assert.ok(BusyError.is(await rejection(client.startTls({ serverName: "localhost" }))));
      await server.writer.write("for the read\n");
      assert.equal(await reading, "for the read");
      // One that was given up is still with the transport.
      await rejection(client.reader.read({ keepOpen: true, timeout: 1 }));
      assert.ok(BusyError.is(await rejection(client.startTls({ serverName: "localhost" }))));
      await server.writer.write("still here\n");
      assert.equal(await client.reader.readLine(), "still here");
      await Promise.all([client.close(), server.close()]);
    },
  );

  test(`Connection.startTls() over ${place.name} keeps reads out meanwhile`, needsOpenssl, async () => {
    await using ends = await place.open();
    const starting = rejection(ends.client.startTls({ serverName: "localhost" }));
    await new Promise((resolve) => setTimeout(resolve, 0));
    const error = await rejection(ends.client.reader.read());
    assert.ok(BusyError.is(error), String(error));
    ends.client.abort();
    assert.equal((await starting).reason, "closed");
  });

  test(
    `Connection.startTls() over ${place.name} half-closes over TLS what is half-closed meanwhile`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const upgrading = upgrade(ends);
      const ending = ends.client.writer.write("last\n").then(() => ends.client.writer.closeWrite());
      await upgrading;
      await ending;
      assert.equal(await ends.server.reader.readLine(), "last");
      assert.equal(await ends.server.reader.read(), null);
      await ends.server.writer.write("answer\n");
      assert.equal(await ends.client.reader.readLine(), "answer");
    },
  );

  test(`Connection.startTls() over ${place.name} half-closes over TLS at once, too`, needsOpenssl, async () => {
    await using ends = await place.open();
    const upgrading = upgrade(ends);
    const ending = ends.client.writer.closeWrite();
    await upgrading;
    await ending;
    assert.equal(await ends.server.reader.read(), null);
  });

  // While TLS is being loaded it was no handshake yet, and what had been kept for TLS went out in the goodbye.
  test(
    `Connection.close() over ${place.name} right behind startTls() sends in plaintext nothing that was written meanwhile`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const starting = rejection(ends.client.startTls({ serverName: "localhost" }));
      const writing = rejection(ends.client.writer.write(new Uint8Array(20_000)));
      const closing = ends.client.close({ timeout: 30 });
      assert.equal((await starting).reason, "closed");
      assert.equal((await writing).reason, "closed");
      assert.equal((await closing).clean, false);
      await ends.server.reader.ready().catch(() => false);
      assert.equal(ends.server.reader.bufferedBytes, 0);
    },
  );

  for (const role of ["client", "server"] as const) {
    test(
      `Connection.close() over ${place.name} is bounded in the handshake of a ${role}, too`,
      needsOpenssl,
      async () => {
        await using ends = await place.open();
        const options: StartTlsOptions = role === "client" ? { serverName: "localhost" } : certificates().localhost;
        const starting = rejection(ends.client.startTls({ role, ...options }));
        await new Promise((resolve) => setTimeout(resolve, 5));
        const closing = ends.client.close({ timeout: 30 });
        assert.equal((await starting).reason, "closed");
        assert.equal((await closing).clean, false);
        await ends.client.closed;
      },
    );

    test(
      `Connection.startTls() of a ${role} over ${place.name} rejects what was written meanwhile when it fails`,
      needsOpenssl,
      async () => {
        await using ends = await place.open();
        const options: StartTlsOptions = role === "client" ? { serverName: "localhost" } : certificates().localhost;
        const starting = rejection(ends.client.startTls({ role, ...options }));
        void ends.client.writer.write("secret\n");
        const flushing = rejection(ends.client.writer.flush());
        await ends.server.writer.write("no TLS here\r\n");
        assert.equal((await starting).reason, "tls");
        const error = await flushing;
        assert.deepEqual([error.reason, error.operation], ["tls", "write"]);
        // Not a byte of it was sent, neither now nor in plaintext.
        let seen = "";
        for (;;) {
          const chunk = await ends.server.reader.read().catch(() => null);
          if (chunk === null) break;
          seen += new TextDecoder("latin1").decode(chunk);
        }
        assert.doesNotMatch(seen, /secret/);
      },
    );
  }

  test(
    `R07: Connection.startTls() over ${place.name} refuses a certificate for another name`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const { ca, other } = certificates();
      const answering = rejection(
        ends.server.startTls({ role: "server", ...other }).then(() => ends.server.reader.read({ required: true })),
      );
      const error = await rejection(ends.client.startTls({ serverName: "localhost", caCerts: [ca] }));
      assert.ok(ConnectionAbortedError.is(error), String(error));
      assert.equal(error.reason, "tls");
      assert.match(error.message, /certificate is for another name/);
      assert.ok(ConnectionAbortedError.is(await answering));
      // It never falls back to plaintext.
      assert.equal((await rejection(ends.client.writer.write("x"))).reason, "tls");
    },
  );

  test(`Connection.startTls() over ${place.name} fails when the peer speaks plaintext`, needsOpenssl, async () => {
    await using ends = await place.open();
    const starting = rejection(ends.client.startTls({ serverName: "localhost" }));
    await ends.server.writer.write("500 what?\r\n");
    const error = await starting;
    assert.deepEqual([error.reason, error.operation], ["tls", "startTls"]);
  });

  test(
    `Connection.startTls() over ${place.name} fails when the peer goes away in the handshake`,
    needsOpenssl,
    async () => {
      await using ends = await place.open();
      const starting = rejection(ends.client.startTls({ serverName: "localhost" }));
      await ends.server.reader.ready();
      await ends.server.writer.closeWrite();
      const error = await starting;
      assert.deepEqual([error.reason, error.operation], ["tls", "startTls"]);
    },
  );
}

const memory = tlsPlaces[0]!;

for (
  const [options, message] of [
    [{}, /TypeError: Cannot start TLS without serverName/],
    [{ serverName: "x", role: "judge" }, /TypeError: Cannot use role "judge"/],
    [{ role: "server" }, /TypeError: Cannot be a TLS server without cert and key/],
    [{ serverName: "x", timeout: 0 }, /RangeError: Cannot use timeout 0/],
    [{ serverName: "x", signal: 7 }, /TypeError: Cannot use signal 7/],
  ] as const
) {
  test(`Connection.startTls() refuses ${JSON.stringify(options)} before any I/O`, async () => {
    await using ends = await memory.open();
    assert.match(String(await rejection(ends.client.startTls(options as StartTlsOptions))), message);
    assert.equal(ends.client.signal.aborted, false);
  });
}

if (!onBun) {
  test("Connection.startTls() refuses malformed certificates before any I/O, naming which", needsOpenssl, async () => {
    const { localhost, other } = certificates();
    const cases: readonly [options: StartTlsOptions, message: RegExp][] = [
      [{ serverName: "x", caCerts: ["garbage"] }, /TypeError: Cannot use caCerts\[0\]/],
      [
        { serverName: "x", caCerts: [localhost.cert, "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----"] },
        /caCerts\[1\]/,
      ],
      [{ serverName: "x", cert: "garbage", key: localhost.key }, /TypeError: Cannot use cert/],
      [{ serverName: "x", cert: localhost.cert, key: "garbage" }, /TypeError: Cannot use key/],
      [{ serverName: "x", cert: localhost.cert, key: other.key }, /TypeError: Cannot use key/],
    ];
    for (const [options, message] of cases) {
      await using ends = await memory.open();
      assert.match(String(await rejection(ends.client.startTls(options))), message);
      assert.equal(ends.client.signal.aborted, false);
      await ends.client.writer.write(encoder.encode("fine\n"));
      assert.equal(await ends.server.reader.readLine(), "fine");
    }
  });

  test(
    "Connection.startTls() is refused after closeWrite(), and with the connection's error when it is over",
    needsOpenssl,
    async () => {
      await using ends = await memory.open();
      await ends.client.writer.closeWrite();
      assert.match(
        String(await rejection(ends.client.startTls({ serverName: "x" }))),
        /TypeError: Cannot start TLS: closeWrite/,
      );
      ends.client.abort();
      const error = await rejection(ends.client.startTls({ serverName: "x" }));
      assert.deepEqual([error.reason, error.operation], ["closed", "startTls"]);
    },
  );
}
