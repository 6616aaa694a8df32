/** `examples/starttls_smtp.ts`, started with the line in its first comment: both roles, against OpenSSL and each other. */
import assert from "node:assert/strict";
import { connect, type Connection, formatAddress, listen } from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { type PemFiles, pemFiles } from "./pem_files.ts";
import { commandOf } from "./program.ts";
import { onDeno, rejection } from "./raw_peers.ts";
import { Running } from "./running.ts";

const EXAMPLE = "examples/starttls_smtp.ts";

async function startServer(pem: PemFiles): Promise<{ server: Running; address: string }> {
  const own = ["--listen", "127.0.0.1:0", "--cert", pem.cert, "--key", pem.key];
  const server = Running.example([...await commandOf(EXAMPLE), ...own]);
  return { server, address: await server.printed(/listening on (127\.0\.0\.1:\d+)\n/) };
}

async function startClient(pem: PemFiles, address: string): Promise<Running> {
  const mail = ["--from", "ada@example.org", "--to", "bob@example.org", "--to", "eve@example.org", "--ca", pem.ca];
  return Running.example([...await commandOf(EXAMPLE), address, ...mail]);
}

/** The client against a server that this test plays: everything that server was told. */
async function against(play: (connection: Connection) => Promise<void>): Promise<{ client: Running; heard: string }> {
  await using pem = await pemFiles();
  await using listener = await listen({ port: 0, readTimeout: 20_000 });
  const client = await startClient(pem, formatAddress(listener.address));
  await using _client = client;
  client.end("a secret\n");
  await using connection = await listener.accept();
  await play(connection);
  const rest = await connection.reader.readAll().catch(() => new Uint8Array(0));
  await connection.close();
  assert.equal(await client.ended(), 1);
  return { client, heard: new TextDecoder().decode(rest) };
}

async function offerTls({ reader, writer }: Connection, ready: string): Promise<void> {
  await writer.write("220 test\r\n");
  assert.equal(await reader.readLine(), "EHLO localhost");
  await writer.write("250-test\r\n250 STARTTLS\r\n");
  assert.equal(await reader.readLine(), "STARTTLS");
  await writer.write(ready);
}

if (onDeno && !needsOpenssl.skip) {
  test("examples/starttls_smtp sends a mail to itself over TLS, byte for byte", async () => {
    await using pem = await pemFiles();
    const { server, address } = await startServer(pem);
    await using _server = server;
    await using client = await startClient(pem, address);
    client.end(".a dot\n..\n.\r\nh\xe9llo\nno end");
    assert.equal(await client.ended(), 0, client.stderr);
    const mail = JSON.parse(await server.printed(/\n(\{.*\})\n/));
    assert.deepEqual(mail, {
      from: "ada@example.org",
      to: ["bob@example.org", "eve@example.org"],
      text: ".a dot\r\n..\r\n.\r\nh\xc3\xa9llo\r\nno end\r\n",
    });
    assert.equal(client.stderr + server.stderr, "");
  });

  test("examples/starttls_smtp --listen takes a mail from openssl s_client -starttls smtp", async () => {
    await using pem = await pemFiles();
    const { server, address } = await startServer(pem);
    await using _server = server;
    const trust = ["-CAfile", pem.ca, "-verify_return_error", "-verify_ip", "127.0.0.1", "-quiet", "-crlf"];
    await using peer = Running.command("openssl", "s_client", "-connect", address, "-starttls", "smtp", ...trust);
    for (
      const [line, wanted] of [
        ["EHLO me", /250 hawser\r\n$/],
        ["DATA", /503 .*\r\n$/],
        ["MAIL FROM:<a@b>", /250 fine\r\n$/],
        ["RCPT TO:<c@d>", /(250 fine\r\n){2}$/],
        ["DATA", /354 .*\r\n$/],
        ["hello\n.", /250 taken\r\n$/],
        ["QUIT", /221 bye\r\n$/],
      ] as const
    ) {
      await peer.say(`${line}\n`);
      await peer.printed(wanted);
    }
    assert.equal(await server.printed(/\n(\{.*\})\n/), '{"from":"a@b","to":["c@d"],"text":"hello\\r\\n"}');
    assert.equal(await peer.ended(), 0);
  });

  test("examples/starttls_smtp --listen takes no mail in plaintext, and no command from before the handshake", async () => {
    await using pem = await pemFiles();
    const { server, address } = await startServer(pem);
    await using _server = server;
    const hello = async () => {
      const connection = await connect(address, { readTimeout: 20_000 });
      assert.equal(await connection.reader.readLine(), "220 hawser");
      return connection;
    };
    {
      await using plain = await hello();
      await plain.writer.write("MAIL FROM:<a@b>\r\n");
      assert.equal(await plain.reader.readLine(), "530 STARTTLS first");
    }
    await using injecting = await hello();
    await injecting.writer.write("STARTTLS\r\nEHLO me\r\nMAIL FROM:<a@b>\r\n");
    assert.equal(await injecting.reader.readLine(), "220 ready");
    const answer = await injecting.reader.readAll().catch(() => new Uint8Array(0));
    assert.doesNotMatch(new TextDecoder("latin1").decode(answer), /250|503/);
    await server.printed(/^Cannot .*TLS/);
    {
      await using late = await hello();
      await late.writer.write("NOOP\r\nSTARTTLS\r\n");
      assert.equal(await late.reader.readLine(), "250 fine");
      assert.equal(await late.reader.readLine(), "220 ready");
      await late.startTls({ caCerts: [certificates().ca] });
      await late.writer.write("QUIT\r\n");
      assert.equal(await late.reader.readLine(), "221 bye");
    }
  });

  test("examples/starttls_smtp says nothing to a server without STARTTLS", async () => {
    const { client, heard } = await against(async ({ reader, writer }) => {
      await writer.write("220 test\r\n");
      assert.equal(await reader.readLine(), "EHLO localhost");
      await writer.write("250-test\r\n250 8BITMIME\r\n");
    });
    assert.equal(heard, "");
    assert.equal(client.stderr, "Cannot send: no STARTTLS there\n");
  });

  test("examples/starttls_smtp refuses what was put behind the answer to STARTTLS", async () => {
    const { client, heard } = await against((connection) => offerTls(connection, "220 ready\r\n250 injected\r\n"));
    assert.doesNotMatch(heard, /ada|secret/);
    assert.match(client.stderr, /^Cannot start TLS .*Plaintext was at hand before the handshake/);
  });

  test("examples/starttls_smtp refuses a certificate for somebody else", async () => {
    const { client } = await against(async (connection) => {
      await offerTls(connection, "220 ready\r\n");
      const error = await rejection(connection.startTls({ role: "server", ...certificates().other }));
      assert.equal(error.reason, "tls");
    });
    assert.match(client.stderr, /^Cannot start TLS .*certificate/);
  });
}
