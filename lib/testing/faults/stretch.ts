import { checkBytes } from "../../arguments.ts";
import { disturb } from "./disturb.ts";
import type { Fault, RandomFaultOptions } from "./flaw.ts";
import { checkTrigger, type FaultTrigger, Trigger } from "./trigger.ts";

/** A part of the bytes that pass. */
export interface Part {
  readonly bytes: Uint8Array;
  /** It lies in the stretch that the fault hits. */
  readonly hit: boolean;
  /** The stretch ends with it. */
  readonly last: boolean;
}

/**
 * Makes a fault that changes a stretch of bytes: those from `when` on, `length` of them, however they are cut.
 *
 * @param when Where the stretch begins; with a probability there will be others.
 * @param length Bytes of a stretch.
 * @param options Which lanes, and the seed.
 * @param makeChange Makes what is done to the parts of one lane.
 */
export function changeStretch(
  when: FaultTrigger,
  length: number,
  options: RandomFaultOptions | undefined,
  makeChange: (random: { below(end: number): number }) => (part: Part) => Uint8Array[],
): Fault {
  checkTrigger(when);
  checkBytes("length", length);
  return disturb(options, (_lane, random) => {
    // Numbers of its own: how often the change draws depends on the chunks, where the stretches are must not.
    const stretch = new Stretch(new Trigger(when, random.fork()), length);
    const change = makeChange(random);
    return {
      start: () => stretch.trigger.start(),
      alter: (bytes) => concat(stretch.split(bytes).flatMap(change)),
      dispose: () => stretch.trigger.dispose(),
    };
  });
}

/** Finds the stretches in what passes. */
class Stretch {
  readonly trigger: Trigger;
  readonly #length: number;
  /** Bytes of the stretch that are still to come; 0 between stretches. */
  #left = 0;

  constructor(trigger: Trigger, length: number) {
    this.trigger = trigger;
    this.#length = length;
  }

  /** The next bytes, cut where a stretch begins or ends. */
  split(bytes: Uint8Array): Part[] {
    const parts: Part[] = [];
    for (let at = 0; at < bytes.length;) {
      if (this.#left === 0 && this.trigger.left <= 0) this.#left = this.#length;
      const hit = this.#left > 0;
      const part = bytes.subarray(at, at + (hit ? this.#left : this.trigger.left));
      at += part.length;
      this.trigger.pass(part.length);
      if (hit) this.#left -= part.length;
      const last = hit && this.#left === 0;
      if (last) this.trigger.again();
      parts.push({ bytes: part, hit, last });
    }
    return parts;
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
