import { checkFunction } from "../../arguments.ts";
import { Random } from "../random.ts";
import { checkSeed } from "./disturb.ts";
import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { checkProbability } from "./trigger.ts";

/**
 * Puts a fault around some connections only. Which ones follows from the seed and their order.
 *
 * @param probability From 0, none, to 1, all.
 * @param fault What the unlucky ones get.
 * @param options The seed.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A probability outside 0 to 1.
 * @throws {TypeError} No number, no fault.
 * @example One connection in four is reset
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, resetAt, sometimes } from "@hawser/net/testing";
 *
 * const wrap = sometimes(0.25, resetAt(0), { seed: 1 });
 * let resets = 0;
 * for (let i = 0; i < 40; i++) {
 *   await using pair = connectionPair({ wrap });
 *   await pair.peer.writer.write("x").catch(() => {});
 *   await pair.local.reader.read().catch(() => resets++);
 * }
 * assert(resets > 4 && resets < 16);
 * ```
 */
export function sometimes(
  probability: number,
  fault: Fault,
  options?: Omit<RandomFaultOptions, "direction">,
): Fault {
  checkProbability(probability, 0);
  checkFunction("fault", fault ?? null);
  checkSeed(options?.seed);
  const random = new Random(options?.seed ?? 0);
  return (transport) => random.next() < probability ? fault(transport) : transport;
}
