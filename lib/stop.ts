import type { Change } from "./change.ts";

/** Ends a wait from outside without giving up the connection: how an iterator's `return()` stops its `next()`. */
export class Stop {
  requested = false;
  /** By which it is woken. */
  change: Change | undefined;

  /** Stops the wait, now or when it begins. */
  request(): void {
    this.requested = true;
    this.change?.announce();
  }
}

/** What a stopped wait resolves to. */
export const STOPPED: unique symbol = Symbol("stopped");
