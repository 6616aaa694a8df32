import { Connection } from "../connection.ts";
import type { ConnectionOptions } from "../connection_options.ts";
import { memoryPair, type MemoryPairOptions } from "./memory_pair.ts";

/** Options of `connectionPair`: for the pair, and for both connections (`wrap` disturbs the local one only). */
export interface ConnectionPairOptions extends MemoryPairOptions, ConnectionOptions {}

/** Two connections that are each other's peer; disposing aborts what is still open. */
export interface ConnectionPair extends AsyncDisposable {
  /** The end under test. */
  readonly local: Connection;
  /** The other end. */
  readonly peer: Connection;
}

/**
 * Makes two connections that are each other's peer, in memory.
 *
 * @param options For the pair, and for both connections; `wrap` is put around the local transport only.
 * @returns Both ends, closed together at the end of an `await using` block.
 * @example A peer that vanishes
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ readTimeout: 1_000 });
 * pair.peer.abort();
 * await assert.rejects(pair.local.reader.readExactly(4), { reason: "reset", initiator: "peer" });
 * ```
 */
export function connectionPair(options: ConnectionPairOptions = {}): ConnectionPair {
  const [here, there] = memoryPair({ ...options, wrap: undefined });
  const local = new Connection(here, options);
  return pairOf(local, new Connection(there, { ...options, wrap: undefined }));
}

/** Two connections as a pair, whatever is between them. */
export function pairOf(local: Connection, peer: Connection): ConnectionPair {
  return {
    local,
    peer,
    async [Symbol.asyncDispose](): Promise<void> {
      local.abort();
      peer.abort();
      await Promise.all([local.closed, peer.closed]);
    },
  };
}
