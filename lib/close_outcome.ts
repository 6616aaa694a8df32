/**
 * How a connection ended: types only.
 *
 * @module
 */
import type { ConnectionAbortedError } from "./errors.ts";

/** How a connection ended. */
export interface CloseOutcome {
  /** Everything accepted was sent, nothing failed, and nobody aborted it. */
  readonly clean: boolean;
  /** The peer's end of stream had been seen. */
  readonly peerEnded: boolean;
  /** Why it was cut short, when it was. */
  readonly error?: ConnectionAbortedError;
  /** Bytes received. */
  readonly bytesRead: number;
  /** Bytes that the kernel took. */
  readonly bytesWritten: number;
  /** Bytes that were accepted and never sent. */
  readonly unsentBytes: number;
  /** Bytes received and never given to anybody. */
  readonly discardedBytes: number;
  /** Milliseconds from open to close. */
  readonly duration: number;
}
