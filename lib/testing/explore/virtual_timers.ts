/**
 * The timers of the program under test, on virtual time: `setTimeout`, `setInterval`, `AbortSignal.timeout`, `Date.now`.
 *
 * A client that waits 30 s before it dials again does so a thousand times in an exploration. Timers that were set before,
 * and those of modules such as `node:timers/promises`, stay the runtime's.
 *
 * @module
 */
import type { VirtualTime } from "./virtual_time.ts";

type Callback = (...args: unknown[]) => void;

/** What `setTimeout` returns: an object as in Node, whose value is a number as elsewhere. */
class VirtualTimer {
  static #last = 0;
  readonly #id = ++VirtualTimer.#last;
  readonly #start: () => () => void;
  #forget: () => void;

  constructor(start: () => () => void) {
    this.#start = start;
    this.#forget = start();
  }

  clear(): void {
    this.#forget();
  }

  refresh(): this {
    this.#forget();
    this.#forget = this.#start();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }
}

/** Puts the timers of the program on `time`; returns what puts the runtime's back. */
export function useVirtualTimers(time: VirtualTime): () => void {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  const real = { setTimeout, setInterval, clearTimeout, clearInterval };
  const { now } = Date;
  const { timeout } = AbortSignal;
  const started = now();
  const byId = new Map<number, VirtualTimer>();

  const start = (callback: Callback, ms: unknown, args: unknown[], repeated: boolean): VirtualTimer => {
    const delay = Math.max(1, Number(ms) || 0);
    const timer: VirtualTimer = new VirtualTimer(() =>
      time.after(delay, () => {
        if (repeated) timer.refresh();
        callback(...args);
      })
    );
    byId.set(Number(timer), timer);
    return timer;
  };
  const clear = (handle: unknown, clearReal: (handle: never) => void): void => {
    const timer = handle instanceof VirtualTimer ? handle : byId.get(handle as number);
    if (timer !== undefined) timer.clear();
    else clearReal(handle as never);
  };

  Object.assign(globalThis, {
    setTimeout: (callback: Callback, ms?: number, ...args: unknown[]) => start(callback, ms, args, false),
    setInterval: (callback: Callback, ms?: number, ...args: unknown[]) => start(callback, ms, args, true),
    clearTimeout: (handle: unknown) => clear(handle, real.clearTimeout),
    clearInterval: (handle: unknown) => clear(handle, real.clearInterval),
  });
  Date.now = () => started + Math.floor(time.now());
  AbortSignal.timeout = (ms: number): AbortSignal => {
    const controller = new AbortController();
    const due = (): void => controller.abort(new DOMException("The operation timed out.", "TimeoutError"));
    time.after(ms, due, true);
    return controller.signal;
  };
  return () => {
    Object.assign(globalThis, real);
    Date.now = now;
    AbortSignal.timeout = timeout;
  };
}
