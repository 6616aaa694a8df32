/** The protocol of each example, cut at every byte and event in every way. */
import assert from "node:assert/strict";
import type { Connection, ConnectionOptions } from "@hawser/net";
import { exploreAborts, type ExploreOptions, type Scenario } from "@hawser/net/testing";
import { download } from "../examples/download.ts";
import { echoLines } from "../examples/echo_client.ts";
import { echo } from "../examples/echo_server.ts";
import { work } from "../examples/graceful_shutdown.ts";
import { talk } from "../examples/mini_redis.ts";
import { poll } from "../examples/poll_device.ts";
import { test } from "./harness.ts";

/** No timeouts but those that the example sets itself. */
const NONE: ConnectionOptions = { readTimeout: Infinity, writeTimeout: Infinity };

async function findNothing<T>(scenario: Scenario<T>, options: ExploreOptions<T> = {}): Promise<void> {
  const { findings } = await exploreAborts(scenario, { print: () => {}, connection: NONE, ...options });
  assert.deepEqual(findings, []);
}

async function* given(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

test("exploreAborts() finds nothing in examples/echo_client", async () => {
  await findNothing({
    async local({ connection }) {
      const printed: string[] = [];
      await echoLines(connection, given(["hello", "how are you"]), (line) => printed.push(line));
      return printed;
    },
    async peer({ reader, writer }: Connection) {
      for await (const line of reader.lines()) await writer.write(`${line.toUpperCase()}\n`);
    },
  });
});

test("exploreAborts() finds nothing in examples/download", async () => {
  await findNothing({
    async local({ connection }) {
      return new Uint8Array(await download(connection, () => {}));
    },
    async peer({ writer }: Connection) {
      await writer.write("100\n");
      await writer.write([new Uint8Array(60).fill(1), new Uint8Array(40).fill(2)]);
    },
  }, { seed: 4, connection: { ...NONE, readTimeout: 10_000 } });
});

test("exploreAborts() finds nothing in examples/poll_device", async () => {
  const { error } = console;
  console.error = () => {}; // A thousand times "No measurement".
  try {
    await findNothing({
      local: ({ dial }) => poll(dial),
      async peer({ reader, writer }: Connection) {
        assert.equal(await reader.readLine(), "measure");
        await writer.write("21.");
        assert.equal(await reader.readLine(), "still here");
        await writer.write("5 °C\n");
      },
    });
  } finally {
    console.error = error;
  }
});

/** A server's part, and that it closes: what `serve` does when a handler returns. */
function served(handle: (connection: Connection) => Promise<void>): Scenario<string>["local"] {
  return async ({ connection }) => {
    await handle(connection);
    await connection.close();
    return "served";
  };
}

/** Without a bound a server waits for ever for a client that keeps silent; so do these, but for the system's keep-alive. */
const BOUNDED = { connection: { ...NONE, idleTimeout: 300_000 } };

/** A client that says something, half-closes, and reads what comes back. */
function says(text: string): (connection: Connection) => Promise<void> {
  return async ({ reader, writer }) => {
    await writer.write(text);
    await writer.closeWrite();
    await reader.readAll();
  };
}

test("exploreAborts() finds nothing in examples/echo_server", async () => {
  await findNothing({ local: served(echo), peer: says("hello there") }, BOUNDED);
});

test("exploreAborts() finds nothing in examples/mini_redis", async () => {
  await findNothing({ local: served(talk), peer: says("SET a 1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\nNOPE\r\n") }, BOUNDED);
});

test("exploreAborts() finds nothing in examples/graceful_shutdown", async () => {
  const { signal } = new AbortController();
  await findNothing({ local: served((connection) => work(connection, { signal })), peer: says("0\nx\n1\n") }, BOUNDED);
});
