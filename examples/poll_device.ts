/**
 * Asks a device for a measurement, patiently: it is slow, wants to hear from us while it works, and drops connections.
 *
 *     deno run --allow-net examples/poll_device.ts
 *
 * followed by the address of the device, `127.0.0.1:7000`. It answers `measure` with a line.
 */
import process from "node:process";
import { retry } from "@std/async/retry";
import { connect, type Connection, ConnectionError, isRetriable } from "@hawser/net";

/** The device hangs up on a client that is silent for longer than a second. */
const HEARTBEAT = 500;

const address = process.argv[2] ?? "127.0.0.1:7000";

// Dials anew after a reset, a refusal, a timeout; not after a mistake of ours, such as an address without a port.
console.log(await retry(measure, { isRetriable, maxAttempts: 5, minTimeout: 100 }));

/** One measurement on a connection of its own. To ask twice does no harm; where it would, `error.retrySafe` tells. */
async function measure(): Promise<string> {
  try {
    await using connection = await connect(address, { timeout: 5_000 });
    await connection.writer.write("measure\n");
    return await patientLine(connection);
  } catch (error) {
    if (ConnectionError.is(error)) console.error(`No measurement: ${error.message}`);
    throw error;
  }
}

/** Waits for a line and gives a sign of life now and then. */
async function patientLine({ reader, writer }: Connection): Promise<string> {
  for (;;) {
    try {
      // With `keepOpen`, giving up costs nothing: half a line that has come already is still there for the next call.
      return await reader.readLine({ timeout: HEARTBEAT, keepOpen: true, required: true });
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
      await writer.write("still here\n");
    }
  }
}
