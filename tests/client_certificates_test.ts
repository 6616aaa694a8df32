/** TLS that knows both sides: a server with `caCerts` asks its clients who they are. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import {
  type Address,
  connect,
  ConnectError,
  type Connection,
  type ConnectOptions,
  listen,
  type Listener,
  serve,
  type StartTlsOptions,
  type TlsOptions,
} from "../mod.ts";
import { certificates, type Identity, needsOpenssl } from "./certificates.ts";
import { runChild } from "./child.ts";
import { test } from "./harness.ts";
import { onBun, onDeno, rejection, runtimes, temporaryFolder, until } from "./raw_peers.ts";
import { tlsPlaces } from "./tls_places.ts";

/** Everybody whom a server with `caCerts: [ca]` must not let in, and what it says of them. */
function strangers(): readonly (readonly [who: string, identity: Identity | undefined, state: RegExp])[] {
  const { stranger, expired, selfSigned } = certificates();
  return [
    ["shows none", undefined, /the peer's certificate is missing/],
    ["shows one of another authority", stranger, /has an issuer that is not trusted/],
    ["shows one that it has signed itself", selfSigned, /(is signed by itself|has an issuer that is not trusted)/],
    ["shows one that has expired", expired, /has expired/],
  ];
}

const asking = (): TlsOptions => ({ ...certificates().localhost, caCerts: [certificates().ca] });
const client = (identity?: Identity): TlsOptions => ({
  serverName: "localhost",
  caCerts: [certificates().ca, certificates().stranger.ca],
  ...identity,
});

for (const runtime of onBun || needsOpenssl.skip ? [] : runtimes) {
  const dial = ({ address }: { readonly address: Address }, identity?: Identity): Promise<Connection> =>
    connect({ ...address, runtime, tls: client(identity) } as ConnectOptions);

  test(`listen({ tls: { caCerts } }) asks a client for its certificate and shows it, runtime "${runtime}"`, async () => {
    await using folder = await temporaryFolder();
    for (const where of [{ port: 0 }, { path: folder.path("tls") }]) {
      await using listener: Listener = await listen({ ...where, runtime, tls: asking() });
      const [accepted, dialled] = await Promise.all([listener.accept(), dial(listener, certificates().other)]);
      const { subject, issuer, subjectAltName } = accepted.tls!.peerCertificate!;
      assert.deepEqual([subject, issuer, subjectAltName], ["CN=other", "CN=authority", "DNS:other.example"]);
      await dialled.writer.write("hello\n");
      assert.equal(await accepted.reader.readLine(), "hello");
      const outcomes = await Promise.all([dialled.close(), accepted.close()]);
      assert.deepEqual(outcomes.map(({ clean }) => clean), [true, true]);
    }
  });

  test(`listen({ tls: { caCerts } }) refuses malformed ones before any I/O, runtime "${runtime}"`, async () => {
    const tls = { ...certificates().localhost, caCerts: [certificates().ca, "garbage"] };
    assert.match(String(await rejection(listen({ port: 0, runtime, tls }))), /^TypeError: Cannot use caCerts\[1\]/);
  });

  test(`listen({ tls }) without caCerts asks for no certificate, runtime "${runtime}"`, async () => {
    await using listener = await listen({ port: 0, runtime, tls: certificates().localhost });
    const [accepted, dialled] = await Promise.all([listener.accept(), dial(listener, certificates().other)]);
    assert.equal(accepted.tls?.peerCertificate, undefined);
    await Promise.all([dialled.close(), accepted.close()]);
  });

  for (const [who, identity, state] of strangers()) {
    test(`serve({ tls: { caCerts } }) refuses a client that ${who}, runtime "${runtime}"`, async () => {
      const errors: unknown[] = [];
      let handled = 0;
      const onError = (error: unknown): void => void errors.push(error);
      await using server = await serve({ port: 0, runtime, tls: asking(), onError }, () => void handled++);
      await using dialled = await dial(server, identity);
      // Under TLS 1.3 it hears of it at its first read, whatever it has sent before.
      void dialled.writer.write(new Uint8Array(200_000));
      const error = await rejection(dialled.reader.read());
      assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "read", "peer"]);
      await until(() => errors.length > 0, "the server is told");
      assert.equal(errors.length, 1);
      const [told] = errors;
      assert.ok(ConnectError.is(told), String(told));
      assert.deepEqual([told.reason, told.operation, told.initiator], ["tls", "handshake", "peer"]);
      assert.match(told.message, state);
      assert.equal(handled, 0);
    });
  }

  test(`listen({ tls: { caCerts } }) trusts no client for the runtime's own authorities, runtime "${runtime}"`, async () => {
    const { ca, localhost, stranger } = certificates();
    await using folder = await temporaryFolder();
    const files = { "cert.pem": localhost.cert, "key.pem": localhost.key, "own.pem": ca, "asked.pem": stranger.ca };
    for (const [name, text] of Object.entries(files)) await writeFile(folder.path(name), text);
    const variable = onDeno ? "DENO_CERT" : "NODE_EXTRA_CA_CERTS";
    const before = process.env[variable];
    process.env[variable] = folder.path("own.pem");
    try {
      assert.match(await runChild("public_client", [runtime, folder.path("")]), /has an issuer that is not trusted/);
    } finally {
      if (before === undefined) delete process.env[variable];
      else process.env[variable] = before;
    }
  });
}

for (const place of onBun || needsOpenssl.skip ? [] : tlsPlaces) {
  test(`Connection.startTls({ role: "server", caCerts }) over ${place.name} knows its client`, async () => {
    await using ends = await place.open();
    await Promise.all([
      ends.client.startTls(client(certificates().other)),
      ends.server.startTls({ role: "server", ...asking() }),
    ]);
    assert.equal(ends.server.tls?.peerCertificate?.subject, "CN=other");
    await ends.client.writer.write("hello\n");
    assert.equal(await ends.server.reader.readLine(), "hello");
  });

  for (const [who, identity, state] of strangers()) {
    test(`Connection.startTls({ role: "server", caCerts }) over ${place.name} refuses a client that ${who}`, async () => {
      await using ends = await place.open();
      const starting = rejection(ends.server.startTls({ role: "server", ...asking() } as StartTlsOptions));
      await ends.client.startTls(client(identity));
      const reading = rejection(ends.client.reader.read());
      const error = await starting;
      assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "startTls", "peer"]);
      assert.match(error.message, state);
      assert.equal((await ends.server.closed).error?.reason, "tls");
      assert.equal((await reading).reason, "tls");
    });
  }
}
