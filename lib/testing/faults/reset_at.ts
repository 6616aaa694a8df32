import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { strikeAt } from "./strike.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Resets the connection: this end rejects with `"reset"`, `ECONNRESET`; the peer is reset too, where the transport can.
 *
 * What had passed before is still read; what comes after is lost, and as with every reset bytes on their way to the peer
 * may be.
 *
 * @param when Bytes, or another moment.
 * @param options Which direction is counted; the reset ends both.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example A reset in the middle of a line
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, resetAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: resetAt(9) });
 * await pair.peer.writer.write("half a line\n");
 * const error = await pair.local.reader.readLine().catch((error) => error);
 * assert.equal(error.reason, "reset");
 * assert.equal(error.partial.length, 9);
 * ```
 */
export function resetAt(when: FaultTrigger, options?: RandomFaultOptions): Fault {
  return strikeAt(when, options, ({ connection }) => {
    connection.fail({ reason: "reset", initiator: "peer", code: "ECONNRESET" });
  });
}
