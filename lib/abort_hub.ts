/**
 * One listener per signal, however many wait on it.
 *
 * 5,000 connections on one server's signal would be 5,000 listeners: runtimes warn, and each add and remove searches the
 * list. Here a signal gets one listener while anybody waits, and none afterwards: a long-lived signal keeps nothing alive but
 * an empty hub, which the next wait finds again.
 *
 * @module
 */

import type { Change } from "./change.ts";

const ONCE: AddEventListenerOptions = { once: true };

/** Who waits on one signal. */
class Hub {
  readonly waiting: Set<() => void> = new Set();

  readonly listener = (): void => {
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wake of woken) wake();
  };
}

const hubs = new WeakMap<AbortSignal, Hub>();

function hubOf(signal: AbortSignal): Hub {
  const known = hubs.get(signal);
  if (known !== undefined) return known;
  const hub = new Hub();
  hubs.set(signal, hub);
  return hub;
}

/**
 * Calls `wake` when the signal aborts; the signal must not be aborted yet.
 *
 * @returns Stops waiting; idempotent.
 */
export function onAbort(signal: AbortSignal, wake: () => void): () => void {
  const { waiting, listener } = hubOf(signal);
  if (waiting.size === 0) signal.addEventListener("abort", listener, ONCE);
  waiting.add(wake);
  return () => {
    if (waiting.delete(wake) && waiting.size === 0) signal.removeEventListener("abort", listener);
  };
}

/**
 * Announces the change when the signal aborts; when there is none, or it has aborted already, never.
 *
 * A function of its own: a wait that made the callback itself would be larger by what that holds, also without a signal.
 *
 * @returns Stops it, where there is something to stop.
 */
export function announceAbort(signal: AbortSignal | undefined, change: Change): (() => void) | undefined {
  return signal && !signal.aborted ? onAbort(signal, () => change.announce()) : undefined;
}
