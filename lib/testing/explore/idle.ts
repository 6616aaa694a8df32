/**
 * Waiting on virtual time: as long as anything happens the run is left alone, and when nothing does, time jumps.
 *
 * @module
 */
import { endOfTurn } from "../../clock.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** Turns of the event loop without anything at the seam after which a run is idle: a flush takes two, an end under TLS five. */
const QUIET_TURNS = 6;

/** In real time at least so many, however little of it has passed: the process may have been asleep meanwhile. */
const QUIET_REAL_TURNS = 24;

/** Real milliseconds after which what waits for no timeout is taken for one that hangs: a dial on a busy machine takes some. */
const HANGS = 2_000;

/** Jumps after which a run that goes on and on is taken for one that hangs: a heartbeat that nobody answers. */
const MOST_JUMPS = 2_000;

/** Waits for one run. */
export class IdleWatch {
  /** Why it will never be: for the message. */
  why = "no timeout is armed";
  /** Timeouts that have passed. */
  jumps = 0;
  readonly #time: VirtualTime;
  readonly #quiet: number;
  readonly #activity: () => number;
  readonly #onIdle: () => boolean;

  /**
   * @param time What jumps.
   * @param quiet Real milliseconds that must pass, too, before it does: for real sockets.
   * @param activity A number that grows whenever anything happens.
   * @param onIdle Called before a jump: `true` when it has set something in motion, so that there is no need to.
   */
  constructor(time: VirtualTime, quiet: number, activity: () => number, onIdle: () => boolean) {
    this.#time = time;
    this.#quiet = quiet;
    this.#activity = activity;
    this.#onIdle = onIdle;
  }

  /** Waits until `done`; `false` when it never will be. Without `mayJump` it waits until the run is idle, at most. */
  async until(done: () => boolean, mayJump = true): Promise<boolean> {
    let seen = this.#activity();
    let quietTurns = 0;
    while (!done()) {
      await turn();
      quietTurns = this.#activity() === seen ? quietTurns + 1 : 0;
      seen = this.#activity();
      if (quietTurns < QUIET_TURNS) continue;
      if (this.#quiet > 0 && await this.#movesInRealTime(done, this.#quiet)) continue;
      if (!mayJump) return done();
      quietTurns = 0;
      if (this.#onIdle() || this.#jump()) continue;
      if (this.#quiet === 0 || !await this.#movesInRealTime(done, HANGS)) return done();
    }
    return true;
  }

  #jump(): boolean {
    if (this.jumps++ < MOST_JUMPS) return this.#time.jump();
    this.why = `it still waits ${MOST_JUMPS} timeouts later`;
    return false;
  }

  async #movesInRealTime(done: () => boolean, quiet: number): Promise<boolean> {
    const before = this.#activity();
    const started = performance.now();
    for (let turns = 0; turns < QUIET_REAL_TURNS || performance.now() - started < quiet; turns++) {
      await turn();
      if (done() || this.#activity() !== before) return true;
    }
    return false;
  }
}

/** The end of this turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => endOfTurn(resolve));
}
