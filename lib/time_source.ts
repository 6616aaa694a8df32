/**
 * Where time comes from: the runtime's clock and timers, unless the testing kit has put a virtual time in their place.
 *
 * @module
 */

/** A deadline as a source of time sees it. */
export interface Ticking {
  /** When it is due; `Infinity` while it is not armed. */
  readonly at: number;
  /** Whether it keeps the process alive while it is armed. */
  readonly referenced: boolean;
  /** Fires when due; `false` when it is not armed any more. */
  check(time: number): boolean;
  /** Lets go of the source. */
  dispose(): void;
}

/** What tells the time and calls back when it has passed. */
export interface TimeSource {
  /** Monotonic milliseconds. */
  now(): number;
  /** Looks at a deadline now and then, until it is removed. */
  add(deadline: Ticking): void;
  /** Looks at it no longer. */
  remove(deadline: Ticking): void;
  /** A deadline that keeps the process alive has been armed. */
  hold(): void;
  /** Calls back once, at least `ms` later; the result takes it back. */
  after(ms: number, callback: () => void): () => void;
}

const TICK = 20;

/** What a timer of the runtime can wait at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

type Interval = { ref?(): void; unref?(): void };

/** The runtime's clock: one interval looks at every deadline of the process, and runs only while there is one. */
class RealTime implements TimeSource {
  /** A disarmed one stays until the next tick: the next operation arms it again. */
  readonly #listed = new Set<Ticking>();
  #interval: Interval | undefined;
  #referenced = false;

  now(): number {
    return performance.now();
  }

  add(deadline: Ticking): void {
    this.#listed.add(deadline);
    if (this.#interval === undefined) this.#start();
  }

  remove(deadline: Ticking): void {
    this.#listed.delete(deadline);
    if (this.#listed.size === 0) this.#stop();
  }

  hold(): void {
    this.#reference(true);
  }

  /** How many deadlines are armed. */
  armed(): number {
    let count = 0;
    for (const { at } of this.#listed) if (at !== Infinity) count++;
    return count;
  }

  after(ms: number, callback: () => void): () => void {
    const due = this.now() + ms;
    let timer: number;
    // Not always one timer: they cannot wait longer than 24 days, and Node's may be a fraction of a millisecond early.
    const wait = (): void => {
      const left = due - this.now();
      if (left <= 0) return callback();
      timer = setTimeout(wait, Math.min(Math.ceil(left), LONGEST_TIMER)) as unknown as number;
    };
    timer = setTimeout(wait, Math.min(ms, LONGEST_TIMER)) as unknown as number;
    return () => clearTimeout(timer);
  }

  #start(): void {
    this.#interval = setInterval(() => this.#tick(), TICK) as unknown as Interval;
    this.#referenced = true;
  }

  #stop(): void {
    clearInterval(this.#interval as unknown as number);
    this.#interval = undefined;
  }

  /** The tick keeps the process alive while a deadline that should is armed. */
  #reference(wanted: boolean): void {
    if (wanted === this.#referenced || this.#interval === undefined) return;
    this.#referenced = wanted;
    if (wanted) this.#interval.ref?.();
    else this.#interval.unref?.();
  }

  #tick(): void {
    const time = this.now();
    let wanted = false;
    for (const deadline of this.#listed) {
      if (deadline.check(time)) wanted ||= deadline.referenced;
      else deadline.dispose();
    }
    this.#reference(wanted);
  }
}

const realTime: RealTime = new RealTime();

/** The one in use. */
export let timeSource: TimeSource = realTime;

/** How many deadlines are armed in this process, in real time. */
export function armedDeadlines(): number {
  return realTime.armed();
}

/**
 * Puts another source in place of the one in use. What was armed before stays with the source that it was armed on.
 *
 * @returns Puts the former one back.
 */
export function useTimeSource(source: TimeSource): () => void {
  const former = timeSource;
  timeSource = source;
  return () => timeSource = former;
}
