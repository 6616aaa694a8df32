/**
 * One coarse tick for every timeout of the process.
 *
 * A timer per operation costs 1.25 µs on Deno, `AbortSignal.timeout` 2.4–6 µs and it retains memory. Here arming a
 * deadline is writing a number; one interval looks at all of them, and runs only while one is armed.
 *
 * Never early: a deadline is compared with the real time. At most 50 ms late: two ticks and some slack, when the event
 * loop is free.
 *
 * @module
 */
import { type Ticking, type TimeSource, timeSource } from "./time_source.ts";

/** Monotonic milliseconds. */
export function now(): number {
  return timeSource.now();
}

/** What a deadline belongs to: something that was let go with `unref()` must not keep the process by its timeouts. */
export interface Owner {
  readonly referenced: boolean;
}

const ALWAYS: Owner = { referenced: true };

/** Something that must have happened, or at least have moved, within a time. */
export class Deadline implements Ticking {
  #at = Infinity;
  #timeout = Infinity;
  #seen = 0;
  /** The source that looks at it. */
  #source: TimeSource | undefined;
  readonly #due: () => void;
  readonly #progress: (() => number) | undefined;
  readonly #owner: Owner;

  /**
   * @param due Called once when the time has passed; it may arm again.
   * @param progress A number that changes when something moved: the time then starts over.
   * @param owner Says whether the deadline, while it is armed, keeps the process alive.
   */
  constructor(due: () => void, progress?: () => number, owner: Owner = ALWAYS) {
    this.#due = due;
    this.#owner = owner;
    this.#progress = progress;
  }

  /** Whether it keeps the process alive while it is armed. */
  get referenced(): boolean {
    return this.#owner.referenced;
  }

  /** When it is due; `Infinity` while it is not armed. */
  get at(): number {
    return this.#at;
  }

  /** Starts the time, or starts it over. `Infinity` and `undefined` disarm. A caller that knows the time passes it. */
  arm(timeout: number | undefined, time: number = now()): void {
    if (timeout === undefined || timeout === Infinity) return this.disarm();
    this.#timeout = timeout;
    this.#at = time + timeout;
    if (this.#progress !== undefined) this.#seen = this.#progress();
    if (this.#source !== timeSource) this.#join(timeSource);
    if (this.referenced) timeSource.hold();
  }

  /** Stops the time, at the cost of one store. */
  disarm(): void {
    this.#at = Infinity;
  }

  /** Stops the time and lets go of the tick at once: for the end of a connection. */
  dispose(): void {
    this.#at = Infinity;
    this.#source?.remove(this);
    this.#source = undefined;
  }

  /** The tick's look: fires when due; `false` when it is not armed any more. */
  check(time: number): boolean {
    if (this.#at === Infinity) return false;
    const seen = this.#progress?.() ?? this.#seen;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#at = time + this.#timeout;
    } else if (time >= this.#at) {
      this.#at = Infinity;
      this.#due();
    }
    return this.#at !== Infinity;
  }

  #join(source: TimeSource): void {
    this.#source?.remove(this);
    this.#source = source;
    source.add(this);
  }
}

/** A wait that can be cut short. */
export interface Sleep {
  /** Settles when the time has passed, or at once when it was cut short. */
  readonly done: Promise<void>;
  /** Cuts it short; idempotent. */
  cancel(): void;
}

/** Waits for at least `ms` with a timer of its own: for what must be finer than the tick of the deadlines. */
export function sleep(ms: number): Sleep {
  let wake!: () => void;
  const done = new Promise<void>((resolve) => wake = resolve);
  const forget = timeSource.after(ms, wake);
  const cancel = (): void => {
    forget();
    wake();
  };
  return { done, cancel };
}

const NOW: Promise<void> = Promise.resolve();

type Schedule = (callback: () => void) => unknown;

/**
 * Runs `callback` after the microtasks that are queued now and those they queue: enough for the caller to go on after an
 * `await` of something that was there already.
 */
export function soon(callback: () => void): void {
  // Not queueMicrotask, which costs five times as much on Node: it keeps books of every callback.
  void NOW.then(() => void NOW.then(callback));
}

/**
 * Runs `callback` at the end of this turn of the event loop, after all microtasks and after I/O was looked at. Always of
 * the real event loop: no source of time stands between.
 */
export const endOfTurn: Schedule = (globalThis as { setImmediate?: Schedule }).setImmediate ??
  ((callback) => setTimeout(callback, 0));
