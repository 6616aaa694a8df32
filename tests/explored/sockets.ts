/** What dials and listens by itself, over real sockets of this machine: `serve` and `reconnect`. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { type Address, isRetriable, reconnect, serve } from "@hawser/net";
import { type Explored, explored } from "./rules.ts";

/**
 * On a busy machine time may jump although something is on its way: a timeout more, which neither of the two minds. That is
 * why neither looks at how often it was dialled.
 */
const QUIET = 5;

const portOf = (address: Address): number => (address as { port: number }).port;

/** Sends a line and reads to the end, or to the error: a client that nothing surprises. */
async function lineOf(port: number): Promise<string> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let text = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => text += String(chunk));
  socket.end("ping\n");
  await new Promise((resolve) => socket.once("close", resolve)); // `once` of node:events would reject with its error.
  return text;
}

const served: Explored = explored("a server whose connections are cut", {
  async local({ wrap }) {
    const server = await serve({ port: 0, wrap, onError: () => {} }, async ({ reader, writer }) => {
      const line = await reader.readLine({ required: true, timeout: 1_000 });
      await writer.write(`${line} pong\n`);
    });
    const said = await lineOf(portOf(server.address));
    await server.shutdown();
    assert.equal(server.connections.size, 0, "a connection is still there after the shutdown");
    return said;
  },
}, {
  quiet: QUIET,
  step: 4,
  check: (said) => assert.ok("ping pong\n".startsWith(said), `a client was told ${JSON.stringify(said)}`),
});

const reconnecting: Explored = explored("a client that reconnects by itself", {
  async local({ wrap, signal }) {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.write("1\n"));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const { port } = server.address() as net.AddressInfo;
      return await reconnect(
        { port, wrap, signal, timeout: Infinity, readTimeout: 1_000 },
        async ({ reader, writer }) => {
          await writer.write("increment\n");
          return await reader.readLine({ required: true });
        },
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  },
}, {
  quiet: QUIET,
  step: 4,
  checkError: (error, { way }) => assert.ok(way === "signal" || !isRetriable(error), `${way} was not tried again`),
});

export const overSockets: readonly Explored[] = [served, reconnecting].map((one) => ({ ...one, unsteady: true }));
