import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { strikeAt } from "./strike.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Pulls the cable: from then on nothing passes in either direction, no bytes, no end, no reset, and nobody is told.
 *
 * Loses what this end writes: 64 KiB more are taken, as by the send buffer of a kernel, then writes wait. Only a timeout
 * tells. What cannot be hidden from the peer is that this end lets go of its socket in the end.
 *
 * @param when Bytes, or another moment.
 * @param options Which direction is counted; both go dark.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example A peer that has gone without a word
 * ```ts
 * import assert from "node:assert/strict";
 * import { blackhole, connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: blackhole(0) });
 * pair.peer.abort();
 * await pair.local.writer.write("anybody there?\n");
 * await assert.rejects(pair.local.reader.readLine({ timeout: 20 }), { reason: "timeout" });
 * ```
 */
export function blackhole(when: FaultTrigger = 0, options?: RandomFaultOptions): Fault {
  return strikeAt(when, options, ({ connection }) => connection.vanish());
}
