import { checkBytes } from "../../arguments.ts";
import { now } from "../../clock.ts";
import { Alarm } from "./alarm.ts";
import { checkDuration, disturb } from "./disturb.ts";
import type { Fault, FaultOptions } from "./flaw.ts";

/** Linux delays an acknowledgement by 40 ms, and Nagle's algorithm waits for it. */
const DELAYED_ACK = 40;

/** Options of `coalesce`. */
export interface CoalesceOptions extends FaultOptions {
  /**
   * How long the first byte waits for others at most, in ms.
   *
   * @default {40}
   */
  within?: number | undefined;
}

/**
 * Gathers small chunks into large ones, as Nagle's algorithm does: bytes pass when `size` of them have gathered, when the
 * first has waited long enough, or when the stream ends.
 *
 * Loses nothing. Finds who believes that one write is one read.
 *
 * @param size Bytes to gather.
 * @param options Which direction, and how long.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A size below 1, a negative time.
 * @throws {TypeError} No numbers.
 * @example Two writes, one read
 * ```ts
 * import assert from "node:assert/strict";
 * import { coalesce, connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: coalesce(100) });
 * for (const text of ["one", "two"]) {
 *   await pair.peer.writer.write(text);
 *   await pair.peer.writer.flush();
 * }
 * assert.equal((await pair.local.reader.read())!.length, 6);
 * ```
 */
export function coalesce(size: number, options?: CoalesceOptions): Fault {
  checkBytes("size", size);
  const within = options?.within ?? DELAYED_ACK;
  checkDuration("within", within);
  return disturb(options, (lane) => {
    const alarm = new Alarm(() => lane.look());
    let due = Infinity;
    return {
      holds: size,
      arrive(): void {
        if (due === Infinity) due = now() + within;
      },
      admit(waiting, ended): number {
        if (waiting < size && !ended && now() < due) {
          alarm.set(due);
          return 0;
        }
        alarm.dispose();
        due = Infinity;
        return waiting;
      },
      dispose: () => alarm.dispose(),
    };
  });
}
