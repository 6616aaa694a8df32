/**
 * What a connection has counted: always on, since counting costs nothing that can be measured.
 *
 * @module
 */

/** What a connection has done so far; a snapshot. */
export interface ConnectionStats {
  /** Bytes received. */
  readonly bytesRead: number;
  /** Bytes that the kernel took. */
  readonly bytesWritten: number;
  /** Reads of the transport that brought bytes: about one system call each. */
  readonly reads: number;
  /** Writes given to the transport: small ones of one turn go out together, so they are fewer than yours. */
  readonly writes: number;
  /** How often something waited because more than `highWaterMark` bytes were unsent. */
  readonly drainWaits: number;
  /** Milliseconds spent so, in all; waits at the same time count once. */
  readonly drainTime: number;
  /** The most bytes that were received and not yet read. */
  readonly peakBufferedBytes: number;
  /** The most bytes that were accepted and not yet with the kernel. */
  readonly peakUnsentBytes: number;
}

/** The counters behind it, without those that the connection itself keeps. */
export class Tally {
  reads = 0;
  writes = 0;
  drainWaits = 0;
  peakBufferedBytes = 0;
  peakUnsentBytes = 0;
  #drainTime = 0;
  #draining = 0;
  #since = 0;

  noteBuffered(bytes: number): void {
    if (bytes > this.peakBufferedBytes) this.peakBufferedBytes = bytes;
  }

  noteUnsent(bytes: number): void {
    if (bytes > this.peakUnsentBytes) this.peakUnsentBytes = bytes;
  }

  /** Something waits for a drain; `true` when nothing did before. */
  beginDrain(time: number): boolean {
    if (this.#draining++ > 0) return false;
    this.#since = time;
    this.drainWaits++;
    return true;
  }

  /** It waits no longer; how long something did, when nothing does any more. */
  endDrain(time: number): number | undefined {
    if (--this.#draining > 0) return undefined;
    const waited = time - this.#since;
    this.#drainTime += waited;
    return waited;
  }

  /** Milliseconds spent waiting, with the wait under way. */
  drainTime(time: number): number {
    return this.#drainTime + (this.#draining > 0 ? time - this.#since : 0);
  }
}
