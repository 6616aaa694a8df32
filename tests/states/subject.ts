/** A connection that is brought into a state. */
import assert from "node:assert/strict";
import type { AbortReason, CloseOutcome, Connection } from "../../mod.ts";
import type { FarEnd, Place } from "../far_end.ts";
import { until } from "../raw_peers.ts";
import type { State } from "./table.ts";

/** What L stands for: the reason that is latched on the way into a state. */
const LATCHED: Partial<Record<State, AbortReason>> = { lost: "reset", cut: "signal" };

/** More than any kernel takes for a peer that does not read, and than the buffers of a pair in memory hold. */
const CLOG = 12 * 1_048_576;

export class Subject implements AsyncDisposable {
  readonly local: Connection;
  readonly far: FarEnd;
  readonly state: State;
  /** Of the call that led into this state. */
  halfClosing: Promise<void> | undefined;
  /** Of the call that led into this state. */
  closing: Promise<CloseOutcome> | undefined;
  #sent = 0;
  readonly #controller: AbortController;
  readonly #dispose: () => PromiseLike<void>;

  private constructor(
    local: Connection,
    far: FarEnd,
    state: State,
    controller: AbortController,
    dispose: () => PromiseLike<void>,
  ) {
    this.local = local;
    this.far = far;
    this.state = state;
    this.#controller = controller;
    this.#dispose = dispose;
  }

  /** Open, and ready to enter its state. */
  static async open(place: Place, state: State): Promise<Subject> {
    const controller = new AbortController();
    const ends = await place.open({ signal: controller.signal });
    return new Subject(ends.local, ends.far, state, controller, () => ends[Symbol.asyncDispose]());
  }

  get latched(): AbortReason | undefined {
    return LATCHED[this.state];
  }

  /** Sends to the connection. */
  send(text: string): Promise<void> {
    this.#sent += text.length;
    return this.far.send(text);
  }

  /** Sends what the connection then has at hand. */
  async giveInput(text: string): Promise<void> {
    await this.send(text);
    await this.local.reader.peek(text.length);
    assert.equal(this.local.reader.bufferedBytes, text.length);
  }

  /** Fills every buffer between the ends: what is written from now on waits. */
  clog(): void {
    void this.local.writer.write(new Uint8Array(CLOG));
  }

  /** Goes there. A read that is pending sees an end of stream by itself; otherwise it is looked for. */
  async enter({ reading = false, clogged = false }: { reading?: boolean; clogged?: boolean } = {}): Promise<void> {
    const { local, far } = this;
    if (this.state === "write-ended" || this.state === "ended") {
      this.halfClosing = local.writer.closeWrite();
      if (!clogged) await this.halfClosing;
    }
    if (this.state === "read-ended" || this.state === "ended") {
      await far.end();
      if (!reading) await local.reader.peek(local.reader.bufferedBytes + 1);
    }
    if (this.state === "ended" && !reading) await local.closed;
    if (this.state === "closing") this.closing = local.close();
    if (this.state === "lost") await this.#lose(reading);
    if (this.state === "cut") this.#controller.abort(new Error("no longer wanted"));
  }

  /** The far end resets; a write notices it, where the runtime does not by itself, and leaves what is at hand alone. */
  async #lose(reading: boolean): Promise<void> {
    const { local, far } = this;
    await far.reset();
    // What came before the reset must arrive first: node:net loses it when a write fails before the next poll.
    await until(() => !reading || local.bytesRead === this.#sent, "what was sent arrives");
    await until(() => {
      void local.writer.write("is anybody there?");
      local.writer.flush().catch(() => {}); // Told, so that close() need not.
      return local.signal.aborted;
    }, "the reset is noticed");
    await local.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
    await Promise.allSettled([this.closing, this.halfClosing]);
  }
}
