/**
 * One listener per signal, however many wait on it.
 *
 * 5,000 connections on one server's signal would be 5,000 listeners: runtimes warn, and each add and remove searches the
 * list. Here a signal gets one listener while anybody waits, and none afterwards: a long-lived signal keeps nothing alive.
 *
 * @module
 */

import type { Change } from "./change.ts";

interface Hub {
  readonly waiting: Set<() => void>;
  readonly listener: () => void;
}

const hubs = new WeakMap<AbortSignal, Hub>();

function open(signal: AbortSignal): Hub {
  const waiting = new Set<() => void>();
  const listener = (): void => {
    hubs.delete(signal);
    for (const wake of [...waiting]) wake();
  };
  signal.addEventListener("abort", listener, { once: true });
  const hub = { waiting, listener };
  hubs.set(signal, hub);
  return hub;
}

/**
 * Calls `wake` when the signal aborts; the signal must not be aborted yet.
 *
 * @returns Stops waiting; idempotent.
 */
export function onAbort(signal: AbortSignal, wake: () => void): () => void {
  const hub = hubs.get(signal) ?? open(signal);
  hub.waiting.add(wake);
  return () => {
    hub.waiting.delete(wake);
    if (hub.waiting.size > 0 || hubs.get(signal) !== hub) return;
    hubs.delete(signal);
    signal.removeEventListener("abort", hub.listener);
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
