import { checkCount } from "../../arguments.ts";
import { now } from "../../clock.ts";
import { Alarm } from "./alarm.ts";
import { disturb } from "./disturb.ts";
import type { Fault, RandomFaultOptions } from "./flaw.ts";

/**
 * Takes writes in short pieces, 1 to `most` bytes for each turn of the event loop, as a kernel with a full send buffer does.
 *
 * Loses nothing. A write is under way for long, and its progress can be seen: what comes in between (a reset, an abort, an
 * answer) meets a message that is half sent.
 *
 * @param most Bytes of a piece at most; how many is drawn from the seed.
 * @param options The seed.
 * @returns A fault for `wrap`.
 * @throws {RangeError} Less than 1 byte.
 * @throws {TypeError} No whole number.
 * @example A write in pieces
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, shortWrites } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: shortWrites(3) });
 * void pair.local.writer.write("a request\n");
 * assert((await pair.peer.reader.read())!.length <= 3);
 * ```
 */
export function shortWrites(most: number, options?: Omit<RandomFaultOptions, "direction">): Fault {
  checkCount("most", most);
  if (most === 0) throw new RangeError("Cannot use most 0: it must be at least 1");
  return disturb({ ...options, direction: "write" }, (lane, random) => {
    const alarm = new Alarm(() => {
      rested = true;
      lane.look();
    });
    let rested = true;
    return {
      admit(waiting): number {
        if (!rested) alarm.set(now());
        return rested ? Math.min(waiting, 1 + random.below(most)) : 0;
      },
      passed(): void {
        rested = false;
      },
      dispose: () => alarm.dispose(),
    };
  });
}
