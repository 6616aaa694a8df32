import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConnectionAbortedError } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { checkCertificates, startTls } from "../lib/runtime/node/tls.ts";
import { certificates, type Identity, needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { onBun, rejection, until } from "./raw_peers.ts";

/** RSA of 512 bits: well formed, and refused by OpenSSL. */
function weak(): Identity {
  const folder = mkdtempSync(join(tmpdir(), "hawser_weak_"));
  try {
    const args = [
      "req",
      "-x509",
      "-newkey",
      "rsa:512",
      "-nodes",
      "-subj",
      "/CN=weak",
      "-keyout",
      "key",
      "-out",
      "cert",
    ];
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    return { cert: read("cert"), key: read("key") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (!onBun && !needsOpenssl.skip) {
  test("checkCertificates() takes whole chains, keys and several authorities in one text", () => {
    const { ca, localhost, stranger } = certificates();
    for (const role of ["client", "server"] as const) {
      const identity = { cert: `${localhost.cert}\n${ca}`, key: localhost.key };
      checkCertificates({ role, caCerts: [`${ca}\n${stranger.ca}`], ...identity });
    }
  });

  test("checkCertificates() names a key that is not the certificate's", () => {
    const { localhost, other } = certificates();
    assert.throws(
      () => checkCertificates({ role: "client", cert: localhost.cert, key: other.key }),
      /^TypeError: Cannot use key: it is not the key of cert/,
    );
  });

  test("startTls() trusts whom this client names, not whom another one has named before", async () => {
    const { ca, localhost, stranger } = certificates();
    const dial = async (caCerts: readonly string[]): Promise<unknown> => {
      const [a, b] = memoryPair();
      const answering = startTls(b, { role: "server", ...localhost }).then((server) => server.abort(), () => {});
      try {
        (await startTls(a, { role: "client", serverName: "localhost", caCerts })).abort();
        return "trusted";
      } catch (error) {
        return (error as ConnectionAbortedError).reason;
      } finally {
        await answering;
      }
    };
    assert.deepEqual([await dial([ca]), await dial([stranger.ca]), await dial([ca])], ["trusted", "tls", "trusted"]);
  });

  test("startTls() makes both sides of a handshake over any two transports, and tells what was agreed on", async () => {
    const { ca, localhost } = certificates();
    const [a, b] = memoryPair();
    const [client, server] = await Promise.all([
      startTls(a, { role: "client", serverName: "localhost", caCerts: [ca] }),
      startTls(b, { role: "server", ...localhost }),
    ]);
    assert.equal(client.tls?.peerCertificate?.subject, "CN=localhost");
    assert.equal(server.tls?.peerCertificate, undefined);
    assert.equal(client.tls?.cipher, server.tls?.cipher);
    client.abort();
    server.abort();
  });

  test("startTls() lets go of the transport when its handshake is aborted from beneath", async () => {
    const transport = new ManualTransport();
    const starting = rejection(startTls(transport, { role: "client", serverName: "localhost" }));
    await until(() => transport.reads.length > 0, "a read");
    transport.failRead();
    const error = await starting;
    assert.ok(ConnectionAbortedError.is(error), String(error));
    assert.equal(error.reason, "reset");
    assert.deepEqual(transport.calls, ["abort"]);
  });

  test("startTls() asks for a name in Unicode as certificates write it", async () => {
    const transport = new ManualTransport();
    const starting = rejection(startTls(transport, { role: "client", serverName: "faß.de" }));
    await until(() => transport.writes.length > 0 && transport.reads.length > 0, "the ClientHello");
    assert.match(new TextDecoder("latin1").decode(transport.writes[0]!.bytes), /xn--fa-hia\.de/);
    transport.failRead();
    await starting;
  });

  test("startTls() tells the peer why it failed, and does not reset", async () => {
    const transport = new ManualTransport();
    const starting = rejection(startTls(transport, { role: "client", serverName: "localhost" }));
    await until(() => transport.reads.length > 0, "a read");
    transport.deliver("plaintext\r\n");
    assert.equal((await starting).reason, "tls");
    assert.deepEqual(transport.calls, ["release"]);
  });

  test("checkCertificates() names one that is well formed, and too weak for OpenSSL", () => {
    assert.throws(() => checkCertificates({ role: "server", ...weak() }), /^TypeError: Cannot use cert: .*too small/);
  });

  test("startTls() leaves nothing open that does not even begin", async () => {
    const transport = new ManualTransport();
    const error = await rejection(startTls(transport, { role: "server", ...weak() }));
    assert.deepEqual([error.reason, error.initiator], ["tls", "local"]);
    assert.deepEqual(transport.calls, ["abort"]);
  });
}
