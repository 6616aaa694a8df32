/**
 * Connections that are forgotten, or held by one part only: `forgotten all | reader | writer | iterator | readable | writable |
 * framed | waiting | traced [runtime]`; `traced` is `all` while somebody listens to the channels. Prints one line of JSON: what
 * the other end saw, and what was warned of.
 */
import { subscribe } from "node:diagnostics_channel";
import process from "node:process";
import { connect, type Connection, type ConnectOptions, enableDiagnostics, framed, listen } from "../../mod.ts";
import { lines } from "../../lib/codecs/mod.ts";
import { collectUntil } from "../garbage.ts";

const [, , part, runtime] = process.argv as [string, string, string, ConnectOptions["runtime"]];
const warnings: string[] = [];
console.warn = (...args: unknown[]) => void warnings.push(args.join(" "));

if (part === "traced") {
  await enableDiagnostics();
  subscribe("hawser:connection:close", () => {});
}
const listener = await listen({ port: 0, runtime });
const { signal } = new AbortController();

/** What is kept of a connection; everything else of it is out of reach when this returns. */
async function open(): Promise<unknown> {
  const { port } = listener.address as { port: number };
  const connection = await connect({ port, runtime, signal, idleTimeout: 600_000, closeTimeout: 2_000 });
  void connection.writer.write("in flight");
  return keep(connection);
}

function keep(connection: Connection): unknown {
  switch (part) {
    case "reader":
      return connection.reader;
    case "writer":
      return connection.writer;
    case "iterator":
      return connection.reader.lines();
    case "readable":
      return connection.readable;
    case "writable":
      return connection.writable;
    case "framed":
      return framed(connection, lines());
    case "waiting":
      return { line: connection.reader.readLine() };
    default: {
      // Touched and forgotten: neither must keep it.
      void [connection.readable, connection.writable, connection.signal, connection.closed];
      return undefined;
    }
  }
}

const opening = open();
const peer = await listener.accept();
let kept = await opening;
let ended: string | undefined;
const received = peer.reader.readAll().then(
  (bytes) => ended = `end after ${bytes.length}`,
  (error) => ended = error.reason,
);
const wasForgotten = await collectUntil(() => ended !== undefined || warnings.length > 0, 20);
if (kept !== undefined) {
  console.log(JSON.stringify({ heldBy: part, wasForgotten, open: !peer.signal.aborted }));
  kept = undefined;
  peer.abort();
} else {
  await received;
  await peer.close();
  console.log(JSON.stringify({ ended, warnings: warnings.map((line) => line.replace(/:\d+ was/, ":PORT was")) }));
}
await listener.close();
process.exit(0);
