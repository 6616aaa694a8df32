/**
 * What can be seen of a connection or a listener from outside, without touching it: types only.
 *
 * @module
 */
import type { Address } from "./address.ts";

/** An operation that waits. */
export interface WaitingOperation {
  /** The method: `"readLine"`, `"drain"`. */
  readonly operation: string;
  /** Milliseconds since it was called. */
  readonly elapsed: number;
}

/** Where a connection is in its life, as far as it is not over. */
export type ConnectionState = "open" | "read-ended" | "write-ended" | "closing";

/** One live connection, as it was when it was looked at. */
export interface ConnectionInspection {
  /** This end. */
  readonly localAddress: Address;
  /** The other end. */
  readonly remoteAddress: Address;
  /** `read-ended`: the peer has half-closed; `write-ended`: this side has. */
  readonly state: ConnectionState;
  /** Milliseconds since it was opened. */
  readonly age: number;
  /** Bytes received. */
  readonly bytesRead: number;
  /** Bytes that the kernel took. */
  readonly bytesWritten: number;
  /** Bytes received that nobody has read. */
  readonly bufferedBytes: number;
  /** Bytes accepted by `write` that the kernel has not taken. */
  readonly unsentBytes: number;
  /** What waits, the oldest first; empty while nobody waits for anything. */
  readonly waiting: readonly WaitingOperation[];
}

/** A connection that can be looked at. */
export interface InspectableConnection {
  inspect(): ConnectionInspection;
}

/** A listener that can be looked at. */
export interface InspectableListener {
  readonly address: Address;
}
