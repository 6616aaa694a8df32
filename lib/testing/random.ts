/** Random numbers that are the same in every run: mulberry32. */
export class Random {
  #state: number;

  /** @param seed The same seed gives the same numbers. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to below 1. */
  next(): number {
    return this.#draw() / 2 ** 32;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return this.#draw() % end;
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** Numbers of its own, which also follow from the seed: what draws from them does not disturb its neighbours. */
  fork(): Random {
    return new Random(this.#draw());
  }

  #draw(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
