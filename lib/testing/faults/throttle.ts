import { now } from "../../clock.ts";
import { Alarm } from "./alarm.ts";
import { disturb } from "./disturb.ts";
import type { Fault, FaultOptions } from "./flaw.ts";

/** How often a second bytes pass: often enough to flow, seldom enough for timers. */
const PARTS_PER_SECOND = 100;

/** A timer that is late by less is made up for, so that the rate is right on average; an idle line saves nothing up. */
const LATE_MS = 50;

/**
 * Limits the bandwidth: so many bytes a second, evenly; the sender is held back.
 *
 * Loses nothing. A chunk arrives when its last byte would: 480 KB at 1,000 KB/s take 480 ms, never less.
 *
 * @param bytesPerSecond The rate; a thousand is 1 KB/s.
 * @param options Which direction; with `"both"` each has this rate.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A rate of 0 or less, or infinite.
 * @throws {TypeError} No number.
 * @example A thin line
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, throttle } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: throttle(100_000) });
 * const started = performance.now();
 * void pair.peer.writer.write(new Uint8Array(3_000));
 * await pair.local.reader.readExactly(3_000);
 * assert(performance.now() - started >= 29);
 * ```
 */
export function throttle(bytesPerSecond: number, options?: FaultOptions): Fault {
  checkRate(bytesPerSecond);
  const part = Math.ceil(bytesPerSecond / PARTS_PER_SECOND);
  return disturb(options, (lane) => {
    const alarm = new Alarm(() => lane.look());
    /** Bytes on the line, and when the last of them is through. */
    let [sending, due] = [0, -Infinity];
    return {
      admit(waiting): number {
        const time = now();
        if (sending === 0) {
          sending = Math.min(waiting, part);
          due = (time - due > LATE_MS ? time : due) + 1_000 * sending / bytesPerSecond;
        }
        if (due <= time) return sending;
        alarm.set(due);
        return 0;
      },
      passed(): void {
        sending = 0;
      },
      dispose: () => alarm.dispose(),
    };
  });
}

function checkRate(rate: unknown): void {
  if (typeof rate !== "number") throw new TypeError(`Cannot use bytesPerSecond ${String(rate)}: it must be a number`);
  if (!(rate > 0 && rate < Infinity)) {
    throw new RangeError(`Cannot use bytesPerSecond ${rate}: it must be above 0 and finite`);
  }
}
