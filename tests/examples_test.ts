/** Every example, started with exactly the line in its first comment, against a server that it was made for. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import {
  connect,
  type Connection,
  type ConnectionAbortedError,
  formatAddress,
  listen,
  type ListenOptions,
} from "@hawser/net";
import { test } from "./harness.ts";
import { commandOf, type ProgramResult, runProgram, startProgram } from "./program.ts";

/** Runs an example against a server that gives each connection to `serve`, the nth with its number. */
async function against(
  example: string,
  serve: (connection: Connection, nth: number) => Promise<void>,
  { input = "", args = [], ...options }: ListenOptions & { input?: string; args?: readonly string[] } = {},
): Promise<ProgramResult> {
  const listener = await listen({ port: 0, ...options });
  const serving = (async () => {
    let count = 0;
    for await (const connection of listener) {
      await using served = connection;
      await serve(served, count++);
    }
  })();
  const command = [...await commandOf(example), formatAddress(listener.address), ...args];
  const running = runProgram(command, input).finally(() => listener.close());
  return (await Promise.all([running, serving]))[0];
}

test("examples: each one asks for the permissions it needs, not for all", async () => {
  const names = (await readdir(new URL("../examples/", import.meta.url))).filter((name) => /\.[tj]s$/.test(name));
  assert.ok(names.length >= 3);
  for (const name of names) {
    const command = await commandOf(`examples/${name}`);
    assert.ok(command.some((word) => word.startsWith("--allow-")), name);
    assert.ok(!command.includes("-A") && !command.includes("--allow-all"), name);
  }
});

test("examples/echo_client prints what the server sends back", async () => {
  const { stdout, stderr, code } = await against("examples/echo_client.ts", async ({ reader, writer }) => {
    for await (const line of reader.lines()) await writer.write(`${line.toUpperCase()}\n`);
  }, { input: "hello\nhow are you\n" });
  assert.equal(stderr, "");
  assert.equal(stdout, "HELLO\nHOW ARE YOU\n");
  assert.equal(code, 0);
});

test("examples/echo_client says what happened when the server ends too early", async () => {
  const { stderr, code } = await against("examples/echo_client.ts", async ({ reader }) => {
    await reader.readLine();
  }, { input: "hello\n" });
  assert.match(stderr, /^Cannot read from 127\.0\.0\.1:\d+: the peer ended the stream inside a message/);
  assert.equal(code, 1);
});

test("examples/download shows the size and hash of what came, and its progress on stderr", async () => {
  const body = new Uint8Array(300_000).fill(7);
  const { stdout, stderr, code } = await against("examples/download.ts", async ({ writer }) => {
    await writer.write([`${body.length}\n`, body]);
  });
  assert.equal(stdout, `300000 bytes, SHA-256 ${createHash("sha256").update(body).digest("hex")}\n`);
  assert.match(stderr, /█{30} 100 %\n$/);
  assert.equal(code, 0);
});

test("examples/download does not take half a file for a file", async () => {
  const { stdout, stderr, code } = await against("examples/download.ts", async ({ writer }) => {
    await writer.write(["300000\n", new Uint8Array(1_000)]);
  });
  assert.equal(stdout, "");
  assert.match(stderr, /the peer ended the stream inside a message.*\nThe download is incomplete\.\n$/);
  assert.equal(code, 1);
});

test("examples/poll_device dials again after a reset, and waits for a slow line with heartbeats", async () => {
  const beats: (string | null)[] = [];
  // On node:net: Deno's own sockets cannot send the reset.
  const { stdout, stderr, code } = await against("examples/poll_device.ts", async (connection, nth) => {
    const { reader, writer } = connection;
    assert.equal(await reader.readLine(), "measure");
    if (nth === 0) return connection.abort();
    await writer.write("21.");
    beats.push(await reader.readLine(), await reader.readLine());
    await writer.write("5 °C\n");
  }, { runtime: "node" });
  assert.equal(stdout, "21.5 °C\n");
  assert.match(stderr, /^No measurement: Cannot read from .*: the peer reset the connection/);
  assert.deepEqual(beats, ["still here", "still here"]);
  assert.equal(code, 0);
});

test("examples/heartbeat goes on after a server that has died in silence, and after a reset, and loses no line", async () => {
  const heard: (string | null)[] = [];
  const { stdout, stderr, code } = await against("examples/heartbeat.ts", async (connection, nth) => {
    const { reader, writer } = connection;
    heard.push(await reader.readLine());
    if (nth === 0) {
      await writer.write("one\ntw");
      heard.push(await reader.readLine());
      await writer.write("o\n");
      heard.push(await reader.readLine());
      await writer.write("pong\n");
      heard.push(await reader.readLine()); // Never answered: the client must not believe it for ever.
      await reader.read().catch(() => {});
    } else if (nth === 1) {
      await writer.write("three\nfou");
      await writer.flush();
      await reader.read({ timeout: 20_000 }); // The line has come when it asks.
      connection.abort();
    } else await writer.write("four\nend\n");
  }, { runtime: "node", args: ["--every", "500"] });
  assert.equal(stdout, "one\ntwo\nthree\nfour\n");
  assert.deepEqual(heard, ["from 0", "ping", "ping", "ping", "from 2", "from 3"]);
  assert.match(
    stderr,
    /^Cannot read from .*500 ms.*\nonce more in \d+ ms\nCannot read from .*: the peer reset .*\nonce more in/,
  );
  assert.equal(code, 0);
});

/** Runs the fault proxy with the exact line of its first comment, but for the two addresses, before a server. */
async function proxied(
  flags: readonly string[],
  serve: (served: Connection) => Promise<void>,
  talk: (client: Connection) => Promise<void>,
): Promise<string[]> {
  await using listener = await listen({ port: 0 });
  const command = await commandOf("examples/fault_proxy.ts");
  const [upTo, rest] = [command.indexOf("--listen") + 1, "8080 --upstream 127.0.0.1:6379 --reset-after 4096"];
  assert.equal(command.slice(upTo).join(" "), rest);
  const child = startProgram([...command.slice(0, upTo), "0", "--upstream", formatAddress(listener.address), ...flags]);
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  const ended = new Promise((resolve) => child.once("close", resolve));
  for await (const line of output) {
    lines.push(line);
    const [, address] = /^listening on (\S+),/.exec(line) ?? [];
    if (address !== undefined) {
      await using client = await connect(address);
      const served = await listener.accept();
      await Promise.all([serve(served), talk(client)]);
      client.abort();
      served.abort();
    }
    if (/ (ended|broken) /.test(line)) child.kill("SIGTERM");
  }
  await ended;
  return lines;
}

test("examples/fault_proxy resets after the bytes that it was told, and shows what passed", async () => {
  let received = 0;
  const lines = await proxied(["--reset-after", "4096"], async ({ writer }) => {
    await writer.write(new Uint8Array(10_000)).catch(() => {});
    await writer.flush().catch(() => {});
  }, async ({ reader }) => {
    await assert.rejects(reader.readExactly(10_000), (error: ConnectionAbortedError) => {
      received = error.bytesRead ?? 0;
      return true;
    });
  });
  assert.ok(received <= 4_096, `${received} bytes`);
  assert.match(lines[0]!, /^listening on 127\.0\.0\.1:\d+, passing on to 127\.0\.0\.1:\d+$/);
  assert.match(lines[1]!, /^ +#1 {2}127\.0\.0\.1:\d+ +connecting +→ +0 B +← +0 B +0\.0 s$/);
  assert.match(lines[2]!, /^ +#1 {2}127\.0\.0\.1:\d+ +broken +→ +0 B +← +4096 B +\d+\.\d s +reset$/);
});

test("examples/fault_proxy takes several faults, for the flow that it is told", async () => {
  const flags = ["--flow", "upstream", "--slice", "3", "--latency", "5", "--end-after", "10", "--seed", "7"];
  const lines = await proxied(flags, async ({ reader }) => {
    assert.equal((await reader.readAll()).length, 10);
  }, async ({ writer }) => {
    await writer.write(new Uint8Array(20));
    await writer.flush();
  });
  assert.match(lines.at(-1)!, /→ +10 B +← +0 B/);
});

test("examples/fault_proxy says what it cannot use", async () => {
  const [deno, run, allow, script] = await commandOf("examples/fault_proxy.ts");
  const start = (...flags: string[]) => runProgram([deno!, run!, allow!, script!, ...flags]);
  const wrong = await start("--listen", "0", "--upstream", "127.0.0.1:9", "--reset-after", "soon");
  assert.equal(wrong.stderr, "Cannot use --reset-after soon: it must be a number\n");
  assert.equal(wrong.code, 1);
  assert.match((await start("--listen", "0")).stderr, /^Cannot start: give --listen and --upstream/);
  assert.match((await start("--nonsense")).stderr, /nonsense/);
});
