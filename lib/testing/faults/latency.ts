import { checkCount } from "../../arguments.ts";
import { now } from "../../clock.ts";
import { Alarm } from "./alarm.ts";
import { checkDuration, checkFaultOptions, disturb } from "./disturb.ts";
import type { Fault, Flaw, Lane, RandomFaultOptions } from "./flaw.ts";

/** 1 s at 128 Mbit/s: the product of bandwidth and delay that Linux' largest default buffers are made for. */
const IN_FLIGHT = 16_777_216;

/** Options of `latency`. */
export interface LatencyOptions extends RandomFaultOptions {
  /**
   * Milliseconds that a delay may be shorter or longer, drawn evenly from the seed; bytes never overtake each other.
   *
   * @default {0}
   */
  jitter?: number | undefined;
  /**
   * Bytes that may be in flight at once; then the sender waits.
   *
   * @default {16777216}
   */
  capacity?: number | undefined;
}

/**
 * Delays everything, and costs no bandwidth: many chunks are in flight at once, as on a long line. The end of the stream,
 * and a reset, travel as long as bytes do.
 *
 * Loses nothing: what was written is delivered even when this end has closed meanwhile. It is the one fault that reads ahead,
 * from the first read on, because bytes in flight must be somewhere.
 *
 * @param ms The delay of one direction, in milliseconds.
 * @param options Which direction, jitter, and how much may be in flight.
 * @returns A fault for `wrap`.
 * @throws {RangeError} A negative number of ms or bytes, more jitter than delay.
 * @throws {TypeError} No numbers.
 * @example A slow line
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, latency } from "@hawser/net/testing";
 *
 * await using pair = connectionPair({ wrap: latency(30, { direction: "both" }) });
 * const started = performance.now();
 * await pair.local.writer.write("ping\n");
 * assert.equal(await pair.peer.reader.readLine(), "ping");
 * assert(performance.now() - started >= 29);
 * ```
 */
export function latency(ms: number, options: LatencyOptions = {}): Fault {
  checkFaultOptions(options);
  const { jitter = 0, capacity = IN_FLIGHT } = options;
  checkDuration("ms", ms);
  checkDuration("jitter", jitter);
  if (jitter > ms) throw new RangeError(`Cannot use jitter ${jitter}: it must be at most the delay, ${ms} ms`);
  checkCount("capacity", capacity);
  return disturb(options, (lane, random) => {
    const delay = (): number => ms + jitter * (2 * random.next() - 1);
    return new LatencyFlaw(lane, delay, capacity);
  });
}

/** Bytes in flight, and when each lot arrives: in order, so one whose delay was shorter waits for those before it. */
class LatencyFlaw implements Flaw {
  readonly holds: number;
  readonly #alarm: Alarm;
  readonly #delay: () => number;
  #flying: Array<{ bytes: number; due: number }> = [];
  #endDue = Infinity;

  constructor(lane: Lane, delay: () => number, capacity: number) {
    this.#alarm = new Alarm(() => lane.look());
    this.#delay = delay;
    this.holds = capacity;
  }

  arrive(bytes: number): void {
    const due = now() + this.#delay();
    const last = this.#flying.at(-1);
    if (last?.due === due) last.bytes += bytes;
    else this.#flying.push({ bytes, due });
  }

  arriveEnd(): void {
    this.#endDue = now() + this.#delay();
  }

  admit(): number {
    const time = now();
    let landed = 0;
    for (const { bytes, due } of this.#flying) {
      if (due > time) break;
      landed += bytes;
    }
    if (landed === 0) this.#alarm.set(this.#flying[0]!.due);
    return landed;
  }

  admitEnd(): boolean {
    const landed = this.#endDue <= now();
    if (!landed) this.#alarm.set(this.#endDue);
    return landed;
  }

  passed(bytes: number): void {
    for (let left = bytes; left > 0;) {
      const first = this.#flying[0]!;
      const gone = Math.min(left, first.bytes);
      first.bytes -= gone;
      left -= gone;
      if (first.bytes === 0) this.#flying.shift();
    }
  }

  dispose(): void {
    this.#alarm.dispose();
  }
}
