import { disturb } from "./disturb.ts";
import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { checkTrigger, type FaultTrigger, Trigger } from "./trigger.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Swallows everything from then on, and says nothing: writes settle, reads wait for bytes that never come. An end, or a
 * failure, still passes.
 *
 * A truncated upload that every layer below reports as sent.
 *
 * @param when Bytes, or another moment.
 * @param options Which direction; with `"both"` each loses its tail.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example An upload that loses its tail
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, dropTailAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: dropTailAt(4, { direction: "write" }) });
 * await pair.local.writer.write("all or nothing");
 * await pair.local.writer.closeWrite();
 * assert.equal(new TextDecoder().decode(await pair.peer.reader.readAll()), "all ");
 * ```
 */
export function dropTailAt(when: FaultTrigger, options?: RandomFaultOptions): Fault {
  checkTrigger(when);
  return disturb(options, (_lane, random) => {
    const trigger = new Trigger(when, random);
    return {
      start: () => trigger.start(),
      admit: (waiting) => trigger.fired ? waiting : Math.min(waiting, trigger.left),
      alter: (bytes) => trigger.fired ? NOTHING : bytes,
      passed: (bytes) => trigger.pass(bytes),
      dispose: () => trigger.dispose(),
    };
  });
}
