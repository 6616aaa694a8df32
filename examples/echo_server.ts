/**
 * Sends back whatever a client sends, and ends when the client has ended (RFC 862).
 *
 *     deno run --allow-net=127.0.0.1 examples/echo_server.ts
 *
 * prints where it listens. `127.0.0.1:7000` behind it makes it listen there, `unix:/path` on a Unix socket, with
 * `--allow-read --allow-write`.
 */
import process from "node:process";
import { type Connection, copy, formatAddress, serve } from "@hawser/net";

/** A client that neither sends nor takes anything for so long has gone, however quietly. */
const IDLE_TIMEOUT = 300_000;

/** One chunk is on its way at a time: a client that sends and does not read is not read either, and costs no memory. */
export async function echo({ reader, writer }: Connection): Promise<void> {
  await copy(reader, writer);
}

if (import.meta.main) {
  try {
    // Port 0: the system chooses. When `echo` returns, its connection is closed in order; when it throws, aborted.
    const server = await serve(process.argv[2] ?? "127.0.0.1:0", { idleTimeout: IDLE_TIMEOUT }, echo);
    console.log(`listening on ${formatAddress(server.address)}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
