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

/** A device that has said nothing for 10 s has gone, however well it takes our signs of life: its kernel does that. */
const MOST_BEATS = 20;

/** One measurement on a connection of its own. To ask twice does no harm; where it would, `error.retrySafe` tells. */
export async function measure(dial: () => Promise<Connection>): Promise<string> {
  try {
    await using connection = await dial();
    await connection.writer.write("measure\n");
    return await patientLine(connection);
  } catch (error) {
    if (ConnectionError.is(error)) console.error(`No measurement: ${error.message}`);
    throw error;
  }
}

/** Waits for a line and gives a sign of life now and then. */
async function patientLine({ reader, writer }: Connection): Promise<string> {
  for (let beat = 1;; beat++) {
    try {
      // With `keepOpen`, giving up costs nothing: half a line that has come already is still there for the next call.
      // The last time it ends the connection.
      return await reader.readLine({ timeout: HEARTBEAT, keepOpen: beat < MOST_BEATS, required: true });
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
      await writer.write("still here\n");
    }
  }
}

/** Dials anew after a reset, a refusal, a timeout; not after a mistake of ours, such as an address without a port. */
export async function poll(dial: () => Promise<Connection>): Promise<string> {
  return await retry(() => measure(dial), { isRetriable, maxAttempts: 5, minTimeout: 100 });
}

if (import.meta.main) {
  const address = process.argv[2] ?? "127.0.0.1:7000";
  console.log(await poll(() => connect(address, { timeout: 5_000 })));
}
