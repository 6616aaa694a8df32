import type { ConnectionInspection } from "../inspection.ts";
import { openConnections } from "../registry.ts";

/**
 * Looks at every live connection of this process: what it waits for, for how long, with which buffers.
 *
 * It changes nothing and keeps nothing alive. Connections that are over are not in it, nor are those that only another copy
 * of this package knows.
 *
 * @returns One entry for each connection, the oldest first.
 * @example Why does my program not end?
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, inspectConnections } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * void pair.local.reader.readLine().catch(() => {});
 * await pair.peer.writer.write("half a li");
 * await pair.peer.writer.flush();
 * await new Promise((resolve) => setTimeout(resolve, 0));
 * const [local] = inspectConnections();
 * assert.equal(local?.state, "open");
 * assert.equal(local?.bufferedBytes, 9);
 * assert.equal(local?.waiting[0]?.operation, "readLine");
 * ```
 */
export function inspectConnections(): ConnectionInspection[] {
  return openConnections.list().map((connection) => connection.inspect());
}
