/**
 * The words of a failure: why, during what, by whom. Types only.
 *
 * @module
 */
import type { Address } from "./address.ts";

/** Why a connection that was established is over, or why this side gave up a dial. The same words on every runtime. */
export type AbortReason =
  | "reset"
  | "broken-pipe"
  | "unexpected-end"
  | "timeout"
  | "signal"
  | "closed"
  | "unreachable"
  | "tls"
  | "overflow"
  | "other";

/** Why a connection was never established, or why a listener could not bind or accept. */
export type ConnectFailureReason =
  | "refused"
  | "reset"
  | "timeout"
  | "unreachable"
  | "name-not-found"
  | "name-lookup-failed"
  | "path-not-found"
  | "permission-denied"
  | "address-in-use"
  | "address-not-available"
  | "resource-exhausted"
  | "tls"
  | "other";

/** What was being done when it failed. */
export type Operation =
  | "connect"
  | "handshake"
  | "read"
  | "write"
  | "closeWrite"
  | "close"
  | "startTls"
  | "listen"
  | "accept"
  | "idle";

/** Who ended it. */
export type Initiator = "local" | "peer" | "network";

/** One address that a dial tried. */
export interface ConnectAttempt {
  /** What was dialled. */
  readonly address: Address;
  /** Why it failed: the runtime's own error. */
  readonly error: unknown;
  /** Milliseconds from the start of the dial to the start of this attempt. */
  readonly startedAt: number;
  /** Milliseconds that this attempt took. */
  readonly elapsed: number;
}

/** The facts of a failure, from which an error and its message are made. */
export interface ConnectionErrorInit<Reason extends string = string> {
  /** Why. */
  readonly reason: Reason;
  /** During what. */
  readonly operation: Operation;
  /** By whom. */
  readonly initiator: Initiator;
  /** Through what, when this side did it: an option's bound, or `abort()`. For the message. */
  readonly via?: { readonly option: string; readonly value: number } | "abort" | undefined;
  /** The system's code. */
  readonly code?: string | undefined;
  /** This end. */
  readonly localAddress?: Address | undefined;
  /** The other end. */
  readonly remoteAddress?: Address | undefined;
  /** Received so far. */
  readonly bytesRead?: number;
  /** Taken by the kernel so far. */
  readonly bytesWritten?: number;
  /** Accepted and not taken. */
  readonly unsentBytes?: number;
  /** Milliseconds since the call. */
  readonly elapsed?: number;
  /** No byte of the operation left this process. */
  readonly retrySafe?: boolean;
  /** The runtime's error. */
  readonly cause?: unknown;
  /** The bytes of a message that was cut. */
  readonly partial?: Uint8Array<ArrayBuffer> | undefined;
  /** How many bytes were asked for. */
  readonly expected?: number | undefined;
  /** What a dial tried. */
  readonly attempts?: readonly ConnectAttempt[];
}

/** An option of this package whose bound was passed: its name, and its value in ms or bytes. */
export type Bound = Exclude<ConnectionErrorInit["via"], string | undefined>;
