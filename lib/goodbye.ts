/**
 * How a connection is closed: in order and bounded, or now.
 *
 * @module
 */
import { Deadline, now } from "./clock.ts";
import type { CloseOutcome } from "./close_outcome.ts";
import { failureOfBound } from "./failure.ts";
import type { FillLoop } from "./fill_loop.ts";
import type { Lifetime } from "./lifetime.ts";

/** The goodbye of one connection. */
export class Goodbye {
  readonly #lifetime: Lifetime;
  readonly #loop: FillLoop;
  #closing: Promise<CloseOutcome> | undefined;
  #deadline: Deadline | undefined;
  #due = Infinity;
  #timeout = Infinity;
  #aborted = false;

  constructor(loop: FillLoop) {
    this.#lifetime = loop.lifetime;
    this.#loop = loop;
  }

  /** Closes in order within a time; rejects once when bytes were lost and nobody has heard of it. */
  close(timeout?: number): Promise<CloseOutcome> {
    const lifetime = this.#lifetime;
    const patience = timeout ?? lifetime.options.closeTimeout;
    if (lifetime.over || lifetime.phase === "closing") {
      if (timeout !== undefined) this.#bound(patience);
      return this.#closing ?? this.#reportLoss();
    }
    this.#bound(patience);
    return this.#closing = this.#closeInOrder();
  }

  /** Ends it now; what is lost then is not reported. */
  abort(reason: unknown): void {
    this.#aborted ||= !this.#lifetime.over;
    this.#lifetime.cut({ reason: "closed", initiator: "local", via: "abort", cause: reason }, "close");
  }

  async #closeInOrder(): Promise<CloseOutcome> {
    const lifetime = this.#lifetime;
    lifetime.startClosing();
    // Both at once: a peer that is itself blocked on a write reads nothing of ours until its bytes are taken.
    await Promise.all([lifetime.output.endWriting(), this.#loop.discard()]);
    lifetime.finishClosing();
    try {
      return await this.#reportLoss();
    } finally {
      this.#closing = undefined; // From now on there is an outcome: a loss is told once.
    }
  }

  /** Bytes that were accepted and not sent are never lost in silence. */
  async #reportLoss(): Promise<CloseOutcome> {
    const outcome = await this.#lifetime.closed;
    const silent = outcome.unsentBytes > 0 && !this.#lifetime.reported && !this.#aborted;
    if (silent) throw this.#lifetime.report("close");
    return outcome;
  }

  /** Bounds the goodbye; a later call may only shorten it. */
  #bound(timeout: number): void {
    if (this.#lifetime.over) return;
    const due = now() + timeout;
    if (due >= this.#due) return;
    this.#due = due;
    this.#timeout = timeout;
    if (this.#deadline === undefined) {
      this.#deadline = new Deadline(() => this.#end(), undefined, this.#lifetime);
      this.#lifetime.addPart(this.#deadline);
    }
    this.#deadline.arm(timeout);
  }

  /** The time of the goodbye has passed. */
  #end(): void {
    const lifetime = this.#lifetime;
    if (lifetime.unsentBytes > 0) lifetime.cut(failureOfBound("closeTimeout", this.#timeout), "close");
    else lifetime.finishClosing();
  }
}
