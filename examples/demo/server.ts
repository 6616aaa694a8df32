/**
 * The other end of the demo, a process of its own: each connection names a scene in its first line, and the server
 * plays it.
 *
 * On `node:net`, also under Deno, whose own sockets cannot send a reset. The first
 * line of its output is its port. `stop` on its input ends listener and connections, the end of input the process.
 */
import { createHash } from "node:crypto";
import process from "node:process";
import { createInterface } from "node:readline";
import { type Connection, ConnectionAbortedError, listen, type Listener } from "@hawser/net";
import { content, TOTAL } from "./content.ts";
import { type DownloadReceipt, MESSAGE, type Scene, SLOW_LINE } from "./protocol.ts";

/** A write that waits so long is not the cost of a system call: the receiver has stopped the sender. */
const PAUSE = 20;

const scenes: Record<Scene, (connection: Connection) => Promise<void>> = {
  async download({ writer }) {
    const hash = createHash("sha256");
    let heldBack = 0;
    for (const block of content()) {
      hash.update(block);
      const started = performance.now();
      await writer.write(block); // A large block is not copied: it is ours again when the kernel has it.
      const waited = performance.now() - started;
      if (waited >= PAUSE) heldBack += waited;
    }
    const receipt: DownloadReceipt = { sha256: hash.digest("hex"), heldBack };
    await writer.write(`${JSON.stringify(receipt)}\n`);
  },

  async upload({ reader, writer }) {
    const hash = createHash("sha256");
    for await (const piece of reader.chunks(TOTAL, { borrow: true })) hash.update(piece);
    await writer.write(`${hash.digest("hex")}\n`);
  },

  /** An RST instead of an answer. */
  reset(connection) {
    connection.abort();
    return Promise.resolve();
  },

  /** The beginning of a message; the rest never comes, because somebody kills this process. */
  async "half a message"({ writer, closed }) {
    await writer.write(`length ${MESSAGE.announced}\n`);
    await writer.write(new Uint8Array(MESSAGE.sent));
    await closed;
  },

  /** Says goodbye and is gone, whatever the other end still has to say. */
  async leave(connection) {
    await connection.close({ timeout: 10 });
  },

  /** Listens and never says a word. */
  async silent(connection) {
    for await (const _ of connection);
  },

  /** Never reads. Whether it would notice that the client has gone is the runtime's: `stop` ends it. */
  async deaf({ closed }) {
    await closed;
  },

  /** Half a line, a wait for heartbeats, the other half. */
  async "slow line"({ reader, writer }) {
    await writer.write(SLOW_LINE.halves[0]);
    for (let i = 0; i < SLOW_LINE.heartbeats; i++) await reader.readLine({ required: true });
    await writer.write(`${SLOW_LINE.halves[1]}\n`);
  },

  async echo({ reader, writer }) {
    for await (const line of reader.lines()) await writer.write(`${line}\n`);
  },
};

async function play(connection: Connection): Promise<void> {
  await using opened = connection;
  try {
    const scene = await opened.reader.readLine({ timeout: 5_000, required: true });
    await scenes[scene as Scene](opened);
  } catch (error) {
    // The client cuts most scenes short; that is what the demo is about. Anything else is a bug of this file.
    if (!ConnectionAbortedError.is(error)) throw error;
  }
}

async function serve(listener: Listener, playing: Set<Promise<void>>): Promise<void> {
  for await (const connection of listener) {
    const scene = play(connection).finally(() => playing.delete(scene));
    playing.add(scene);
  }
}

async function main(): Promise<void> {
  const stop = new AbortController();
  const playing = new Set<Promise<void>>();
  const listener = await listen({ port: 0, runtime: "node", signal: stop.signal });
  playing.add(serve(listener, playing));
  console.log(listener.address.transport === "tcp" && listener.address.port);
  for await (const order of createInterface({ input: process.stdin })) {
    if (order !== "stop") continue;
    await listener.close();
    stop.abort(); // The listener's signal is that of every connection it accepted.
    await Promise.all(playing);
    console.log("stopped");
  }
}

await main();
