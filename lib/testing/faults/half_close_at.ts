import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { strikeAt } from "./strike.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Half-closes too early: one direction ends in order, the other goes on.
 *
 * Loses what comes after in that direction: this end finds the end of stream, or what it writes is swallowed behind the end
 * that the peer finds.
 *
 * @param when Bytes, or another moment.
 * @param options Which direction; with `"both"` each ends at its own moment.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example The answer ends, the request goes on
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, halfCloseAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: halfCloseAt(4) });
 * await pair.peer.writer.write("too much");
 * assert.equal(new TextDecoder().decode(await pair.local.reader.readAll()), "too ");
 * await pair.local.writer.write("still here\n");
 * assert.equal(await pair.peer.reader.readLine(), "still here");
 * ```
 */
export function halfCloseAt(when: FaultTrigger, options?: RandomFaultOptions): Fault {
  return strikeAt(when, options, (lane) => lane.end());
}
