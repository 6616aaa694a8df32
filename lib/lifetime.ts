/**
 * The life of one connection: which state it is in, why it ended, and who must be told.
 *
 * Theory of operation. Reader, writer and connection share one `Lifetime`. Nothing in it rejects: an operation that waits
 * sleeps until it is woken, looks at the state again, and makes its own error when there is one. So the first failure is
 * latched in one place, every operation gets its own error object whose stack leads to the line that awaited, and no
 * promise is ever left without an owner.
 *
 * ```
 *          closeWrite(), peer's end: flags            both, in order
 *   open ────────────────────────────────────────────► ended   (released, buffered bytes stay readable)
 *    │ close()              settled
 *    ├───────► closing ────────────► cut
 *    │ peer or network broke it
 *    ├───────► lost                               (what had arrived stays readable)
 *    │ abort, signal, own timeout, overflow
 *    └───────► cut                                (unread input is discarded)
 * ```
 *
 * @module
 */
import { now } from "./clock.ts";
import type { CloseOutcome } from "./close_outcome.ts";
import type { ConnectionEvent, ConnectionOrigin } from "./connection_events.ts";
import { type ConnectionStats, Tally } from "./connection_stats.ts";
import { listening, type Origin, originOf, tell } from "./diagnostics.ts";
import { ConnectionAbortedError } from "./errors.ts";
import { CLOSED, type Failure, failureOf } from "./failure.ts";
import type { ConnectionErrorInit, Operation } from "./reasons.ts";
import { type Input, NOBODY, type Output, type Part } from "./part.ts";
import type { Transport } from "./transport.ts";
import type { ResolvedOptions } from "./connection_options.ts";

/** Where a connection is in its life; `peerEnded` and `writeEnded` tell the half-closed states of `open` apart. */
export type Phase = "open" | "closing" | "ended" | "lost" | "cut";

/** An operation that waits. */
export interface Waiting {
  /** The method. */
  readonly operation: string;
  /** When it was called, by the library's clock. */
  readonly since: number;
  /** Only held: whoever waits has not forgotten the connection. */
  readonly holder?: object | undefined;
}

/** What an operation adds to the latched failure. */
export type ErrorDetails = Pick<ConnectionErrorInit, "elapsed" | "retrySafe" | "partial" | "expected">;

const NO_PARTS: readonly Part[] = [];

/** The shared state of one connection. */
export class Lifetime {
  /** For whoever listens. */
  readonly id: number;
  readonly origin: ConnectionOrigin;
  readonly openedAt: number = now();
  phase: Phase = "open";
  /** Whether what waits keeps the process alive: `ref()` and `unref()`. */
  referenced = true;
  /** The peer's end of stream was read. */
  peerEnded = false;
  /** `closeWrite()` has been called. */
  writeEnding = false;
  /** Our FIN is with the kernel. */
  writeEnded = false;
  bytesRead = 0;
  accepted = 0;
  /** Given to the transport, whether it took them or not. */
  given = 0;
  /** Taken by the transport in writes that settled. */
  taken = 0;
  discarded = 0;
  /** What is only counted. */
  readonly tally: Tally = new Tally();
  /** The read under way. */
  reading: Waiting | undefined;
  /** Writes, drains and flushes that wait; no set while there are none. */
  writing: Set<Waiting> | undefined;
  /** The first failure; never replaced. */
  failure: Failure | undefined;
  /** Some operation has rejected with the failure, so `close()` need not. */
  reported = false;
  input: Input = NOBODY;
  output: Output = NOBODY;
  /** Called when a goodbye begins, by whoever cannot have one now. */
  onClosing: (() => void) | undefined;
  /** What else hears of the end. Nothing is pushed to it: that makes room for 17. */
  #parts: readonly Part[] = NO_PARTS;
  /** What was being done when it failed. */
  during: Operation = "close";
  #controller: AbortController | undefined;
  /** Made for whoever asks, or at the end. */
  #closed: Promise<CloseOutcome> | undefined;
  #settle: ((outcome: CloseOutcome) => void) | undefined;
  #settled = false;
  /** Through which users reach this connection; see `handle.ts`. */
  handle: WeakRef<object> | undefined;
  transport: Transport;
  readonly options: ResolvedOptions;
  /** The transport's running total when this connection took it over. */
  #takenBefore: number;

  constructor(transport: Transport, options: ResolvedOptions, { id, origin }: Origin = originOf(transport)) {
    this.id = id;
    this.origin = origin;
    this.transport = transport;
    this.options = options;
    this.#takenBefore = transport.bytesTaken ?? 0;
    this.#watch();
  }

  /** How it ended, once it has; never rejects. */
  get closed(): Promise<CloseOutcome> {
    return this.#closed ??= new Promise((resolve) => this.#settle = resolve);
  }

  /** From now on `part` hears of the end. */
  addPart(part: Part): void {
    this.#parts = this.#parts.concat(part);
  }

  /** Goes on over another transport, which has taken over the one so far: TLS. The counters go on. */
  continueOver(transport: Transport): void {
    this.transport = transport;
    this.#takenBefore = (transport.bytesTaken ?? 0) - this.taken;
    this.#watch();
  }

  #watch(): void {
    const { transport } = this;
    transport.watch?.((error) => transport === this.transport && this.lose(error, "read"));
  }

  /** Bytes the transport reported as taken; of a write under way what it has reported so far. */
  get bytesWritten(): number {
    const { bytesTaken } = this.transport;
    if (bytesTaken === undefined || this.over) return this.taken;
    return Math.min(this.given, Math.max(this.taken, bytesTaken - this.#takenBefore));
  }

  get unsentBytes(): number {
    return this.accepted - this.bytesWritten;
  }

  /** Whether the connection is over: nothing more is sent or received. */
  get over(): boolean {
    return this.phase === "lost" || this.phase === "cut" || this.phase === "ended";
  }

  /** Notes one write of the transport, with so many bytes. */
  countGiven(bytes: number): void {
    this.given += bytes;
    this.tally.writes++;
  }

  /** What it has counted so far. */
  get stats(): ConnectionStats {
    const { bytesRead, bytesWritten, tally } = this;
    const { reads, writes, drainWaits, peakBufferedBytes, peakUnsentBytes } = tally;
    const drainTime = tally.drainTime(now());
    return { bytesRead, bytesWritten, reads, writes, drainWaits, drainTime, peakBufferedBytes, peakUnsentBytes };
  }

  /** This connection, as messages about it name it. */
  event(): ConnectionEvent {
    const { localAddress, remoteAddress } = this.transport;
    return { id: this.id, localAddress, remoteAddress };
  }

  /** Aborts when new operations would reject. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.phase !== "open") this.#controller.abort(this.error(this.during));
    }
    return this.#controller.signal;
  }

  /** This connection's error for one operation: its own object, made where the operation fails. */
  error(operation: Operation, details: ErrorDetails = {}): ConnectionAbortedError {
    const failure = this.failure ?? CLOSED;
    const { localAddress, remoteAddress } = this.transport;
    const { bytesRead, bytesWritten, unsentBytes } = this;
    const facts = { localAddress, remoteAddress, bytesRead, bytesWritten, unsentBytes, elapsed: 0 };
    return new ConnectionAbortedError({ ...failure, operation, ...facts, ...details });
  }

  /** The same for an operation that somebody waits for: `close()` need not report it again. */
  report(operation: Operation, details?: ErrorDetails): ConnectionAbortedError {
    if (this.failure !== undefined) this.reported = true;
    return this.error(operation, details);
  }

  /** The peer or the network broke it. What had arrived stays readable; the socket goes. */
  lose(error: unknown, side: "read" | "write" | "closeWrite"): void {
    if (this.over) return;
    const failure = failureOf(error);
    // Our goodbye is out and what comes is dropped: a peer that leaves without a close_notify of its own cuts nothing off.
    if (this.phase === "closing" && this.writeEnded && failure.reason === "tls") return;
    this.#latch(failure, side);
    if (this.phase === "closing") return this.#end("cut", "abort");
    this.#enter("lost");
    this.input.salvage().then(() => this.#letGo("abort"));
  }

  /** The stream ended inside a message: over, though nothing was broken. What is with the kernel is still delivered. */
  endUnexpectedly(): void {
    if (this.phase === "lost" || this.phase === "cut") return; // Ended, it may still be found: bytes are read later.
    this.#latch({ reason: "unexpected-end", initiator: "peer" }, "read");
    this.#end("lost", this.unsentBytes > 0 ? "abort" : "release");
  }

  /**
   * This side ends it now: abort, signal, timeout, overflow. One that has ended in order can still be cut by a read that
   * is given up: what is left of its input then belongs to nobody.
   */
  cut(failure: Failure, operation: Operation): void {
    if (this.over && !(this.phase === "ended" && operation === "read")) return;
    this.#latch(failure, operation);
    this.#end("cut", "abort");
  }

  /** The graceful goodbye begins: new operations reject. */
  startClosing(): void {
    this.#enter("closing");
    this.onClosing?.();
  }

  /** The graceful goodbye is done, everything is with the kernel. */
  finishClosing(): void {
    if (!this.over) this.#end("cut", "release");
  }

  /** Both directions may have ended in order: then the socket goes by itself. */
  maybeEnded(): void {
    if (this.phase === "open" && this.peerEnded && this.writeEnded) this.#end("ended", "release");
  }

  /** Wakes every operation that waits, to look at the state again. */
  wake(): void {
    this.input.change.announce();
    this.output.change.announce();
  }

  #latch(failure: Failure, operation: Operation): void {
    if (this.failure !== undefined) return;
    // EPIPE says that the peer is gone. Only one whose end of stream had been seen has closed the pipe; otherwise its
    // goodbye was a reset, whichever of the two codes the runtime got hold of. The cause still has that one.
    const early = failure.reason === "broken-pipe" && !this.peerEnded;
    this.failure = early ? { ...failure, reason: "reset", code: "ECONNRESET" } : failure;
    this.during = operation;
  }

  #end(phase: "ended" | "lost" | "cut", go: "release" | "abort"): void {
    this.#enter(phase);
    this.#letGo(go);
  }

  #enter(phase: Phase): void {
    // Frozen: some transports forget it when they go. A goodbye goes on writing, and counts what it writes itself.
    if (phase !== "closing") this.taken = this.bytesWritten;
    this.phase = phase;
    if (phase === "cut") this.input.dropUnread();
    this.#controller?.abort(this.error(this.during));
    this.wake();
    if (this.failure === undefined || this.#settled || !listening("abort")) return;
    tell("abort", { ...this.event(), error: this.error(this.during) });
  }

  /** The socket goes, then everybody hears of it. */
  #letGo(go: "release" | "abort"): void {
    if (this.#settled) return;
    this.#settled = true;
    try {
      this.transport[go]();
    } catch {
      // Somebody's own transport broke its promise never to throw: that must not keep `closed` pending, or abort() throw.
    }
    for (const part of [this.input, this.output, ...this.#parts]) part.dispose();
    if (listening("close")) tell("close", { ...this.event(), outcome: this.outcome(), stats: this.stats });
    const outcome = this.outcome();
    if (this.#settle === undefined) this.#closed = Promise.resolve(outcome);
    else this.#settle(outcome);
    this.wake();
  }

  /** How it ended, as of now. */
  outcome(): CloseOutcome {
    const { bytesRead, bytesWritten, unsentBytes } = this;
    return {
      clean: this.failure === undefined && unsentBytes === 0,
      peerEnded: this.peerEnded,
      ...(this.failure !== undefined && { error: this.error(this.during) }),
      bytesRead,
      bytesWritten,
      unsentBytes,
      discardedBytes: this.discarded,
      duration: now() - this.openedAt,
    };
  }
}
