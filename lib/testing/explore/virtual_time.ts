/**
 * A time that stands still until it is told to jump: an hour of timeouts passes in a millisecond, and never by chance.
 *
 * @module
 */
import type { Ticking, TimeSource } from "../../time_source.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  /** Whether it keeps anything alive: a timer of `AbortSignal.timeout` does not. */
  readonly weak: boolean;
}

/** What is still armed, in words and numbers. */
export interface Pending {
  /** Deadlines of the library: read, write, idle and close timeouts. */
  readonly deadlines: number;
  /** Timers: of `setTimeout`, `setInterval`, and waits of faults. */
  readonly timers: number;
}

/** A source of time that jumps from one deadline to the next. */
export class VirtualTime implements TimeSource {
  #now = 0;
  readonly #deadlines = new Set<Ticking>();
  readonly #timers = new Set<Timer>();

  /** Virtual milliseconds since it was made. */
  now(): number {
    return this.#now;
  }

  /** Takes a deadline into account. */
  add(deadline: Ticking): void {
    this.#deadlines.add(deadline);
  }

  /** Forgets a deadline. */
  remove(deadline: Ticking): void {
    this.#deadlines.delete(deadline);
  }

  /** Nothing: virtual time keeps no process alive. */
  hold(): void {}

  /** Calls back at `now() + ms`; the result takes it back. */
  after(ms: number, callback: () => void, weak = false): () => void {
    const timer: Timer = { at: this.#now + ms, callback, weak };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** What is armed and would keep a program waiting. */
  pending(): Pending {
    let [deadlines, timers] = [0, 0];
    for (const { at } of this.#deadlines) if (at !== Infinity) deadlines++;
    for (const { weak } of this.#timers) if (!weak) timers++;
    return { deadlines, timers };
  }

  /**
   * Jumps to the next moment at which something is due, and lets it happen.
   *
   * @returns `false` when nothing will ever be due.
   */
  jump(): boolean {
    // Progress up to now is seen now, as the tick of the runtime would have seen it, not at the end of the jump.
    this.#check();
    let next = Infinity;
    for (const { at } of this.#deadlines) next = Math.min(next, at);
    for (const { at } of this.#timers) next = Math.min(next, at);
    if (next === Infinity) return false;
    this.#now = Math.max(this.#now, next);
    this.#check();
    for (const timer of [...this.#timers]) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.callback();
    }
    return true;
  }

  /** Forgets everything that is armed: for the next run. */
  clear(): void {
    for (const deadline of [...this.#deadlines]) deadline.dispose();
    this.#timers.clear();
  }

  #check(): void {
    for (const deadline of this.#deadlines) if (!deadline.check(this.#now)) deadline.dispose();
  }
}
