/**
 * Follows a server's news over connections that may break, and notices when one of them is dead without saying so.
 *
 *     deno run --allow-net examples/heartbeat.ts
 *
 * followed by the address of the server, `127.0.0.1:7000`, and perhaps `--every MS`: how long a quiet server is believed.
 * It is told `from N`, the first line that is wanted, sends its lines, and answers `ping` with `pong`. `end` is the last.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Connection, reconnect, type ReconnectOptions } from "@hawser/net";

/** Below the minutes after which routers forget a connection in which nothing passes. */
const HEARTBEAT = 15_000;

/** Gives each line to `print` once, over as many connections as it takes. */
export async function follow(
  address: string,
  options: Omit<ReconnectOptions, "hostname" | "port" | "path">,
  print: (line: string) => void,
  heartbeat: number = HEARTBEAT,
): Promise<void> {
  let next = 0; // Outlives the connections: a new one goes on where the last one broke.
  await reconnect(address, options, async (connection) => {
    await connection.writer.write(`from ${next}\n`);
    for (
      let line = await liveLine(connection, heartbeat);
      line !== "end";
      line = await liveLine(connection, heartbeat)
    ) {
      if (line === "pong") continue;
      print(line);
      next++;
    }
  });
}

/** The next line; asks a server that has been quiet whether it is there. */
async function liveLine({ reader, writer }: Connection, heartbeat: number): Promise<string> {
  try {
    // With `keepOpen`, giving up costs nothing: half a line that has come is still there for the next call.
    return await reader.readLine({ timeout: heartbeat, keepOpen: true, required: true });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
  }
  await writer.write("ping\n");
  // Without it, giving up is the end of this connection, and `reconnect` dials again: whoever is there says something.
  return await reader.readLine({ timeout: heartbeat, required: true });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { every: { type: "string" } }, allowPositionals: true });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const onAttempt: ReconnectOptions["onAttempt"] = ({ error, delay }) =>
    console.error(`${(error as Error).message}\nonce more in ${Math.ceil(delay)} ms`);
  const options = { signal: stop.signal, onAttempt };
  const address = positionals[0] ?? "127.0.0.1:7000";
  await follow(address, options, console.log, values.every === undefined ? HEARTBEAT : Number(values.every));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
