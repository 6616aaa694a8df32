import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { strikeAt } from "./strike.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Ends the connection in order, both ways, as a peer that closes too early: this end reads the end of stream, then its
 * writes reject with `"broken-pipe"`; the peer reads the end of stream too.
 *
 * Loses what comes after. A reader that does not tell an end inside a message from one behind it is found out by this.
 *
 * @param when Bytes, or another moment.
 * @param options Which direction is counted; both end.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example An end inside a message
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, endAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: endAt(9) });
 * await pair.peer.writer.write("half a line\n");
 * await assert.rejects(pair.local.reader.readLine(), { reason: "unexpected-end" });
 * ```
 */
export function endAt(when: FaultTrigger, options?: RandomFaultOptions): Fault {
  return strikeAt(when, options, ({ connection }) => connection.end());
}
