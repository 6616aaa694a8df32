import { checkString } from "../../arguments.ts";
import { failureOf } from "../../failure.ts";
import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { strikeAt } from "./strike.ts";
import type { FaultTrigger } from "./trigger.ts";

/**
 * Fails with a system error of your choice: `"ETIMEDOUT"` when the kernel gives up, `"EHOSTUNREACH"`, `"ENETDOWN"`, …
 *
 * What had passed before is still read; what comes after is lost. The peer is reset, where the transport can.
 *
 * @param when Bytes, or another moment.
 * @param code The system code; the reason follows from it as on a real socket.
 * @param options Which direction is counted; the failure ends both.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of bytes or ms, a probability outside 0 to 1.
 * @throws {TypeError} A trigger that is none of the three.
 * @example The kernel gives up
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, failAt } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: failAt(0, "ETIMEDOUT") });
 * await assert.rejects(pair.local.reader.read(), { reason: "timeout", initiator: "network", code: "ETIMEDOUT" });
 * ```
 */
export function failAt(when: FaultTrigger, code: string, options?: RandomFaultOptions): Fault {
  checkString("code", code);
  return strikeAt(when, options, ({ connection }) => {
    connection.fail(failureOf(Object.assign(new Error(`${code}: a fault of the test`), { code })));
  });
}
