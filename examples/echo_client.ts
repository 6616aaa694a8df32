/**
 * Sends the lines of standard input to an echo server and prints what comes back.
 *
 *     deno run --allow-net examples/echo_client.ts
 *
 * followed by the address of the server, `127.0.0.1:7000`.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { connect, ConnectionError } from "@hawser/net";

const address = process.argv[2] ?? "127.0.0.1:7000";

try {
  // Closed at the end of the block, however it is left.
  await using connection = await connect(address, { timeout: 5_000 });
  const { reader, writer } = connection;
  for await (const line of createInterface({ input: process.stdin })) {
    await writer.write(`${line}\n`);
    // An answer is outstanding: the end of the stream is an error too, not a `null` to forget about.
    console.log(await reader.readLine({ timeout: 5_000, required: true }));
  }
} catch (error) {
  if (!ConnectionError.is(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
