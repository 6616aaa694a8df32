import { now } from "../../clock.ts";
import { timeSource } from "../../time_source.ts";

/** One timer for "ask me again then": of several times the earliest counts, and whoever is asked looks at the clock. */
export class Alarm {
  readonly #ring: () => void;
  #at = Infinity;
  #cancel: (() => void) | undefined;

  /** @param ring Called at the time that was set, or a little later. */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings at `at`, unless it rings before that already. */
  set(at: number): void {
    if (at >= this.#at) return;
    this.dispose();
    this.#at = at;
    this.#cancel = timeSource.after(Math.max(0, at - now()), () => {
      this.#at = Infinity;
      this.#ring();
    });
  }

  /** Rings no more. */
  dispose(): void {
    this.#at = Infinity;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
