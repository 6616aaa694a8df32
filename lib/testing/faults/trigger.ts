import { checkCount, checkOptions, checkTimeout } from "../../arguments.ts";
import { timeSource } from "../../time_source.ts";
import type { Random } from "../random.ts";

/**
 * When a fault strikes:
 *
 * - a number: when so many bytes have passed, 0 at once; the first byte behind them is the one that it hits;
 * - `after`: so many milliseconds after the fault was put around the connection, whatever has passed;
 * - `probability`: at each byte with this probability (above 0, at most 1), drawn from the seed. It does not depend on how
 *   the bytes are cut into chunks, so a run can be repeated.
 */
export type FaultTrigger = number | { readonly after: number } | { readonly probability: number };

/** Throws when it is none. */
export function checkTrigger(trigger: FaultTrigger): void {
  if (typeof trigger !== "object" || trigger === null) return checkCount("trigger", trigger);
  checkOptions(trigger);
  if ("after" in trigger) return checkTimeout("after", trigger.after);
  checkProbability(trigger.probability);
}

/** A share of all: above 0, at most 1. */
export function checkProbability(probability: unknown, lowest: number = Number.MIN_VALUE): void {
  if (typeof probability !== "number") {
    throw new TypeError(`Cannot use probability ${String(probability)}: it must be a number`);
  }
  if (!(probability >= lowest && probability <= 1)) {
    const range = lowest === 0 ? "from 0 to 1" : "above 0 and at most 1";
    throw new RangeError(`Cannot use probability ${probability}: it must be ${range}`);
  }
}

/** The moment at which a fault strikes one lane: counts what passes, or waits. */
export class Trigger {
  /** It has struck. */
  fired = false;
  readonly #when: FaultTrigger;
  readonly #random: Random;
  readonly #strike: () => void;
  #passed = 0;
  /** The first byte behind it. */
  #at: number;
  #cancel: (() => void) | undefined;

  /** @param when As the user says it. @param random Of this lane. @param strike Called once, when the moment has come. */
  constructor(when: FaultTrigger, random: Random, strike: () => void = () => {}) {
    this.#when = when;
    this.#random = random;
    this.#strike = strike;
    this.#at = typeof when === "number" ? when : "after" in when ? Infinity : this.#draw();
  }

  /** Bytes that may pass before it. */
  get left(): number {
    return this.#at - this.#passed;
  }

  /** The time starts; a fault at byte 0 strikes now. */
  start(): void {
    const when = this.#when;
    if (typeof when === "object" && "after" in when && when.after !== Infinity) {
      this.#cancel = timeSource.after(when.after, () => {
        this.#at = this.#passed;
        this.#check();
      });
    }
    this.#check();
  }

  /** Bytes have passed. */
  pass(bytes: number): void {
    this.#passed += bytes;
    this.#check();
  }

  /** It has hit. With a probability it will hit again, at a byte further on, otherwise never. */
  again(): void {
    const often = typeof this.#when === "object" && "probability" in this.#when;
    this.#at = often ? Math.max(this.#at + 1, this.#passed) + this.#draw() : Infinity;
    this.fired = !often;
  }

  /** The time does not matter any more. */
  dispose(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #check(): void {
    if (this.fired || this.#passed < this.#at) return;
    this.fired = true;
    this.dispose();
    this.#strike();
  }

  /** Bytes up to the next hit: geometrically distributed, as throwing a die at each byte is. */
  #draw(): number {
    const { probability } = this.#when as { probability: number };
    if (probability === 1) return 0;
    return Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - probability));
  }
}
