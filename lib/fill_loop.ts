/**
 * The one loop behind every read: fill the queue from the transport until a demand is met.
 *
 * Theory of operation. At most one transport read is outstanding, and only this file starts one, always into the queue's
 * own memory. An operation that gives up leaves it parked: what it brings is adopted by the next operation, so no byte is
 * lost. A waiting operation sleeps on one shared "something changed" promise and then looks at everything again, in the
 * order that the contract fixes: own state, giving up, bytes at hand, end of stream, failure.
 *
 * @module
 */
import { announceAbort } from "./abort_hub.ts";
import { ByteQueue } from "./byte_queue.ts";
import { Change } from "./change.ts";
import { Deadline, now } from "./clock.ts";
import { tellFirstByte, tellHalfClose } from "./connection_news.ts";
import { type Demand, UNEXPECTED } from "./demand.ts";
import { BusyError } from "./errors.ts";
import { failureOfBound, failureOfSignal, keptOpenError } from "./failure.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Input } from "./part.ts";
import type { WaitOptions } from "./read_options.ts";
import { patienceFor, type ReadPatience } from "./read_patience.ts";
import { type Stop, STOPPED } from "./stop.ts";

/** What is read after a write failed, at most: servers answer before they close. */
const SALVAGE_BYTES = 1_048_576;

/** How long a dead connection may take to bring the next of its last bytes: they are in memory already. */
const SALVAGE_WAIT = 100;

/** What a goodbye discards at most, waiting for the peer's end. */
const LINGER_BYTES = 16_777_216;

/** Fills one queue for one operation at a time. */
export class FillLoop implements Input {
  readonly queue: ByteQueue = new ByteQueue();
  /** Announces what arrives, and every change of the lifetime. */
  readonly change: Change = new Change();
  /** Whose input it is. */
  readonly lifetime: Lifetime;
  readonly #lifetime: Lifetime;
  #filling = false;
  #ended = false;
  #broken = false;
  #salvaging = false;
  /** Made by the first read that is bounded. */
  #patience: ReadPatience | undefined;

  constructor(lifetime: Lifetime) {
    this.lifetime = this.#lifetime = lifetime;
    lifetime.input = this;
  }

  dropUnread(): void {
    this.#lifetime.discarded += this.queue.length;
    this.queue.drop(this.queue.length);
  }

  dispose(): void {
    this.#patience?.dispose();
  }

  /** Throws what must be thrown before the bytes at hand are looked at. */
  refuse(name: string): void {
    const { phase } = this.#lifetime;
    if (phase === "closing" || phase === "cut") throw this.#lifetime.report("read");
    if (this.#lifetime.reading !== undefined) throw new BusyError(name, this.#lifetime.reading.operation);
  }

  /**
   * Keeps every read out until the result is called.
   *
   * @throws {BusyError} A read is under way, or one that was given up still is with the transport.
   */
  occupy(name: string): () => void {
    this.refuse(name);
    if (this.#filling) throw new BusyError(name, "a read that was given up");
    this.#lifetime.reading = { operation: name, since: now(), holder: this.#lifetime.handle?.deref() };
    return () => this.#lifetime.reading = undefined;
  }

  /** Whether the bytes at hand may be taken synchronously; `false` when the connection is over. */
  idle(name: string): boolean {
    if (this.#lifetime.phase === "closing" || this.#lifetime.phase === "cut") return false;
    if (this.#lifetime.reading !== undefined) throw new BusyError(name, this.#lifetime.reading.operation);
    return true;
  }

  /** Meets a demand: at once from the bytes at hand, or after waiting. */
  run<T>(demand: Demand<T>, options?: WaitOptions, stop?: Stop): Promise<T | typeof STOPPED> {
    try {
      const value = this.takeNow(demand, options);
      return value !== undefined ? Promise.resolve(value) : this.wait(demand, options, stop);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The first half of `run`: meets a demand from the bytes at hand. `undefined`: `wait` for it. */
  takeNow<T>(demand: Demand<T>, options?: WaitOptions): T | undefined {
    const lifetime = this.#lifetime;
    // Asked once per frame or line, and mostly nothing is to be refused: without the call 8 ns less.
    if (lifetime.phase !== "open" || lifetime.reading !== undefined) this.refuse(demand.name);
    return options?.signal?.aborted ? undefined : demand.take(this.queue);
  }

  /** Reads and drops what the peer still sends, until it ends: for the goodbye. */
  async discard(): Promise<void> {
    const lifetime = this.#lifetime;
    const before = lifetime.discarded;
    this.queue.keepLent();
    for (;;) {
      this.dropUnread();
      if (this.#ended || this.#broken || lifetime.over || lifetime.discarded - before >= LINGER_BYTES) return;
      this.#fill();
      await this.change.next();
    }
  }

  /** The second half of `run`: waits until a demand is met. */
  async wait<T>(demand: Demand<T>, options?: WaitOptions, stop?: Stop): Promise<T | typeof STOPPED> {
    const started = now();
    const { signal, timeout } = options ?? {};
    this.#lifetime.reading = { operation: demand.name, since: started, holder: this.#lifetime.handle?.deref() };
    const forget = announceAbort(signal, this.change);
    if (stop !== undefined) stop.change = this.change;
    this.#patience ??= patienceFor(this.#lifetime, this.change, timeout);
    this.#patience?.begin(timeout, started);
    try {
      for (;;) {
        if (stop?.requested) return STOPPED;
        const value = this.#look(demand, started, options);
        if (value !== undefined) return value;
        this.#lifetime.output.pump();
        this.#fill();
        await this.change.next();
      }
    } finally {
      this.#lifetime.reading = undefined;
      this.#patience?.end();
      forget?.();
    }
  }

  /** One look at the state, in the order of precedence. `undefined`: go on waiting. */
  #look<T>(demand: Demand<T>, started: number, options?: WaitOptions): T | undefined {
    const lifetime = this.#lifetime;
    if (lifetime.phase === "closing" || lifetime.phase === "cut") throw this.#failed(demand, started);
    if (options?.signal?.aborted || this.#patience?.passed) this.#giveUp(demand, started, options);
    const value = demand.take(this.queue);
    if (value !== undefined) return value;
    if (lifetime.phase === "lost") {
      if (this.#salvaging) return undefined;
      throw this.#failed(demand, started);
    }
    if (!this.#ended) return undefined;
    const last = demand.end(this.queue);
    if (last !== UNEXPECTED) return last;
    lifetime.endUnexpectedly();
    throw this.#failed(demand, started, true);
  }

  /** The operation's own error; the bytes of a message that was cut go with it, also none when its end was unexpected. */
  #failed(demand: Demand<unknown>, started: number, cut = false): Error {
    const { queue } = this;
    const partial = this.#lifetime.phase === "lost" && (cut || queue.length > 0);
    return this.#lifetime.report("read", {
      elapsed: now() - started,
      ...(partial && { partial: queue.take(queue.length) }),
      ...(demand.expected !== undefined && { expected: demand.expected }),
    });
  }

  #giveUp(demand: Demand<unknown>, started: number, options: WaitOptions | undefined): never {
    const signal = options?.signal;
    const passed = signal?.aborted ? undefined : this.#patience!.passed!;
    if (options?.keepOpen) {
      if (!passed) throw signal!.reason;
      throw keptOpenError(this.#lifetime.transport.remoteAddress, passed);
    }
    const failure = passed ? failureOfBound(passed.option, passed.value) : failureOfSignal(signal!.reason);
    this.#lifetime.cut(failure, "read");
    throw this.#failed(demand, started);
  }

  #fill(): void {
    if (this.#filling || this.#ended || this.#broken) return;
    this.#filling = true;
    try {
      this.#lifetime.transport.read(this.queue.area()).then(this.#onRead, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  #onRead = (bytes: number | null): void => {
    this.#filling = false;
    if (bytes === null) {
      this.#ended = true;
      this.#noteEnd();
    } else if (this.#lifetime.phase !== "cut") { // What comes after that is nobody's: its end has been told.
      this.queue.commit(bytes);
      this.#count(bytes);
    }
    this.change.announce();
  };

  #count(bytes: number): void {
    const lifetime = this.#lifetime;
    lifetime.bytesRead += bytes;
    lifetime.tally.noteBuffered(this.queue.length);
    if (lifetime.tally.reads++ === 0) tellFirstByte(lifetime, bytes);
  }

  #noteEnd(): void {
    const lifetime = this.#lifetime;
    if (!lifetime.over) {
      lifetime.peerEnded = true;
      tellHalfClose(lifetime, "peer");
    }
    lifetime.maybeEnded();
  }

  #onError = (error: unknown): void => {
    this.#filling = false;
    this.#broken = true;
    this.#lifetime.lose(error, "read");
    this.change.announce();
  };

  /** After a write failed: what had arrived before is still read, as far as it comes at once. */
  async salvage(): Promise<void> {
    this.#salvaging = true;
    let late = false;
    const deadline = new Deadline(
      () => {
        late = true;
        this.change.announce();
      },
      undefined,
      this.#lifetime,
    );
    const most = this.#lifetime.bytesRead + SALVAGE_BYTES;
    while (!this.#ended && !this.#broken && !late && this.#lifetime.bytesRead < most) {
      this.queue.keepLent(); // Each time: reads go on meanwhile, and may borrow.
      this.#fill();
      deadline.arm(SALVAGE_WAIT);
      await this.change.next();
    }
    deadline.dispose();
    this.#salvaging = false;
  }
}
