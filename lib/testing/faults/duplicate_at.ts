import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { changeStretch } from "./stretch.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Sends a stretch of bytes twice: `length` of them behind the first `when`; with a probability, again and again.
 *
 * What a program does that sends again after a write that had only seemed to fail.
 *
 * @param when Bytes, or another moment.
 * @param length Bytes that come twice.
 * @param options Which direction.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example A chunk comes twice
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, duplicateAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: duplicateAt(2, 3) });
 * await pair.peer.writer.write("abcdefg\n");
 * assert.equal(await pair.local.reader.readLine(), "abcdecdefg");
 * ```
 */
export function duplicateAt(when: FaultTrigger, length: number, options?: RandomFaultOptions): Fault {
  return changeStretch(when, length, options, () => {
    let copies: Uint8Array[] = [];
    return ({ bytes, hit, last }) => {
      if (!hit) return [bytes];
      copies.push(new Uint8Array(bytes)); // The chunk may be a caller's, and the stretch may end in a later one.
      if (!last) return [bytes];
      const twice = [bytes, ...copies];
      copies = [];
      return twice;
    };
  });
}
