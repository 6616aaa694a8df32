import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { changeStretch } from "./stretch.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Flips one bit of a byte: the one behind the first `when` bytes; with a probability, again and again.
 *
 * Loses nothing and adds nothing. TCP's checksum lets one damaged segment in 65,536 through: what a protocol without one of
 * its own does then.
 *
 * @param when Bytes, or another moment.
 * @param options Which direction; the seed decides which bit.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example A bit flips
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, corruptAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: corruptAt(2) });
 * await pair.peer.writer.write(new Uint8Array(4));
 * const [a, b, c, d] = await pair.local.reader.readExactly(4);
 * assert.deepEqual([a, b, d], [0, 0, 0]);
 * assert([1, 2, 4, 8, 16, 32, 64, 128].includes(c!));
 * ```
 */
export function corruptAt(when: FaultTrigger, options?: RandomFaultOptions): Fault {
  return changeStretch(when, 1, options, (random) => ({ bytes, hit }) => {
    return [hit ? Uint8Array.of(bytes[0]! ^ (1 << random.below(8))) : bytes];
  });
}
