import { disturb } from "./disturb.ts";
import type { Fault } from "./flaw.ts";
import { silent } from "./silent.ts";

/**
 * A server that accepts and then says nothing: what this end writes is taken, and nothing ever comes.
 *
 * Loses what this end writes: 64 KiB of it are taken, as by the receive buffer of a process that hangs, then writes wait.
 * Only a timeout tells.
 *
 * @returns A fault for `wrap`.
 * @example A timeout is the only way out
 * ```ts
 * import assert from "node:assert/strict";
 * import { acceptThenSilence, connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: acceptThenSilence() });
 * await pair.local.writer.write("hello?\n");
 * await assert.rejects(pair.local.reader.readLine({ timeout: 20 }), { reason: "timeout" });
 * ```
 */
export function acceptThenSilence(): Fault {
  return disturb({ direction: "both" }, ({ direction }) => silent(direction));
}
