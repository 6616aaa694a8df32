import { now } from "../../clock.ts";
import { Alarm } from "./alarm.ts";
import { checkDuration, disturb } from "./disturb.ts";
import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { checkTrigger, type FaultTrigger, Trigger } from "./trigger.ts";

/**
 * Stops for a while, then goes on: a radio that changes its cell, a server that collects its garbage; with a probability, again and again.
 *
 * Loses nothing.
 *
 * @param when Bytes, or another moment.
 * @param ms How long, in milliseconds.
 * @param options Which direction.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example A hiccup that a timeout survives
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, pauseAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: pauseAt(3, 20), readTimeout: 1_000 });
 * await pair.peer.writer.write("a line\n");
 * assert.equal(await pair.local.reader.readLine(), "a line");
 * ```
 */
export function pauseAt(when: FaultTrigger, ms: number, options?: RandomFaultOptions): Fault {
  checkTrigger(when);
  checkDuration("ms", ms);
  return disturb(options, (lane, random) => {
    const alarm = new Alarm(() => lane.look());
    let until = 0;
    const goesOn = (): boolean => {
      const paused = now() < until;
      if (paused) alarm.set(until);
      return !paused;
    };
    const trigger = new Trigger(when, random, () => {
      until = now() + ms;
      trigger.again();
    });
    return {
      start: () => trigger.start(),
      admit: (waiting) => goesOn() ? Math.min(waiting, trigger.left) : 0,
      admitEnd: goesOn,
      passed: (bytes) => trigger.pass(bytes),
      dispose(): void {
        trigger.dispose();
        alarm.dispose();
      },
    };
  });
}
