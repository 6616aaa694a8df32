/**
 * What is told about connections over the channels of `node:diagnostics_channel`: types only.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { CloseOutcome } from "./close_outcome.ts";
import type { ConnectionStats } from "./connection_stats.ts";
import type { ConnectionAbortedError } from "./errors.ts";

/** Where a connection comes from: `transport` is one that was adopted, or `new Connection(transport)`. */
export type ConnectionOrigin = "dial" | "accept" | "transport";

/** What the messages about one connection have in common. */
export interface ConnectionEvent {
  /** The same in all messages about one connection, from its dial on; unique in this copy of the package. */
  readonly id: number;
  /** This end. */
  readonly localAddress: Address;
  /** The other end. */
  readonly remoteAddress: Address;
}

/** The messages, by the name of their channel. */
export interface ConnectionEventMap {
  /** A dial begins. */
  "hawser:connection:dial": { readonly id: number; readonly remoteAddress: Address; readonly tls: boolean };
  /** It failed, or this side gave it up: there will be no `open`. */
  "hawser:connection:dial-failed": {
    readonly id: number;
    readonly remoteAddress: Address;
    readonly error: unknown;
  };
  /** There is a connection; where TLS was asked for, the handshake is done. */
  "hawser:connection:open": ConnectionEvent & { readonly origin: ConnectionOrigin };
  /** The first bytes have come. */
  "hawser:connection:first-byte": ConnectionEvent & { readonly bytes: number };
  /** Something waits, because too much is unsent. */
  "hawser:connection:drain": ConnectionEvent & { readonly unsentBytes: number };
  /** Nothing waits any more, for which reason ever; `elapsed` in ms. */
  "hawser:connection:drained": ConnectionEvent & { readonly elapsed: number; readonly unsentBytes: number };
  /** One direction has ended in order: `local` when our end of stream is with the kernel, `peer` when theirs was read. */
  "hawser:connection:half-close": ConnectionEvent & { readonly by: "local" | "peer" };
  /** It was cut short: what operations reject with. `close` follows. */
  "hawser:connection:abort": ConnectionEvent & { readonly error: ConnectionAbortedError };
  /** The socket is released. */
  "hawser:connection:close": ConnectionEvent & { readonly outcome: CloseOutcome; readonly stats: ConnectionStats };
}

/** The last part of a channel's name. */
export type EventName = keyof ConnectionEventMap extends `hawser:connection:${infer Name}` ? Name : never;
