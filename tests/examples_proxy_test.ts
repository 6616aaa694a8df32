/** `examples/proxy.ts`, started with the line in its first comment, between other people's programs. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect, type Connection, formatAddress, listen, type Listener } from "../mod.ts";
import { needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { pemFiles } from "./pem_files.ts";
import { commandOf, runProgram } from "./program.ts";
import { onDeno, rejection } from "./raw_peers.ts";
import { needs, Running } from "./running.ts";

/** A few times what the kernel holds of a connection. */
const LARGE = 12_000_000;

async function started(...args: string[]): Promise<{ proxy: Running; address: string }> {
  const [deno, run, ...rest] = await commandOf("examples/proxy.ts");
  const files = args.some((word) => /^--(ca|cert)$/.test(word)) ? ["--allow-read"] : [];
  const proxy = Running.example([deno!, run!, ...files, ...rest, ...args]);
  return { proxy, address: await proxy.printed(/listening on (127\.0\.0\.1:\d+), passing on to/) };
}

/** A server that this test plays: its own sockets can reset, and so can its client's. */
const upstream = (): Promise<Listener> => listen({ port: 0, runtime: "node", readTimeout: 20_000 });
const dial = (address: string): Promise<Connection> => connect(address, { runtime: "node", readTimeout: 20_000 });

if (onDeno) {
  const peers = needs({ nc: "netcat-openbsd", socat: "socat" });

  test("examples/proxy passes 12 MB from nc to socat and back, with the half-closes", peers, async () => {
    await using echo = Running.command("socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat");
    const port = await echo.printed(/listening on .*127\.0\.0\.1:(\d+)/);
    const { proxy, address } = await started("--upstream", `127.0.0.1:${port}`);
    await using _proxy = proxy;
    const sent = randomBytes(LARGE);
    await using client = Running.command("nc", "-N", ...address.split(":"));
    client.end(sent);
    assert.deepEqual([await client.ended(), await echo.ended()], [0, 0], client.stderr);
    assert.ok(sent.equals(client.bytes), `${client.bytes.length} bytes`);
    await proxy.printed(/\n127\.0\.0\.1:\d+: 12000000 bytes there, 12000000 back\n/);
  });

  test("examples/proxy lets the server end first, and the client go on", async () => {
    await using listener = await upstream();
    const { proxy, address } = await started("--upstream", formatAddress(listener.address));
    await using _proxy = proxy;
    await using client = await dial(address);
    await using served = await listener.accept();
    await served.writer.write("all I have to say");
    await served.writer.closeWrite();
    assert.equal(new TextDecoder().decode(await client.reader.readAll()), "all I have to say");
    await client.writer.write("thank you");
    await client.writer.closeWrite();
    assert.equal(new TextDecoder().decode(await served.reader.readAll()), "thank you");
    await proxy.printed(/: 9 bytes there, 17 back\n/);
    assert.equal(proxy.stderr, "");
  });

  test("examples/proxy passes a reset on, either way, and goes on with the others", async () => {
    await using listener = await upstream();
    const { proxy, address } = await started("--upstream", formatAddress(listener.address));
    await using _proxy = proxy;
    await using other = await dial(address);
    await using otherServed = await listener.accept();
    for (const who of ["server", "client"] as const) {
      const client = await dial(address);
      const served = await listener.accept();
      const [sender, receiver] = who === "server" ? [served, client] : [client, served];
      await sender.writer.write("half an ans");
      await receiver.reader.readExactly(11);
      sender.abort();
      const error = await rejection(receiver.reader.read());
      assert.deepEqual([error.reason, error.initiator], ["reset", "peer"], who);
    }
    await proxy.printed(/\n?127\.0\.0\.1:\d+ \(0 bytes there, 11 back\): Cannot read from .*: the peer reset/);
    await proxy.printed(/\n127\.0\.0\.1:\d+ \(11 bytes there, 0 back\): Cannot read from .*: the peer reset/);
    await other.writer.write("still here");
    assert.equal((await otherServed.reader.readExactly(10)).length, 10);
    await Promise.all([other.close(), otherServed.close()]);
  });

  test("examples/proxy resets the server's connection when nc is killed with bytes unread", peers, async () => {
    await using listener = await upstream();
    const { proxy, address } = await started("--upstream", formatAddress(listener.address));
    await using _proxy = proxy;
    await using client = Running.command("nc", ...address.split(":"));
    await client.say("first\n");
    const served = await listener.accept();
    assert.equal(await served.reader.readLine(), "first");
    client.kill("SIGSTOP");
    const writing = served.writer.write(new Uint8Array(LARGE)).then(() => served.writer.flush()).catch((error) =>
      error
    );
    client.kill("SIGKILL");
    assert.match((await writing).reason, /^(reset|broken-pipe)$/);
    await proxy.printed(/ bytes there, \d+ back\): Cannot .*: the peer/);
  });

  test("examples/proxy resets its client when nobody listens upstream", async () => {
    const { proxy, address } = await started("--upstream", "127.0.0.1:1");
    await using _proxy = proxy;
    const client = await dial(address);
    assert.equal((await rejection(client.reader.read())).reason, "reset");
    await proxy.printed(/^127\.0\.0\.1:\d+: Cannot connect to 127\.0\.0\.1:1: nobody listens there/);
  });
}

if (onDeno) {
  test("examples/proxy says what it cannot use, and does not fall back to plaintext", async () => {
    const line = await commandOf("examples/proxy.ts");
    for (
      const [args, wanted] of [
        [[], /^Cannot start: give the --upstream ADDRESS\n$/],
        [["--upstream", "127.0.0.1:1", "--name", "example.com"], /^Cannot use --ca or --name without --tls\n$/],
      ] as const
    ) {
      const { code, stdout, stderr } = await runProgram([...line, ...args]);
      assert.match(stderr, wanted);
      assert.deepEqual([code, stdout], [1, ""]);
    }
  });
}

if (onDeno && !needsOpenssl.skip) {
  test("examples/proxy --tls dials openssl s_server, and resets its client when that is killed", async () => {
    await using pem = await pemFiles();
    const args = "s_server -rev -accept 127.0.0.1:0 -cert".split(" ");
    await using server = Running.command("openssl", ...args, pem.cert, "-key", pem.key);
    const port = await server.printed(/ACCEPT \S*:(\d+)/);
    const { proxy, address } = await started("--upstream", `127.0.0.1:${port}`, "--tls", "--ca", pem.ca);
    await using _proxy = proxy;
    {
      await using client = await dial(address);
      await client.writer.write("hawser\n");
      await client.writer.closeWrite();
      assert.equal(await client.reader.readLine(), "reswah");
      assert.equal(await client.reader.read(), null);
    }
    const client = await dial(address);
    await client.writer.write("hawser\n");
    assert.equal(await client.reader.readLine(), "reswah");
    server.kill("SIGKILL");
    assert.equal((await rejection(client.reader.read())).reason, "reset");
    await proxy.printed(/\(7 bytes there, 7 back\): .*close_notify/);
  });

  test("examples/proxy --cert --key talks TLS with openssl s_client", async () => {
    await using pem = await pemFiles();
    await using listener = await upstream();
    const { proxy, address } = await started(
      "--upstream",
      formatAddress(listener.address),
      "--cert",
      pem.cert,
      "--key",
      pem.key,
    );
    await using _proxy = proxy;
    const trust = ["-CAfile", pem.ca, "-verify_return_error", "-verify_ip", "127.0.0.1", "-quiet", "-no_ign_eof"];
    await using client = Running.command("openssl", "s_client", "-connect", address, ...trust);
    await client.say("hello\n");
    await using served = await listener.accept();
    assert.equal(await served.reader.readLine(), "hello");
    await served.writer.write("welcome\n");
    await client.printed(/welcome\n/);
    client.end();
    assert.equal(await served.reader.read(), null);
    await served.close();
    assert.equal(await client.ended(), 0);
  });
}
