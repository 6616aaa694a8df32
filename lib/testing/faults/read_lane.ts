import { Change } from "../../change.ts";
import type { Transport } from "../../transport.ts";
import { Intake } from "../intake.ts";
import type { Flaw, Host, Lane, MakeFlaw } from "./flaw.ts";

/** The bytes that the disturbed end reads, and what its flaw does to them. */
export class ReadLane implements Lane {
  readonly direction = "read";
  readonly connection: Host;
  readonly #intake: Intake;
  readonly #change: Change = new Change();
  #flaw: Flaw;
  /** Passed and not yet read. */
  #ready: Uint8Array = new Uint8Array(0);
  #ended = false;
  #waiting = false;
  #started = false;
  #hurried = false;

  constructor(connection: Host, inner: Transport, makeFlaw: MakeFlaw) {
    this.connection = connection;
    this.#intake = new Intake(inner, (bytes) => this.#onArrival(bytes));
    this.#flaw = makeFlaw(this);
  }

  start(): void {
    this.#flaw.start?.();
  }

  /** The transport's read. */
  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    this.#started = true;
    for (;;) {
      const count = this.#take(into);
      if (count !== undefined) return count;
      this.#waiting = true;
      this.#pull();
      await this.#change.next();
      this.#waiting = false;
    }
  }

  look(): void {
    this.#change.announce();
    this.#pull();
    const { failed, length, error } = this.#intake;
    const idle = !this.#waiting && length === 0 && this.#ready.length === 0;
    if (failed && idle && this.#admitsEnd()) this.connection.notice(error);
  }

  end(): void {
    this.#ended = true;
    this.#change.announce();
  }

  /** The inner transport has failed while nobody read: reads on to where that shows. */
  hurry(): void {
    this.#hurried = true;
    this.#pull();
  }

  /** From now on another flaw; none lets pass what waits. */
  replace(flaw: Flaw): void {
    this.#flaw.dispose?.();
    this.#flaw = flaw;
    this.look();
  }

  /** The connection is over: timers go, and no bytes that come late set new ones; whoever waits wakes. */
  stop(): void {
    this.#flaw.dispose?.();
    this.#flaw = {};
    this.#change.announce();
  }

  #onArrival(bytes: number): void {
    if (bytes > 0) this.#flaw.arrive?.(bytes);
    else this.#flaw.arriveEnd?.();
    this.look();
  }

  /** Bytes, the end, a failure; `undefined`: none of them yet. */
  #take(into: Uint8Array): number | null | undefined {
    this.connection.checkHeld("read");
    this.#pass();
    if (this.#ready.length > 0) {
      const count = Math.min(into.length, this.#ready.length);
      into.set(this.#ready.subarray(0, count));
      this.#ready = this.#ready.subarray(count);
      return count;
    }
    this.connection.check("read");
    if (this.#ended) return null;
    if (this.#intake.length > 0 || !this.#intake.over || !this.#admitsEnd()) return undefined;
    if (this.#intake.failed) throw this.connection.lose(this.#intake.error, "read");
    this.#ended = true;
    return null;
  }

  /** Lets through what may pass. One piece: what comes out of a read is as small as the flaw made it. */
  #pass(): void {
    while (this.#ready.length === 0 && this.#intake.length > 0 && !this.#ended && !this.connection.over) {
      const { length, over } = this.#intake;
      const admitted = this.#flaw.admit?.(length, over) ?? length;
      if (admitted === 0) return;
      const bytes = this.#intake.take(admitted);
      this.#ready = this.#flaw.alter?.(bytes) ?? bytes;
      this.#flaw.passed?.(bytes.length);
    }
  }

  #admitsEnd(): boolean {
    return this.#flaw.admitEnd?.() ?? true;
  }

  /** Asks for more: one chunk when somebody waits, and ahead as far as the flaw plays a network that holds bytes. */
  #pull(): void {
    if (this.connection.over || this.#ended) return;
    const holds = this.#started ? this.#flaw.holds ?? 0 : 0;
    const wanted = this.#intake.length === 0 ? this.#waiting || holds > 0 : this.#intake.length < holds;
    if (wanted || this.#hurried) this.#intake.pull();
  }
}
