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
import { now } from "./clock.ts";
import { tellFirstByte, tellHalfClose } from "./connection_news.ts";
import { type Demand, UNEXPECTED } from "./demand.ts";
import { BusyError } from "./errors.ts";
import { discard, salvage } from "./last_bytes.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Input } from "./part.ts";
import { failedRead, givenUp, type PendingRead } from "./pending_read.ts";
import type { WaitOptions } from "./read_options.ts";
import { patienceFor, type ReadPatience } from "./read_patience.ts";
import { type Stop, STOPPED } from "./stop.ts";

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
  #read: PendingRead | undefined;
  /** Memory of an earlier chunk, for a transport that reads into its own. */
  #spare: Uint8Array<ArrayBuffer> | undefined;
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
  run<T>(demand: Demand<T>, holder: object | undefined, options?: WaitOptions): Promise<T | typeof STOPPED> {
    try {
      const value = this.takeNow(demand, options);
      return value !== undefined ? Promise.resolve(value) : this.wait(demand, holder, options);
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
  discard(): Promise<void> {
    return discard(this);
  }

  async salvage(): Promise<void> {
    this.#salvaging = true;
    await salvage(this);
    this.#salvaging = false;
  }

  /**
   * The second half of `run`: waits until a demand is met.
   *
   * Mostly the next chunk meets it. So the first wait is no async function: that is a third cheaper in time and memory, and a
   * stack leads through `then` as through `await`. Only a demand that needs more goes on in `#keepWaiting`.
   */
  wait<T>(
    demand: Demand<T>,
    holder: object | undefined,
    options?: WaitOptions,
    stop?: Stop,
  ): Promise<T | typeof STOPPED> {
    const lifetime = this.#lifetime;
    const since = now();
    const signal = options?.signal;
    const forget = signal && announceAbort(signal, this.change);
    this.#read = { operation: demand.name, since, holder, demand, options, stop, forget };
    lifetime.reading = this.#read;
    if (stop !== undefined) stop.change = this.change;
    const timeout = options?.timeout;
    this.#patience ??= patienceFor(lifetime, this.change, timeout);
    this.#patience?.begin(timeout, since);
    try {
      const value = this.#step();
      if (value !== undefined) return Promise.resolve(value as T);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.change.next().then(this.#onChange as () => T);
  }

  #onChange = (): unknown => {
    const value = this.#step();
    return value === undefined ? this.#keepWaiting() : value;
  };

  async #keepWaiting(): Promise<unknown> {
    for (;;) {
      await this.change.next();
      const value = this.#step();
      if (value !== undefined) return value;
    }
  }

  /** Whether the read that waits is done, and with what; otherwise asks the transport for more. */
  #step(): unknown {
    const read = this.#read!;
    try {
      const value = read.stop?.requested ? STOPPED : this.#look(read);
      if (value !== undefined) {
        this.#finish();
        return value;
      }
    } catch (error) {
      this.#finish();
      throw error;
    }
    this.#lifetime.output.pump();
    this.fill();
    return undefined;
  }

  #finish(): void {
    const { forget } = this.#read!;
    this.#read = this.#lifetime.reading = undefined;
    this.#patience?.end();
    forget?.();
  }

  /** One look at the state, in the order of precedence. `undefined`: go on waiting. */
  #look(read: PendingRead): unknown {
    const { queue, lifetime } = this;
    const { demand } = read;
    if (lifetime.phase === "closing" || lifetime.phase === "cut") throw failedRead(read, lifetime, queue);
    const passed = this.#patience?.passed;
    if (read.options?.signal?.aborted || passed) throw givenUp(read, lifetime, queue, passed);
    const value = demand.take(queue);
    if (value !== undefined) return value;
    if (lifetime.phase === "lost") {
      if (this.#salvaging) return undefined;
      throw failedRead(read, lifetime, queue);
    }
    if (!this.#ended) return undefined;
    const last = demand.end(queue);
    if (last !== UNEXPECTED) return last;
    lifetime.endUnexpectedly();
    throw failedRead(read, lifetime, queue, true);
  }

  /** Whether nothing more comes. */
  get dry(): boolean {
    return this.#ended || this.#broken;
  }

  /** Asks the transport for more, unless that is under way. */
  fill(): void {
    if (this.#filling || this.dry) return;
    this.#filling = true;
    const { transport } = this.#lifetime;
    const spare = this.#spare;
    this.#spare = undefined;
    try {
      const reading: Promise<number | Uint8Array<ArrayBuffer> | null> = this.queue.busy && transport.readChunk
        ? transport.readChunk(spare)
        : transport.read(this.queue.area());
      reading.then(this.#onRead, this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }

  #onRead = (got: number | Uint8Array<ArrayBuffer> | null): void => {
    this.#filling = false;
    if (got === null) {
      this.#ended = true;
      this.#noteEnd();
    } else if (this.#lifetime.phase !== "cut") { // What comes after that is nobody's: its end has been told.
      if (typeof got === "number") this.queue.commit(got);
      else this.#spare = this.queue.adopt(got);
      this.#count(typeof got === "number" ? got : got.length);
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
}
