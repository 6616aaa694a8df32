import { checkBytes, checkCount } from "../../arguments.ts";
import { disturb } from "./disturb.ts";
import type { Fault, RandomFaultOptions } from "./flaw.ts";

/** Options of `slice`. */
export interface SliceOptions extends RandomFaultOptions {
  /**
   * Bytes that a slice may be smaller or larger, drawn evenly from the seed.
   *
   * @default {0}
   */
  variation?: number | undefined;
}

/**
 * Cuts the stream into small chunks: no read brings more than one slice, no write hands over more at once.
 *
 * Loses nothing. A stream has no message boundaries, and this shows who believed that it had: with `slice(1)` every byte
 * comes alone.
 *
 * @param size Bytes of a slice.
 * @param options Which direction, and how much slices vary.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A size below 1, or a variation that could make a slice empty.
 * @throws {TypeError} No whole numbers.
 * @example Every byte alone
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, slice } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: slice(1) });
 * await pair.peer.writer.write("abc");
 * await pair.peer.writer.closeWrite();
 * const sizes: number[] = [];
 * for await (const chunk of pair.local) sizes.push(chunk.length);
 * assert.deepEqual(sizes, [1, 1, 1]);
 * ```
 */
export function slice(size: number, options?: SliceOptions): Fault {
  checkBytes("size", size);
  const variation = options?.variation ?? 0;
  checkCount("variation", variation);
  if (variation >= size) throw new RangeError(`Cannot use variation ${variation}: it must be below the size, ${size}`);
  return disturb(options, (_lane, random) => {
    const next = (): number => size - variation + random.below(2 * variation + 1);
    let left = next();
    return {
      admit: (waiting) => Math.min(waiting, left),
      passed(bytes): void {
        left -= bytes;
        if (left === 0) left = next();
      },
    };
  });
}
