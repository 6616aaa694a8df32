/**
 * Switches the events about connections on.
 *
 * @module
 */
import { hasChannels, useChannels } from "./diagnostics.ts";
import { channelsAtHand, loadChannels } from "./runtime/diagnostics.ts";

let looked = false;

/** Every door does this first: on Node and Bun events need nobody's consent, the channels are there. */
export function findChannels(): void {
  if (looked) return;
  looked = true;
  const open = channelsAtHand();
  if (open !== undefined && !hasChannels()) useChannels(open);
}

/**
 * Sends events about connections to the channels of `node:diagnostics_channel` from now on, on every runtime.
 *
 * On Node and Bun the first `connect`, `listen` or `from…` does so by itself. On Deno the module costs some ms to load and no
 * program pays for it unasked: call this before you subscribe. It is also for connections over transports of your own. An event
 * that nobody has subscribed to costs nothing that can be measured. Idempotent.
 *
 * The events are `hawser:connection:` `dial`, `dial-failed`, `open`, `first-byte`, `drain`, `drained`, `half-close`, `abort` and
 * `close`; see `ConnectionEventMap`. While somebody listens to `open` or `close`, the report about a connection that was
 * forgotten says where it was opened.
 *
 * @returns When the channels are there.
 * @example Why connections end
 * ```ts
 * import assert from "node:assert/strict";
 * import { subscribe, unsubscribe } from "node:diagnostics_channel";
 * import { type ConnectionEventMap, enableDiagnostics } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * const reasons: string[] = [];
 * const note = (message: unknown): void => {
 *   const { error } = message as ConnectionEventMap["hawser:connection:abort"];
 *   reasons.push(error.reason);
 * };
 * await enableDiagnostics();
 * subscribe("hawser:connection:abort", note);
 * {
 *   await using pair = connectionPair();
 *   pair.local.abort();
 *   await pair.peer.reader.read().catch(() => {});
 * }
 * unsubscribe("hawser:connection:abort", note);
 * assert.deepEqual(reasons, ["closed", "reset"]);
 * ```
 */
export async function enableDiagnostics(): Promise<void> {
  if (!hasChannels()) useChannels(await loadChannels());
}
