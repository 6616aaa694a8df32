import { now } from "../../clock.ts";
import { Alarm } from "./alarm.ts";
import { checkDuration, disturb } from "./disturb.ts";
import type { Fault, FaultOptions } from "./flaw.ts";

/**
 * Delays the end: the bytes come at once, the end of stream (or the reset) only `ms` later.
 *
 * Loses nothing. A client that waits for the end to know that the answer is complete is as slow as this.
 *
 * @param ms How long the end waits, in milliseconds.
 * @param options Which direction's end.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative time.
 * @throws {TypeError} No number.
 * @example The bytes come at once, the end later
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, slowClose } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: slowClose(30) });
 * await pair.peer.writer.write("that was all");
 * await pair.peer.writer.closeWrite();
 * assert.equal((await pair.local.reader.read())!.length, 12);
 * const started = performance.now();
 * assert.equal(await pair.local.reader.read(), null);
 * assert(performance.now() - started >= 20);
 * ```
 */
export function slowClose(ms: number, options?: FaultOptions): Fault {
  checkDuration("ms", ms);
  return disturb(options, (lane) => {
    const alarm = new Alarm(() => lane.look());
    let due = Infinity;
    return {
      arriveEnd(): void {
        due = now() + ms;
      },
      admitEnd(): boolean {
        const passes = due <= now();
        if (!passes && due < Infinity) alarm.set(due);
        return passes;
      },
      dispose: () => alarm.dispose(),
    };
  });
}
