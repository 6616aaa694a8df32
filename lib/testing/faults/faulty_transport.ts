import { CLOSED, type Failure, failureOf, transportError } from "../../failure.ts";
import type { Transport } from "../../transport.ts";
import { WrappedTransport } from "../wrapped_transport.ts";
import type { Host, MakeFlaw, SeamOperation } from "./flaw.ts";
import { ReadLane } from "./read_lane.ts";
import { silent } from "./silent.ts";
import { WriteLane } from "./write_lane.ts";

/** What a write meets behind an end of stream of both directions. */
const GONE: Failure = { reason: "broken-pipe", initiator: "peer", code: "EPIPE" };

/**
 * A transport with a flaw in one direction or in both: keeps the contract of `lib/transport.ts` whatever the flaws do.
 *
 * A failure that a flaw makes is latched here and rejects everything. A failure of the inner transport is its own
 * business: it has latched it, and what it had received before can still be read.
 */
export class FaultyTransport extends WrappedTransport implements Host {
  readonly #reads: ReadLane;
  readonly #writes: WriteLane;
  #failure: Failure | undefined;
  #gone = false;
  #closedByPeer = false;
  #watcher: ((error: unknown) => void) | undefined;

  /** @param inner The transport to disturb. @param makeFlaw Makes the flaw of each lane; one without is undisturbed. */
  constructor(inner: Transport, makeFlaw: MakeFlaw) {
    super(inner);
    this.#reads = new ReadLane(this, inner, makeFlaw);
    this.#writes = new WriteLane(this, inner, makeFlaw);
    this.#reads.start();
    this.#writes.start();
  }

  override get bytesTaken(): number {
    return this.#writes.bytesTaken;
  }

  override watch(onFailure: (error: unknown) => void): void {
    this.#watcher = onFailure;
    this.inner.watch?.(() => this.#reads.hurry());
  }

  override read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.#reads.read(into);
  }

  override write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#writes.write(chunks);
  }

  override closeWrite(): Promise<void> {
    return this.#writes.closeWrite();
  }

  override release(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#reads.stop();
    this.#writes.wake();
    // As a kernel: what was taken is still delivered.
    if (this.#writes.delivering) this.#writes.onDelivered = () => this.#letGo();
    else this.#letGo();
  }

  override abort(): void {
    this.#gone = true;
    this.#reads.stop();
    this.#writes.onDelivered = undefined;
    this.#writes.stop();
    this.inner.abort();
  }

  /** Takes the fault away: what it held passes, and nothing is disturbed any more. So do the faults within this one. */
  bypass(): void {
    this.#reads.replace({});
    this.#writes.replace({});
    bypass(this.inner);
  }

  get over(): boolean {
    return this.#gone || this.#failure !== undefined;
  }

  fail(failure: Failure): void {
    if (this.over) return;
    this.#failure = failure;
    this.inner.abort();
    this.#reads.stop();
    this.#writes.stop();
    this.#watcher?.(transportError(failure, "read"));
  }

  end(): void {
    if (this.over) return;
    this.#closedByPeer = true;
    this.#reads.end();
    this.#writes.end();
  }

  vanish(): void {
    if (this.over) return;
    this.#reads.replace(silent("read"));
    this.#writes.replace(silent("write"));
  }

  /** A failure that shows while nobody waits for anything. */
  notice(error: unknown): void {
    if (!this.over) this.#watcher?.(error);
  }

  /** Latches what the inner transport failed with; returns it for this operation. */
  lose(error: unknown, operation: SeamOperation): Error {
    this.#failure ??= failureOf(error);
    this.#reads.stop();
    return transportError(this.#failure, operation);
  }

  /** Throws when this end has let go. */
  checkHeld(operation: SeamOperation): void {
    if (this.#gone) throw transportError(CLOSED, operation);
  }

  /** Throws when it is over. */
  check(operation: SeamOperation): void {
    this.checkHeld(operation);
    if (this.#closedByPeer && operation === "write") this.#failure ??= GONE;
    if (this.#failure !== undefined) throw transportError(this.#failure, operation);
  }

  #letGo(): void {
    this.#writes.onDelivered = undefined;
    this.#writes.stop();
    this.inner.release();
  }
}

/** Takes a fault away that is one of ours, or wraps one. */
export function bypass(transport: Transport): void {
  (transport as Partial<FaultyTransport>).bypass?.();
}
