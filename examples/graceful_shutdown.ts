/**
 * A server that can be stopped in the middle of its work: SIGTERM lets each request that is under way finish.
 *
 *     deno run --allow-net=127.0.0.1 examples/graceful_shutdown.ts
 *
 * prints where it listens. `127.0.0.1:7000` behind it makes it listen there. A request is a line, how many milliseconds
 * the work takes: `500`. A second signal is for those who cannot wait: what is under way then is aborted.
 *
 * The exit code is 0 when every request that had begun was answered, else 1.
 */
import process from "node:process";
import { delay } from "@std/async/delay";
import { type Connection, formatAddress, type HandlerContext, type Reader, serve } from "@hawser/net";

/** What a supervisor waits before it kills (Docker: 10 s), and a little less. */
const SHUTDOWN_TIMEOUT = 8_000;

export async function work({ reader, writer }: Connection, { signal }: HandlerContext): Promise<void> {
  // No signal for the work and the answer: what has begun is finished.
  for (let line = await nextLine(reader, signal); line !== null; line = await nextLine(reader, signal)) {
    const ms = Number(line);
    if (ms >= 0 && ms <= 60_000) await delay(ms);
    await writer.write(ms >= 0 && ms <= 60_000 ? `worked for ${ms} ms\n` : "a number from 0 to 60000, please\n");
  }
}

/** The next request; `null` when there will be none, or when there is to be none. */
async function nextLine(reader: Reader, signal: AbortSignal): Promise<string | null> {
  try {
    // Without `keepOpen` the signal would abort the connection, and with it the answer that is on its way.
    return await reader.readLine({ signal, keepOpen: true });
  } catch (error) {
    if (error === signal.reason) return null;
    throw error;
  }
}

async function main(address = "127.0.0.1:0"): Promise<void> {
  const server = await serve(address, work);
  console.log(`listening on ${formatAddress(server.address)}`);
  let timeout = SHUTDOWN_TIMEOUT;
  const stop = async (): Promise<void> => {
    console.log(`stopping: ${server.connections.size} connections`);
    const stopping = server.shutdown({ timeout });
    timeout = 1; // For the second signal: it shortens the first one's wait.
    const { finished, aborted, failed } = await stopping;
    console.log(`stopped: ${finished} finished, ${aborted} aborted, ${failed} failed`);
    process.exit(aborted + failed === 0 ? 0 : 1);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

if (import.meta.main) {
  try {
    await main(process.argv[2]);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
