/**
 * What is open in this process, held weakly: for `inspectConnections` and `expectNoLeaks`.
 *
 * It costs one WeakRef and one entry of a set per connection (1 to 2 µs over its life, measured on Deno), and keeps
 * nothing alive. What was garbage-collected without
 * being closed leaves an empty WeakRef, which goes at the next look, or when the set has doubled.
 *
 * @module
 */
import type { InspectableConnection, InspectableListener } from "./inspection.ts";

/** Below it nobody looks for what was garbage-collected. */
const FEW = 64;

/** How many want to know where things were opened: a stack costs 4 to 5 µs, so nobody pays for it otherwise. */
let tracing = 0;

/** From now on it is remembered where things were opened; the result ends it. */
export function traceOrigins(): () => void {
  tracing++;
  return () => void tracing--;
}

/** Everything of one kind that is open. */
export class Registry<T extends object> {
  readonly #live = new Set<WeakRef<T>>();
  readonly #origins = new WeakMap<T, string>();
  #enough = FEW;

  /**
   * Notes that something has been opened, for as long as somebody holds it.
   *
   * @param traced Remembers where, also when nobody else wants to know.
   * @returns Its entry, for `remove`.
   */
  add(thing: T, traced = false): WeakRef<T> {
    const weak = new WeakRef(thing);
    this.#live.add(weak);
    if (tracing > 0 || traced) this.#origins.set(thing, new Error("opened here").stack ?? "");
    if (this.#live.size > this.#enough) this.#enough = FEW + 2 * this.list().length;
    return weak;
  }

  /** It is closed. */
  remove(entry: WeakRef<T>): void {
    this.#live.delete(entry);
    const thing = entry.deref();
    if (thing !== undefined) this.#origins.delete(thing);
  }

  /** What is open, the oldest first. */
  list(): T[] {
    const things: T[] = [];
    for (const weak of this.#live) {
      const thing = weak.deref();
      if (thing === undefined) this.#live.delete(weak);
      else things.push(thing);
    }
    return things;
  }

  /** The stack of whoever opened it, where somebody wanted to know. */
  originOf(thing: T): string | undefined {
    return this.#origins.get(thing);
  }
}

export const openConnections: Registry<InspectableConnection> = new Registry();
export const openListeners: Registry<InspectableListener> = new Registry();
