/**
 * What a cut has done to a transport: which calls fail, which find the end, and which wait.
 *
 * @module
 */
import { CLOSED, type Failure } from "../../failure.ts";
import type { CutWay } from "./cut.ts";

const RESET: Failure = { reason: "reset", initiator: "peer", code: "ECONNRESET" };
const BROKEN: Failure = { reason: "broken-pipe", initiator: "peer", code: "EPIPE" };

/** The damage of one transport; none at first. */
export class Damage {
  /** With what reads fail. */
  readFailure: Failure | undefined;
  /** With what writes fail. */
  writeFailure: Failure | undefined;
  /** The peer's stream has ended. */
  ended = false;
  /** Settles when what was stalled moves again; `undefined` while everything moves. */
  stalled: Promise<void> | undefined;
  #resume: () => void = () => {};

  /** Does what a way does; `false` for those that are not the transport's business. */
  apply(way: CutWay | undefined): boolean {
    if (way === "reset") this.readFailure = this.writeFailure = RESET;
    else if (way === "write-error") this.writeFailure = BROKEN;
    else if (way === "end") this.ended = true;
    else if (way === "stall" || way === "late") this.stalled = new Promise((resolve) => this.#resume = resolve);
    else return false;
    return true;
  }

  /** The transport was let go, which comes before everything else. */
  close(): void {
    this.readFailure = this.writeFailure = CLOSED;
    this.resume();
  }

  /** What was stalled moves again. */
  resume(): void {
    this.stalled = undefined;
    this.#resume();
  }
}
