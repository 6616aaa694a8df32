/**
 * What is told of a connection while it is open; how it ends is told by its lifetime.
 *
 * @module
 */
import { listening, tell } from "./diagnostics.ts";
import type { Lifetime } from "./lifetime.ts";

export function tellOpen(lifetime: Lifetime): void {
  if (listening("open")) tell("open", { ...lifetime.event(), origin: lifetime.origin });
}

export function tellFirstByte(lifetime: Lifetime, bytes: number): void {
  if (listening("first-byte")) tell("first-byte", { ...lifetime.event(), bytes });
}

export function tellHalfClose(lifetime: Lifetime, by: "local" | "peer"): void {
  if (listening("half-close")) tell("half-close", { ...lifetime.event(), by });
}

/** Something waits for a drain: counts it, and tells of the first of those that wait at the same time. */
export function beginDrain(lifetime: Lifetime, time: number): void {
  if (!lifetime.tally.beginDrain(time) || !listening("drain")) return;
  tell("drain", { ...lifetime.event(), unsentBytes: lifetime.unsentBytes });
}

/** It waits no longer: tells when nothing does. */
export function endDrain(lifetime: Lifetime, time: number): void {
  const elapsed = lifetime.tally.endDrain(time);
  if (elapsed === undefined || !listening("drained")) return;
  tell("drained", { ...lifetime.event(), elapsed, unsentBytes: lifetime.unsentBytes });
}
