/**
 * Sends the lines of standard input to an echo server and prints what comes back.
 *
 *     deno run --allow-net examples/echo_client.ts
 *
 * followed by the address of the server, `127.0.0.1:7000`.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { connect, type Connection, ConnectionError } from "@hawser/net";

/** Sends each line and gives what comes back to `print`. */
export async function echoLines(
  { reader, writer }: Connection,
  lines: AsyncIterable<string>,
  print: (line: string) => void,
): Promise<void> {
  for await (const line of lines) {
    await writer.write(`${line}\n`);
    // An answer is outstanding: the end of the stream is an error too, not a `null` to forget about.
    print(await reader.readLine({ timeout: 5_000, required: true }));
  }
}

async function main(address = "127.0.0.1:7000"): Promise<void> {
  try {
    // Closed at the end of the block, however it is left.
    await using connection = await connect(address, { timeout: 5_000 });
    await echoLines(connection, createInterface({ input: process.stdin }), console.log);
  } catch (error) {
    if (!ConnectionError.is(error)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main(process.argv[2]);
