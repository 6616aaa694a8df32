/** A time that jumps from one timer to the next: seconds of latency take no time, and are exact. */
import { type Ticking, type TimeSource, useTimeSource } from "../lib/time_source.ts";

interface Timer {
  at: number;
  callback: () => void;
}

class VirtualTime implements TimeSource {
  #now = 0;
  readonly #deadlines = new Set<Ticking>();
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  add(deadline: Ticking): void {
    this.#deadlines.add(deadline);
  }

  remove(deadline: Ticking): void {
    this.#deadlines.delete(deadline);
  }

  hold(): void {}

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Jumps to what is due next; `false` when nothing ever is. */
  jump(): boolean {
    const next = Math.min(...[...this.#deadlines, ...this.#timers].map(({ at }) => at));
    if (next === Infinity) return false;
    this.#now = Math.max(this.#now, next);
    for (const deadline of [...this.#deadlines]) if (!deadline.check(this.#now)) deadline.dispose();
    for (const timer of [...this.#timers]) if (timer.at <= this.#now && this.#timers.delete(timer)) timer.callback();
    return true;
  }

  /** Timers that nobody has taken back. */
  get left(): number {
    return this.#timers.size;
  }
}

/** Enough for every chain of awaits over memory to come to rest. */
const TURNS = 3;

/** Runs `body` on virtual time; whenever everything waits, time jumps. Returns how long it took, in virtual ms. */
export async function virtually(body: () => Promise<void>): Promise<number> {
  const time = new VirtualTime();
  const putBack = useTimeSource(time);
  let over = false;
  try {
    const running = body().finally(() => over = true);
    running.catch(() => {}); // Awaited below.
    for (;;) {
      for (let turn = 0; turn < TURNS && !over; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      if (over) break;
      if (!time.jump()) throw new Error("Cannot go on: everything waits, and nothing will ever be due");
    }
    await running;
    if (time.left > 0) throw new Error(`Cannot end: ${time.left} timers are left`);
    return time.now();
  } finally {
    putBack();
  }
}
