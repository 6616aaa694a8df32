/** A real nginx, over HTTP/1.1 on connections that are kept. */
import assert from "node:assert/strict";
import process from "node:process";
import { connect, type Connection, ConnectionAbortedError, framed } from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { skipUnless, test, type TestOptions } from "./harness.ts";
import { http, type HttpResponse } from "./http_codec.ts";
import { FILES, hasNginx, type NginxServer, REQUESTS, startNginx } from "./nginx_server.ts";
import { onDeno, rejection, runtimes } from "./raw_peers.ts";

/** Each start of a server costs: what is the server's is seen on one Node. */
const here = onDeno || process.version.startsWith("v20.");

const options: TestOptions = here ? skipUnless(hasNginx, "nginx is not installed (Debian: apt-get install nginx)") : {};

const unzipped = async (body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

function assertFile({ status, body }: HttpResponse, name: string): void {
  assert.equal(status, 200);
  assert.deepEqual(body, FILES[name]);
}

for (const runtime of here && !needsOpenssl.skip ? runtimes : []) {
  for (const over of ["plaintext", "TLS"] as const) {
    const dial = ({ port, tlsPort }: NginxServer): Promise<Connection> =>
      connect({
        hostname: "localhost",
        port: over === "TLS" ? tlsPort : port,
        runtime,
        readTimeout: 20_000,
        tls: over === "TLS" && { caCerts: [certificates().ca] },
      });

    test(
      `nginx: several requests on one connection, then its orderly end, over ${over}, runtime "${runtime}"`,
      options,
      async () => {
        await using server = await startNginx();
        const connection = await dial(server);
        const session = framed(connection, http);
        const files = ["small.txt", "empty.txt", "large.txt", "small.txt"];
        assert.equal(files.length, REQUESTS);
        const goodbyes: (string | undefined)[] = [];
        for (const name of files) {
          await session.send({ path: `/${name}` });
          const answer = await session.receive({ required: true });
          assertFile(answer, name);
          goodbyes.push(answer.headers.get("connection"));
        }
        assert.deepEqual(goodbyes, ["keep-alive", "keep-alive", "keep-alive", "close"]);
        assert.equal(await session.receive(), undefined);
        assert.deepEqual((await connection.close()).clean, true);
      },
    );

    test(`nginx: chunked bodies, over ${over}, runtime "${runtime}"`, options, async () => {
      await using server = await startNginx();
      await using connection = await dial(server);
      const session = framed(connection, http);
      for (const name of ["large.txt", "small.txt"]) {
        await session.send({ path: `/zipped/${name}`, headers: { "Accept-Encoding": "gzip" } });
        const { headers, body } = await session.receive({ required: true });
        assert.equal(headers.get("content-length"), undefined);
        assert.deepEqual(await unzipped(body), FILES[name]);
      }
    });

    test(
      `nginx: requests that do not wait for each other are answered in order, over ${over}, runtime "${runtime}"`,
      options,
      async () => {
        await using server = await startNginx();
        await using connection = await dial(server);
        const session = framed(connection, http);
        const files = ["large.txt", "empty.txt", "small.txt"];
        await Promise.all(files.map((name) => session.send({ path: `/${name}` })));
        for (const name of files) assertFile(await session.receive({ required: true }), name);
      },
    );

    test(`nginx: kill -9 in a body, over ${over}, runtime "${runtime}"`, options, async () => {
      await using server = await startNginx();
      const connection = await dial(server);
      const session = framed(connection, http);
      await session.send({ path: "/slow/large.txt" });
      const pending = rejection(session.receive({ required: true }));
      // What it sends at once has come; for the rest it would need days.
      while (connection.bytesRead < 65_536) await new Promise((resolve) => setTimeout(resolve, 1));
      server.kill();
      const error = await pending;
      assert.ok(ConnectionAbortedError.is(error), String(error));
      assert.deepEqual([error.operation, error.initiator], ["read", "peer"]);
      assert.equal(error.reason, over === "TLS" ? "tls" : "unexpected-end");
      // Each byte of the answer that came is there.
      const text = new TextDecoder().decode(error.partial);
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
      assert.equal(error.partial!.length, connection.bytesRead);
    });
  }
}
