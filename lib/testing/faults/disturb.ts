import { checkChoice, checkOptions } from "../../arguments.ts";
import { Random } from "../random.ts";
import { FaultyTransport } from "./faulty_transport.ts";
import type { Fault, Flaw, Lane, RandomFaultOptions } from "./flaw.ts";

/**
 * Makes a fault of what it does to one lane.
 *
 * @param options Which lanes, and the seed.
 * @param makeFlaw Makes the flaw of one lane, with random numbers of its own.
 */
export function disturb(
  options: RandomFaultOptions | undefined,
  makeFlaw: (lane: Lane, random: Random) => Flaw,
): Fault {
  checkFaultOptions(options);
  const { direction = "read", seed = 0 } = options ?? {};
  const random = new Random(seed);
  return (transport) => {
    // Drawn for each connection and lane, also for one that is left alone: connection 3 is the same whatever 1 and 2 did.
    const own = random.fork();
    return new FaultyTransport(transport, (lane) => {
      const numbers = own.fork();
      return direction === "both" || direction === lane.direction ? makeFlaw(lane, numbers) : {};
    });
  };
}

/** Checks what all faults take. */
export function checkFaultOptions(options: RandomFaultOptions | undefined): void {
  checkOptions(options);
  checkChoice("direction", options?.direction, ["read", "write", "both"]);
  checkSeed(options?.seed);
}

/** A seed is any number that is one. */
export function checkSeed(seed: unknown): void {
  if (seed === undefined || (typeof seed === "number" && Number.isFinite(seed))) return;
  throw new TypeError(`Cannot use seed ${String(seed)}: it must be a finite number`);
}

/** Milliseconds, 0 allowed. */
export function checkDuration(name: string, ms: unknown): void {
  if (typeof ms !== "number") throw new TypeError(`Cannot use ${name} ${String(ms)}: it must be a number`);
  if (!(ms >= 0 && ms < Infinity)) {
    throw new RangeError(`Cannot use ${name} ${ms}: it must be 0 ms or more, and finite`);
  }
}
