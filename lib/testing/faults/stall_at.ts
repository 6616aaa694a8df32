import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { strikeAt } from "./strike.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Stalls: from then on nothing passes this way, not even an end or a reset. Reads wait, writes wait; no byte is lost.
 *
 * What a peer that hangs looks like, and a network that has gone away: only a timeout tells.
 *
 * @param when Bytes, or another moment.
 * @param options Which direction; with `"both"` each stalls at its own moment.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example A peer that says half a line and then nothing
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, stallAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: stallAt(4) });
 * await pair.peer.writer.write("half a line\n");
 * await assert.rejects(pair.local.reader.readLine({ timeout: 20 }), { reason: "timeout", bytesRead: 4 });
 * ```
 */
export function stallAt(when: FaultTrigger, options?: RandomFaultOptions): Fault {
  return strikeAt(when, options, () => {}, true);
}
