/** `examples/netcat.ts`, started with the line in its first comment, against other people's netcats, and against itself. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CUT_SHORT, NEVER_CONNECTED } from "../examples/netcat.ts";
import { formatAddress, listen } from "../mod.ts";
import { needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { pemFiles } from "./pem_files.ts";
import { commandOf } from "./program.ts";
import { NO_SUCH_HOST, onDeno, temporaryFolder, until } from "./raw_peers.ts";
import { needs, Running } from "./running.ts";

/** A few times what the kernel holds of a connection. */
const LARGE = 12_000_000;

/** The permissions that its comment names for Unix sockets and files. */
const FILES = ["--allow-read", "--allow-write"];

async function netcat(...args: string[]): Promise<Running> {
  const [deno, run, ...rest] = await commandOf("examples/netcat.ts");
  const files = args.some((word) => /^--(unix|ca|cert)$/.test(word)) ? FILES : [];
  return Running.example([deno!, run!, ...files, ...rest, ...args]);
}

/** Waits until one that listens says where. */
async function portOf(listening: Running): Promise<string> {
  return await listening.printed(/listening on [^\n]*:(\d+)\n/);
}

/** Both send something large, half-close, and end with code 0 when they have received everything. */
async function assertExchange(one: Running, other: Running, inTurn = false): Promise<void> {
  const [there, back] = [randomBytes(LARGE), randomBytes(LARGE / 2)];
  other.end(back);
  if (inTurn) await until(() => one.bytes.length === back.length, "the half-closed direction has passed");
  one.end(there);
  assert.deepEqual([await one.ended(), await other.ended()], [0, 0], one.stderr + other.stderr);
  assert.ok(there.equals(other.bytes), `${other.bytes.length} bytes`);
  assert.ok(back.equals(one.bytes), `${one.bytes.length} bytes`);
}

/** OpenBSD's nc drops what it has not sent when the other side half-closes: it is to be the first. */
const NC_IN_TURN = true;

if (onDeno) {
  const peers = needs({ nc: "netcat-openbsd", socat: "socat" });

  test("examples/netcat dials nc, both send and half-close, TCP", peers, async () => {
    await using peer = Running.command("nc", "-N", "-v", "-n", "-l", "127.0.0.1", "0");
    await using own = await netcat(`127.0.0.1:${await peer.printed(/Listening on 127\.0\.0\.1 (\d+)/)}`);
    await assertExchange(own, peer, NC_IN_TURN);
    assert.equal(own.stderr, "");
  });

  test("examples/netcat --listen is dialled by socat, both send and half-close, TCP", peers, async () => {
    await using own = await netcat("--listen", "127.0.0.1:0");
    await using peer = Running.command("socat", "-t", "20", "-", `TCP:127.0.0.1:${await portOf(own)}`);
    await assertExchange(own, peer);
  });

  test("examples/netcat half-closes: a peer that counts what comes answers only then", peers, async () => {
    await using peer = Running.command("socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1", "EXEC:wc -c");
    await using own = await netcat(`127.0.0.1:${await peer.printed(/listening on .*127\.0\.0\.1:(\d+)/)}`);
    own.end(new Uint8Array(LARGE));
    assert.equal(await own.ended(), 0, own.stderr);
    assert.equal(own.stdout, `${LARGE}\n`);
  });

  test("examples/netcat --unix dials socat, both send and half-close", peers, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("peer.sock");
    await using peer = Running.command("socat", "-d", "-d", "-t", "20", "-", `UNIX-LISTEN:${path}`);
    await peer.printed(/listening on/);
    await using own = await netcat("--unix", path);
    await assertExchange(own, peer);
  });

  test("examples/netcat --listen --unix is dialled by nc, both send and half-close", peers, async () => {
    await using folder = await temporaryFolder();
    const path = folder.path("own.sock");
    await using own = await netcat("--listen", "--unix", path);
    await own.printed(/listening on unix:/);
    await using peer = Running.command("nc", "-N", "-U", path);
    await assertExchange(own, peer, NC_IN_TURN);
  });

  test("examples/netcat says with its exit code why it never connected", async () => {
    await using taken = await listen({ port: 0 });
    const { port } = taken.address as { port: number };
    const cases: [number, RegExp, ...string[]][] = [
      [2, /^Unknown option '--bogus'/, "--bogus"],
      [2, /^Cannot use the address "nowhere"/, "nowhere"],
      [2, /^Cannot use --ca, .* without --tls/, "--ca", "/no/such.pem", "127.0.0.1:1"], // Not in plaintext instead.
      [2, /^ENOENT: .*'\/no\/such\.pem'\n$/, "--tls", "--ca", "/no/such.pem", "127.0.0.1:1"],
      [10, /^Cannot connect to 127\.0\.0\.1:1: nobody listens there/, "127.0.0.1:1"],
      [14, /^Cannot connect to .*: the name does not exist/, `${NO_SUCH_HOST}:1`],
      [16, /^Cannot connect to unix:\/no\/such\.sock: no such path/, "--unix", "/no/such.sock"],
      [18, /^Cannot listen on 127\.0\.0\.1:\d+: another socket listens there/, "--listen", `127.0.0.1:${port}`],
      [12, /^Cannot connect to .*300 ms/, "--tls", "--timeout", "300", `127.0.0.1:${port}`], // Nobody shakes hands.
    ];
    for (const [code, message, ...args] of cases) {
      await using own = await netcat(...args);
      own.end();
      assert.equal(await own.ended(), code, own.stderr);
      assert.match(own.stderr, message);
      assert.equal(own.stdout, "");
    }
  });

  test("examples/netcat says with its exit code how the connection was cut: reset, silence, broken output", async () => {
    await using listener = await listen({ port: 0, runtime: "node" }); // Deno's own sockets send no reset.
    const address = formatAddress(listener.address);
    {
      await using own = await netcat(address);
      const served = await listener.accept();
      await served.writer.write("half an ans");
      await own.printed(/half an ans/);
      served.abort();
      assert.equal(await own.ended(), CUT_SHORT.reset);
      assert.match(own.stderr, /^Cannot read from .*: the peer reset the connection/);
    }
    {
      await using own = await netcat("--timeout", "300", address);
      await using _silent = await listener.accept();
      assert.equal(await own.ended(), CUT_SHORT.timeout);
      assert.match(own.stderr, /^Cannot read from .*300 ms/);
    }
    {
      const line = [...await commandOf("examples/netcat.ts"), address].join(" ");
      await using both = Running.command("bash", "-c", `${line} | head -c 1; exit \${PIPESTATUS[0]}`);
      const served = await listener.accept();
      served.writer.write(new Uint8Array(LARGE)).catch(() => {});
      assert.equal(await both.ended(), 1);
      assert.equal(both.stderr, "write EPIPE\n");
      await served.closed;
    }
  });

  test("examples/netcat at a terminal ends when the other side has ended", needs({ script: "bsdutils" }), async () => {
    await using listener = await listen({ port: 0 });
    const line = [...await commandOf("examples/netcat.ts"), formatAddress(listener.address)].join(" ");
    await using terminal = Running.command("script", "-qec", line, "/dev/null");
    const served = await listener.accept();
    await terminal.say("hello\n");
    assert.equal(await served.reader.readLine(), "hello");
    await served.writer.write("bye\n");
    await served.close();
    assert.equal(await terminal.ended(), 0);
    assert.match(terminal.stdout, /bye\r\n$/);
  });

  test("examples/netcat ends with 30 when nc is killed with bytes unread", peers, async () => {
    await using peer = Running.command("nc", "-v", "-n", "-l", "127.0.0.1", "0");
    await using own = await netcat(`127.0.0.1:${await peer.printed(/Listening on 127\.0\.0\.1 (\d+)/)}`);
    await own.say("first\n");
    await peer.printed(/first\n/);
    peer.kill("SIGSTOP");
    await own.say(new Uint8Array(400_000)); // More than waits in the pipe and in the program: the kernel has the rest.
    peer.kill("SIGKILL");
    assert.equal(await own.ended(), CUT_SHORT.reset);
    assert.match(own.stderr, /^Cannot (read from|write to) 127\.0\.0\.1:\d+: the peer reset the connection/);
  });

  test("examples/netcat: the table of exit codes in its comment is that of the program", async () => {
    const source = await readFile(new URL("../examples/netcat.ts", import.meta.url), "utf8");
    const [table] = /\* \| exit code[^]*?\*\//.exec(source)!;
    const words = table.replace(/\|\n \* \| +\|/g, " ").replace(/ +/g, " ");
    const told = Object.fromEntries(
      Array.from(words.matchAll(/(\d\d) ([A-Za-z][a-z ]*[a-z]|TLS)/g), ([, code, name]) => [code, name]),
    );
    const meant = [NEVER_CONNECTED, CUT_SHORT].flatMap((table) =>
      Object.entries(table).map(([reason, code]) => [String(code), reason.replaceAll("-", " ")])
    );
    const spoken: Record<string, string> = {
      tls: "TLS",
      "resource exhausted": "out of resources",
      closed: "closed here",
    };
    assert.deepEqual(told, Object.fromEntries(meant.map(([code, reason]) => [code, spoken[reason!] ?? reason])));
  });
}

if (onDeno && !needsOpenssl.skip) {
  test("examples/netcat --tls talks to itself, both send and half-close", async () => {
    await using pem = await pemFiles();
    await using server = await netcat("--listen", "--tls", "--cert", pem.cert, "--key", pem.key, "127.0.0.1:0");
    await using client = await netcat("--tls", "--ca", pem.ca, `127.0.0.1:${await portOf(server)}`);
    await assertExchange(client, server);
  });

  test("examples/netcat --tls talks to openssl s_server, and ends with 35 when that is killed", async () => {
    await using pem = await pemFiles();
    await using peer = Running.command(
      "openssl",
      ..."s_server -rev -accept 127.0.0.1:0 -cert".split(" "),
      pem.cert,
      "-key",
      pem.key,
    );
    const address = `127.0.0.1:${await peer.printed(/ACCEPT \S*:(\d+)/)}`;
    {
      await using own = await netcat("--tls", "--ca", pem.ca, address);
      own.end("hawser\n");
      assert.equal(await own.ended(), 0, own.stderr);
      assert.equal(own.stdout, "reswah\n");
    }
    {
      await using own = await netcat("--tls", address);
      assert.equal(await own.ended(), NEVER_CONNECTED.tls);
      assert.match(
        own.stderr,
        /^Cannot complete the TLS handshake .*: the peer's certificate has an issuer that is not trusted/,
      );
    }
    await using own = await netcat("--tls", "--ca", pem.ca, address);
    await own.say("hawser\n");
    await own.printed(/reswah\n/);
    peer.kill("SIGKILL");
    assert.equal(await own.ended(), CUT_SHORT.tls);
    assert.match(own.stderr, /close_notify/);
  });

  test("examples/netcat --listen --tls is dialled by openssl s_client", async () => {
    await using pem = await pemFiles();
    await using own = await netcat("--listen", "--tls", "--cert", pem.cert, "--key", pem.key, "127.0.0.1:0");
    const trust = ["-CAfile", pem.ca, "-verify_return_error", "-verify_ip", "127.0.0.1", "-quiet", "-no_ign_eof"];
    await using peer = Running.command("openssl", "s_client", "-connect", `127.0.0.1:${await portOf(own)}`, ...trust);
    await peer.say("hello\n");
    own.end("welcome\n");
    await Promise.all([own.printed(/hello\n/), peer.printed(/welcome\n/)]);
    peer.end();
    assert.deepEqual([await own.ended(), await peer.ended()], [0, 0], own.stderr);
  });
}
