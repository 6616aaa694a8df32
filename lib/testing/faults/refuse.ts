import { checkBytes } from "../../arguments.ts";
import { FaultyTransport } from "./faulty_transport.ts";
import type { Fault } from "./flaw.ts";

/**
 * Refuses connections: those with the given numbers, counted from 1 over everything that this one fault is put around.
 *
 * It cannot undo the handshake that made the transport: the connection stands, and is reset at once, before a byte has
 * passed, as a load balancer without a backend does. The first operation rejects with `"reset"`. Give one fault to a listener,
 * or to each dial of a client that tries again.
 *
 * @param nth Which connections; none given: all.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A number below 1.
 * @throws {TypeError} No whole number.
 * @example The first attempt fails, the second does not
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, refuse } from "@hawser/net/testing";
 *
 * const wrap = refuse(1);
 * await using first = connectionPair({ wrap });
 * await assert.rejects(first.local.reader.read(), { reason: "reset", bytesRead: 0 });
 * await using second = connectionPair({ wrap });
 * await second.peer.writer.write("welcome\n");
 * assert.equal(await second.local.reader.readLine(), "welcome");
 * ```
 */
export function refuse(...nth: number[]): Fault {
  for (const one of nth) checkBytes("nth", one);
  let count = 0;
  return (transport) => {
    count++;
    if (nth.length > 0 && !nth.includes(count)) return transport;
    const refused = new FaultyTransport(transport, () => ({}));
    refused.fail({ reason: "reset", initiator: "peer", code: "ECONNRESET" });
    return refused;
  };
}
