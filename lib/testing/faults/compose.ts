import { checkFunction } from "../../arguments.ts";
import type { Fault } from "./flaw.ts";

/**
 * Makes one fault of several; the first is put around the transport first, closest to the network.
 *
 * @param faults In order: what is read passes the first one first, what is written the last one.
 * @returns A fault for `wrap`.
 * @throws {TypeError} One of them is no function.
 * @example A slow line that breaks
 * ```ts
 * import assert from "node:assert/strict";
 * import { compose, connectionPair, latency, resetAt, slice } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: compose(latency(5), resetAt(6), slice(4)) });
 * await pair.peer.writer.write("half a line\n");
 * const error = await pair.local.reader.readLine().catch((error) => error);
 * assert.equal(error.partial.length, 6);
 * ```
 */
export function compose(...faults: Fault[]): Fault {
  faults.forEach((fault, i) => checkFunction(`fault ${i}`, fault ?? null));
  return (transport) => faults.reduce((inner, fault) => fault(inner), transport);
}
