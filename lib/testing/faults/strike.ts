import { disturb } from "./disturb.ts";
import type { Fault, Lane, RandomFaultOptions } from "./flaw.ts";
import { checkTrigger, type FaultTrigger, Trigger } from "./trigger.ts";

/**
 * Makes a fault that lets bytes pass up to a moment and does something then, once.
 *
 * @param when The moment.
 * @param options Which lanes, and the seed.
 * @param strike What it does to the lane.
 * @param stays Nothing passes any more from then on, not even an end or a reset.
 */
export function strikeAt(
  when: FaultTrigger,
  options: RandomFaultOptions | undefined,
  strike: (lane: Lane) => void,
  stays = false,
): Fault {
  checkTrigger(when);
  return disturb(options, (lane, random) => {
    const trigger = new Trigger(when, random, () => strike(lane));
    return {
      start: () => trigger.start(),
      admit: (waiting) => trigger.fired ? (stays ? 0 : waiting) : Math.min(waiting, trigger.left),
      admitEnd: () => !(stays && trigger.fired),
      passed: (bytes) => trigger.pass(bytes),
      dispose: () => trigger.dispose(),
    };
  });
}
