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

const TICK = 20;

/** Deadlines that the tick looks at. A disarmed one stays until the next tick: the next operation arms it again. */
const listed = new Set<Deadline>();

type Interval = { ref?(): void; unref?(): void };
let interval: Interval | undefined;
let referenced = false;

/** Monotonic milliseconds. */
export function now(): number {
  return performance.now();
}

function start(): void {
  interval = setInterval(tick, TICK) as unknown as Interval;
  referenced = true;
}

function stop(): void {
  clearInterval(interval as unknown as number);
  interval = undefined;
}

/** The tick keeps the process alive while a deadline that should is armed. */
function reference(wanted: boolean): void {
  if (wanted === referenced || interval === undefined) return;
  referenced = wanted;
  if (wanted) interval.ref?.();
  else interval.unref?.();
}

function tick(): void {
  const time = now();
  let wanted = false;
  for (const deadline of listed) {
    if (deadline.check(time)) wanted ||= deadline.referenced;
    else deadline.dispose();
  }
  reference(wanted);
}

/** Something that must have happened, or at least have moved, within a time. */
export class Deadline {
  /** Whether an armed deadline keeps the process alive. */
  referenced = true;
  #at = Infinity;
  #timeout = Infinity;
  #seen = 0;
  #listed = false;
  readonly #due: () => void;
  readonly #progress: (() => number) | undefined;

  /**
   * @param due Called once when the time has passed; it may arm again.
   * @param progress A number that changes when something moved: the time then starts over.
   */
  constructor(due: () => void, progress?: () => number) {
    this.#due = due;
    this.#progress = progress;
  }

  /** Starts the time, or starts it over. `Infinity` and `undefined` disarm. A caller that knows the time passes it. */
  arm(timeout: number | undefined, time: number = now()): void {
    if (timeout === undefined || timeout === Infinity) return this.disarm();
    this.#timeout = timeout;
    this.#at = time + timeout;
    if (this.#progress !== undefined) this.#seen = this.#progress();
    if (!this.#listed) {
      this.#listed = true;
      listed.add(this);
      if (interval === undefined) start();
    }
    if (this.referenced) reference(true);
  }

  /** Stops the time, at the cost of one store. */
  disarm(): void {
    this.#at = Infinity;
  }

  /** Stops the time and lets go of the tick at once: for the end of a connection. */
  dispose(): void {
    this.#at = Infinity;
    if (!this.#listed) return;
    this.#listed = false;
    listed.delete(this);
    if (listed.size === 0) stop();
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
}

type Schedule = (callback: () => void) => unknown;

/**
 * Runs `callback` after the microtasks that are queued now and those they queue: enough for the caller to go on after an
 * `await` of something that was there already.
 */
export function soon(callback: () => void): void {
  queueMicrotask(() => queueMicrotask(callback));
}

/** Runs `callback` at the end of this turn of the event loop, after all microtasks and after I/O was looked at. */
export const endOfTurn: Schedule = (globalThis as { setImmediate?: Schedule }).setImmediate ??
  ((callback) => setTimeout(callback, 0));
