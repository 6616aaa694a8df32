/**
 * What a fault is made of: a flaw for each direction that it disturbs. Types only.
 *
 * Theory of operation. A fault is a `Transport` around a `Transport`, and the hard part is to stay one: failures latched, no
 * end of stream after a failure, pending calls woken, no byte lost that is not meant to be. `FaultyTransport` does that once,
 * with a lane for each direction. What a fault does is a `Flaw`: a handful of answers about bytes that wait at a lane.
 *
 * ```
 *   inner.read  ──► ReadLane:  arrive ─► admit? ─► alter ─► passed ──► read
 *   write ──► WriteLane:       arrive ─► admit? ─► alter ─► passed ──► inner.write
 * ```
 *
 * Taking a fault away is giving the lane no flaw: what it held passes at once and in order.
 *
 * @module
 */
import type { Failure } from "../../failure.ts";
import type { Transport } from "../../transport.ts";

/**
 * Something that goes wrong with a connection: a transport around a transport, as `wrap` takes it.
 *
 * `connect`, `listen`, `memoryPair`, `connectionPair` and `faultProxy` take faults. One fault may be put around many
 * connections; each has its own counts, and random numbers that follow from the seed and the order of the connections.
 */
export type Fault = (transport: Transport) => Transport;

/** Which bytes a fault disturbs, as the end sees it that the fault is put around. */
export type FaultDirection = "read" | "write" | "both";

/** What all faults take. */
export interface FaultOptions {
  /**
   * Which bytes, as the end sees it that the fault is put around: those it reads, those it writes, or both; then each
   * direction counts for itself.
   *
   * @default {"read"}
   */
  direction?: FaultDirection | undefined;
}

/** What faults take that draw random numbers. */
export interface RandomFaultOptions extends FaultOptions {
  /**
   * The same seed gives the same faults.
   *
   * @default {0}
   */
  seed?: number | undefined;
}

/** The connection, as its flaws see it. */
export interface Disturbed {
  /** Whether it is over: failed, released or aborted. */
  readonly over: boolean;
  /** Breaks it: the peer is reset, operations of this end reject. Nothing, once it is over. */
  fail(failure: Failure): void;
  /** Ends it in order, both ways, as a peer that has closed. */
  end(): void;
  /** Cuts it off, both ways: nothing passes any more, and nobody is told. */
  vanish(): void;
}

/** The same, as its lanes see it. */
export interface Host extends Disturbed {
  /** Throws when this end has let go. */
  checkHeld(operation: SeamOperation): void;
  /** Throws when it is over. */
  check(operation: SeamOperation): void;
  /** Latches what the inner transport failed with; returns it for this operation. */
  lose(error: unknown, operation: SeamOperation): Error;
  /** A failure that shows while nobody waits for anything. */
  notice(error: unknown): void;
}

/** The calls of the seam that reject. */
export type SeamOperation = "read" | "write" | "closeWrite";

/** One direction of one connection, as its flaw sees it. */
export interface Lane {
  readonly direction: "read" | "write";
  readonly connection: Disturbed;
  /** Something may have changed: asks the flaw again. */
  look(): void;
  /** Ends this direction here: whoever receives finds the end of stream, the rest is swallowed. */
  end(): void;
}

/** What one fault does to one direction of one connection. What is left out is left undisturbed. */
export interface Flaw {
  /** Bytes that may be under way inside, as in a network: a write settles when no more than these wait. 0 if left out. */
  readonly holds?: number;
  /** The connection stands. */
  start?(): void;
  /** Bytes have come. */
  arrive?(bytes: number): void;
  /** The end of stream, or a failure, has come behind them. */
  arriveEnd?(): void;
  /** How many of the bytes that wait may pass now. After 0 it is asked again when more comes and at `lane.look()`. */
  admit?(waiting: number, ended: boolean): number;
  /** Whether the end of stream, or a failure, may pass, when no bytes wait before it. */
  admitEnd?(): boolean;
  /** What goes on in the place of bytes that pass; they must not be changed, they may be a caller's. */
  alter?(bytes: Uint8Array): Uint8Array;
  /** So many bytes have passed. */
  passed?(bytes: number): void;
  /** Lets go of timers: the connection is over, or the fault was taken away. */
  dispose?(): void;
}

/** Makes the flaw of one lane. */
export type MakeFlaw = (lane: Lane) => Flaw;
