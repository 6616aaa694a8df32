import { Change } from "../../change.ts";
import { failureOf, transportError } from "../../failure.ts";
import type { Transport } from "../../transport.ts";
import type { Flaw, Host, Lane, MakeFlaw } from "./flaw.ts";

/** The bytes that the disturbed end writes, and what its flaw does to them. */
export class WriteLane implements Lane {
  readonly direction = "write";
  readonly connection: Host;
  /** Called when a release no longer has to wait for bytes that are under way. */
  onDelivered: (() => void) | undefined;
  readonly #inner: Transport;
  readonly #change: Change = new Change();
  #flaw: Flaw;
  #chunks: Uint8Array[] = [];
  /** Accepted and not passed. */
  #held = 0;
  #accepted = 0;
  #taken = 0;
  /** What the inner transport has of the bytes that pass just now. */
  #passing: { bytes: number; before: number } | undefined;
  #pushing = false;
  #ending = false;
  #ended = false;
  /** The flaw ends it before the writer does: what still comes is swallowed. */
  #cutOff = false;
  /** Somebody waits for a write or a half-close. */
  #waiting = 0;
  #lost: { error: unknown } | undefined;
  #stopped = false;

  constructor(connection: Host, inner: Transport, makeFlaw: MakeFlaw) {
    this.connection = connection;
    this.#inner = inner;
    this.#flaw = makeFlaw(this);
  }

  start(): void {
    this.#flaw.start?.();
  }

  /** What this end may count as taken: it has passed, or it is under way in a network that holds bytes. */
  get bytesTaken(): number {
    const { bytes = 0, before = 0 } = this.#passing ?? {};
    const progress = Math.max(0, Math.min(bytes, (this.#inner.bytesTaken ?? 0) - before));
    const outside = Math.max(0, this.#held - progress - this.#holds);
    return this.#taken = Math.max(this.#taken, this.#accepted - outside);
  }

  /** Whether bytes are under way that this end counts as sent: a release must not lose them. */
  get delivering(): boolean {
    return this.#holds > 0 && this.#lost === undefined && (this.#held > 0 || (this.#ending && !this.#ended));
  }

  /** The transport's write. */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#check("write");
    const keep = this.#holds > 0; // It settles before the bytes have passed: they must not be the caller's.
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#chunks.push(keep ? new Uint8Array(chunk) : chunk);
      this.#held += chunk.length;
      this.#accepted += chunk.length;
      this.#flaw.arrive?.(chunk.length);
    }
    await this.#until(() => this.#held <= this.#holds, "write");
  }

  /** The transport's half-close. */
  async closeWrite(): Promise<void> {
    this.#check("closeWrite");
    if (!this.#ending) {
      this.#ending = true;
      this.#flaw.arriveEnd?.();
    }
    await this.#until(() => this.#ended || this.#holds > 0, "closeWrite");
  }

  look(): void {
    void this.#push();
  }

  end(): void {
    this.#cutOff = true;
    this.look();
  }

  /** From now on another flaw; none lets pass what waits. */
  replace(flaw: Flaw): void {
    this.#exchange(flaw);
    this.look();
  }

  /** Nothing more passes: timers go, whoever waits wakes. */
  stop(): void {
    this.#stopped = true;
    this.#chunks = [];
    this.#exchange({});
    this.#change.announce();
  }

  /** Wakes whoever waits; what is under way goes on. */
  wake(): void {
    this.#change.announce();
  }

  get #holds(): number {
    return this.#flaw.holds ?? 0;
  }

  #exchange(flaw: Flaw): void {
    this.#taken = this.bytesTaken; // What counted as taken stays taken, also when the next flaw holds less.
    this.#flaw.dispose?.();
    this.#flaw = flaw;
  }

  #check(operation: "write" | "closeWrite"): void {
    this.connection.check(operation);
    if (this.#lost !== undefined) throw transportError(failureOf(this.#lost.error), operation);
  }

  async #until(done: () => boolean, operation: "write" | "closeWrite"): Promise<void> {
    this.#waiting++;
    try {
      void this.#push();
      while (!done()) {
        this.#check(operation);
        await this.#change.next();
      }
    } finally {
      this.#waiting--;
    }
  }

  /** Passes on what may pass; one at a time. */
  async #push(): Promise<void> {
    if (this.#pushing) return;
    this.#pushing = true;
    try {
      for (let step = this.#next(); step !== undefined; step = this.#next()) {
        await step;
        this.#change.announce();
      }
    } catch (error) {
      this.#lose(error);
    }
    this.#pushing = false;
    if (!this.delivering) this.onDelivered?.();
  }

  /** The next step, when there is one to take now. */
  #next(): Promise<void> | undefined {
    if (this.#stopped || this.#lost !== undefined) return undefined;
    if (this.#cutOff && !this.#ended) return this.#passEnd();
    if (this.#held > 0) {
      const admitted = this.#ended ? this.#held : this.#flaw.admit?.(this.#held, this.#ending) ?? this.#held;
      return admitted > 0 ? this.#pass(admitted) : undefined;
    }
    return this.#ending && !this.#ended && (this.#flaw.admitEnd?.() ?? true) ? this.#passEnd() : undefined;
  }

  #passEnd(): Promise<void> {
    this.#ended = true;
    return this.#inner.closeWrite();
  }

  async #pass(bytes: number): Promise<void> {
    const chunks = this.#cut(bytes);
    const alter = (chunk: Uint8Array): Uint8Array => this.#flaw.alter?.(chunk) ?? chunk;
    const altered = chunks.map(alter).filter((chunk) => chunk.length > 0);
    if (altered.length > 0 && !this.#ended) {
      this.#passing = { bytes, before: this.#inner.bytesTaken ?? 0 };
      await this.#inner.write(altered);
      this.#passing = undefined;
    }
    this.#held -= bytes;
    this.#flaw.passed?.(bytes);
  }

  #cut(bytes: number): Uint8Array[] {
    const cut: Uint8Array[] = [];
    for (let left = bytes; left > 0;) {
      const first = this.#chunks[0]!;
      if (first.length <= left) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(left);
      cut.push(first.subarray(0, left));
      left -= cut.at(-1)!.length;
    }
    return cut;
  }

  /** The inner transport failed. What it has received can still be read: only this lane is done. */
  #lose(error: unknown): void {
    this.#lost ??= { error };
    this.#flaw.dispose?.();
    this.#change.announce();
    if (this.#waiting === 0) this.connection.notice(error);
  }
}
