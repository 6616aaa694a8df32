import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { changeStretch } from "./stretch.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Loses a stretch of bytes in the middle of the stream, and says nothing: `length` of them behind the first `when`; with a probability, again and again.
 *
 * What a program does that ignores a short write.
 *
 * @param when Bytes, or another moment.
 * @param length Bytes that are lost.
 * @param options Which direction.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example A hole in the stream
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, dropAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: dropAt(2, 3) });
 * await pair.peer.writer.write("abcdefg\n");
 * assert.equal(await pair.local.reader.readLine(), "abfg");
 * ```
 */
export function dropAt(when: FaultTrigger, length: number, options?: RandomFaultOptions): Fault {
  return changeStretch(when, length, options, () => ({ bytes, hit }) => hit ? [] : [bytes]);
}
