/** Somebody else's TLS: OpenSSL's command line, as a server and as a client. */
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Address, connect, type Connection, listen, serve, type TlsOptions } from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { onBun, rejection, runtimes, temporaryFolder, until } from "./raw_peers.ts";

/** One run of `openssl`, ended with the block. */
class Openssl implements AsyncDisposable {
  stdout = "";
  readonly process: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<unknown>;

  constructor(args: readonly string[], cwd: string) {
    this.process = spawn("openssl", args, { cwd });
    this.#closed = once(this.process, "close");
    this.process.stdout.on("data", (chunk: Uint8Array) => this.stdout += new TextDecoder().decode(chunk));
    this.process.stderr.resume();
    this.process.stdin.on("error", () => {});
  }

  /** Settles with the exit code. */
  async end(): Promise<number | null> {
    await this.#closed;
    return this.process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.#closed;
  }
}

interface Setting extends AsyncDisposable {
  readonly folder: string;
}

/** A folder with the certificates as files. */
async function setting(): Promise<Setting> {
  const { ca, localhost } = certificates();
  const folder = await temporaryFolder();
  const files = { "ca.pem": ca, "cert.pem": localhost.cert, "key.pem": localhost.key };
  for (const [name, text] of Object.entries(files)) await writeFile(folder.path(name), text);
  return { folder: folder.path(""), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** `s_server` sends each line back, reversed. */
async function reversing(folder: string, ...more: string[]): Promise<{ peer: Openssl; port: number }> {
  const identity = ["-cert", "cert.pem", "-key", "key.pem", "-CAfile", "ca.pem"];
  const peer = new Openssl(["s_server", "-accept", "127.0.0.1:0", ...identity, "-rev", ...more], folder);
  await until(() => /ACCEPT \S*:\d+/.test(peer.stdout), "s_server listens");
  return { peer, port: Number(/ACCEPT \S*:(\d+)/.exec(peer.stdout)![1]) };
}

for (const runtime of onBun || needsOpenssl.skip ? [] : runtimes) {
  const dial = (port: number, options: TlsOptions = {}): Promise<Connection> =>
    connect({ port, runtime, tls: { serverName: "localhost", caCerts: [certificates().ca], ...options } });

  for (const version of ["-tls1_2", "-tls1_3"]) {
    test(`connect({ tls }) talks to openssl s_server ${version}, runtime "${runtime}"`, async () => {
      await using place = await setting();
      const { peer, port } = await reversing(place.folder, version);
      await using _peer = peer;
      const connection = await dial(port);
      await connection.writer.write("hawser\n");
      assert.equal(await connection.reader.readLine(), "reswah");
      assert.equal(connection.tls?.protocol, version === "-tls1_2" ? "TLSv1.2" : "TLSv1.3");
      assert.equal((await connection.close()).unsentBytes, 0);
    });

    test(`connect({ tls }) shows its certificate to openssl s_server ${version}, runtime "${runtime}"`, async () => {
      await using place = await setting();
      const { peer, port } = await reversing(place.folder, version, "-Verify", "1", "-verify_return_error");
      await using _peer = peer;
      const connection = await dial(port, certificates().other);
      await connection.writer.write("hawser\n");
      assert.equal(await connection.reader.readLine(), "reswah");
      await connection.close();
    });
  }

  test(`a server that wants a certificate shows it at the first read (TLS 1.3), runtime "${runtime}"`, async () => {
    await using place = await setting();
    const { peer, port } = await reversing(place.folder, "-tls1_3", "-Verify", "1", "-verify_return_error");
    await using _peer = peer;
    const connection = await dial(port);
    const error = await rejection(connection.reader.read());
    assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "read", "peer"]);
    await connection.closed;
  });

  test(`a server that wants a certificate shows it in the handshake (TLS 1.2), runtime "${runtime}"`, async () => {
    await using place = await setting();
    const { peer, port } = await reversing(place.folder, "-tls1_2", "-Verify", "1", "-verify_return_error");
    await using _peer = peer;
    const error = await rejection(dial(port));
    assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "handshake", "peer"]);
  });

  for (const version of ["-tls1_2", "-tls1_3"]) {
    test(`TL04: serve({ tls }) talks to openssl s_client ${version}, which ends in order, runtime "${runtime}"`, async () => {
      await using place = await setting();
      const errors: unknown[] = [];
      const outcomes: (string | null)[] = [];
      const options = {
        port: 0,
        runtime,
        tls: certificates().localhost,
        onError: (error: unknown) => void errors.push(error),
      };
      await using server = await serve(options, async ({ reader, writer }) => {
        const line = await reader.readLine();
        await writer.write(`${line}, said the client\n`);
        outcomes.push(line);
      });
      const { port } = server.address as Address & { port: number };
      const trusting = ["-CAfile", "ca.pem", "-verify_return_error", "-verify_hostname", "localhost"];
      await using peer = new Openssl(
        ["s_client", "-connect", `127.0.0.1:${port}`, ...trusting, "-quiet", "-no_ign_eof", version],
        place.folder,
      );
      peer.process.stdin.write("hello\n");
      assert.equal(await peer.end(), 0);
      assert.equal(peer.stdout, "hello, said the client\n");
      assert.deepEqual([outcomes, errors], [["hello"], []]);
    });
  }

  for (const version of ["-tls1_2", "-tls1_3"]) {
    test(`serve({ tls: { caCerts } }) lets in openssl s_client ${version} by its certificate alone, runtime "${runtime}"`, async () => {
      await using place = await setting();
      const { ca, localhost, other, stranger } = certificates();
      for (const [name, { cert, key }] of Object.entries({ other, stranger })) {
        await writeFile(join(place.folder, `${name}.pem`), `${cert}\n${key}`);
      }
      const refused: string[] = [];
      const onError = (error: unknown): void => void refused.push((error as Error).message);
      const options = { port: 0, runtime, tls: { ...localhost, caCerts: [ca] }, onError };
      await using server = await serve(options, async ({ tls, writer }) => {
        await writer.write(`hello, ${tls?.peerCertificate?.subject}\n`);
      });
      const { port } = server.address as Address & { port: number };
      const said: string[] = [];
      for (const identity of [["-cert", "other.pem"], ["-cert", "stranger.pem"], []]) {
        const args = ["s_client", "-connect", `127.0.0.1:${port}`, "-quiet", "-no_ign_eof", version, ...identity];
        await using peer = new Openssl(args, place.folder);
        await peer.end();
        said.push(peer.stdout);
      }
      assert.deepEqual(said, ["hello, CN=other\n", "", ""]);
      await until(() => refused.length === 2, "both refusals are told");
      assert.match(refused[0]!, /has an issuer that is not trusted/);
      assert.match(refused[1]!, /the peer's certificate is missing/);
    });
  }

  test(`startTls({ role: "server" }) serves openssl s_client -starttls smtp, runtime "${runtime}"`, async () => {
    await using place = await setting();
    await using listener = await listen({ port: 0, runtime });
    const { port } = listener.address as Address & { port: number };
    const trusting = ["-CAfile", "ca.pem", "-verify_return_error"];
    await using peer = new Openssl(
      ["s_client", "-connect", `127.0.0.1:${port}`, ...trusting, "-quiet", "-starttls", "smtp"],
      place.folder,
    );
    const connection = await listener.accept();
    const { reader, writer } = connection;
    await writer.write("220 hawser\r\n");
    assert.match((await reader.readLine({ required: true }))!, /^EHLO /);
    await writer.write("250-hawser\r\n250 STARTTLS\r\n");
    assert.equal(await reader.readLine(), "STARTTLS");
    await writer.write("220 ready\r\n");
    await connection.startTls({ role: "server", ...certificates().localhost });
    peer.process.stdin.write("NOOP\r\n");
    assert.equal(await reader.readLine(), "NOOP");
    await writer.write("250 fine\r\n");
    await until(() => peer.stdout.includes("250 fine"), "the answer");
    await connection.close();
  });
}
