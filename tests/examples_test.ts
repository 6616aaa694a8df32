/** Every example, started with exactly the line in its first comment, against a server that it was made for. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { type Connection, formatAddress, listen, type ListenOptions } from "@hawser/net";
import { test } from "./harness.ts";
import { commandOf, type ProgramResult, runProgram } from "./program.ts";

/** Runs an example against a server that gives each connection to `serve`, the nth with its number. */
async function against(
  example: string,
  serve: (connection: Connection, nth: number) => Promise<void>,
  { input = "", ...options }: ListenOptions & { input?: string } = {},
): Promise<ProgramResult> {
  const listener = await listen({ port: 0, ...options });
  const serving = (async () => {
    let count = 0;
    for await (const connection of listener) {
      await using served = connection;
      await serve(served, count++);
    }
  })();
  const command = [...await commandOf(example), formatAddress(listener.address)];
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
