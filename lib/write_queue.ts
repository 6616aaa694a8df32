/**
 * What was accepted and not sent: small writes gathered in a slab, large ones as they are, in call order.
 *
 * Theory of operation. At most one transport write is outstanding (the pump). Small writes of one turn of the event loop
 * gather in the slab and go out together: at the end of the turn, when 64 KiB have gathered, when a read begins to wait,
 * or on a flush. After every microtask would be too early: 1,000 awaited writes would be 1,000 system calls.
 *
 * @module
 */
import { Change } from "./change.ts";
import { Deadline, endOfTurn, soon } from "./clock.ts";
import { tellHalfClose } from "./connection_news.ts";
import { failureOfBound } from "./failure.ts";
import { halfClose } from "./half_close.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Output } from "./part.ts";
import { giveBack, Slab } from "./slab.ts";
import { TAKEN } from "./transport.ts";
import { unshared } from "./write_options.ts";

/** Below it a copy is cheaper than keeping the caller's buffer until the kernel has it. */
const COPY_BELOW = 16_384;

/** Given to the transport at once, at most: the write timeout sees progress at least that often. */
const BATCH_BYTES = 1_048_576;

const encoder: TextEncoder = new TextEncoder();

/** The outgoing bytes of one connection. */
export class WriteQueue implements Output {
  readonly #lifetime: Lifetime;
  /** Announces progress, and every change of the lifetime. */
  readonly change: Change = new Change();
  /** The high-water mark was passed, and the low one not yet reached. */
  clogged = false;
  readonly #slab: Slab = new Slab();
  #chunks: Uint8Array[] = [];
  /** What was accepted since `hold()`. */
  #held: Uint8Array[] | undefined;
  #heldBytes = 0;
  #pumping = false;
  #batch = 0;
  /** Slabs that nobody looks at any more when the write under way has succeeded. */
  #spent: readonly Uint8Array<ArrayBuffer>[] | undefined;
  #scheduled = false;
  #ending: Promise<void> | undefined;
  #deadline: Deadline | undefined;

  constructor(lifetime: Lifetime) {
    this.#lifetime = lifetime;
    lifetime.output = this;
  }

  endWriting(): Promise<void> {
    return this.#ending ??= this.#sendEnd();
  }

  dispose(): void {
    this.#deadline?.dispose();
    this.#chunks = [];
    this.#slab.abandon(); // Not to the pool: the transport may still look at it.
  }

  /** Accepted, not known to be taken. */
  get waiting(): number {
    return this.#lifetime.accepted - this.#lifetime.taken;
  }

  /** Appends bytes; returns whether they were copied, so that the caller may use the buffer again. */
  append(bytes: Uint8Array): boolean {
    const copied = bytes.length < COPY_BELOW;
    if (copied) {
      this.#makeRoom(bytes.length);
      this.#slab.copy(bytes);
    } else {
      this.#seal();
      this.#push(unshared(bytes));
    }
    this.#count(bytes.length);
    return copied;
  }

  /** Appends text as UTF-8; the encoded bytes are ours. */
  appendText(text: string): void {
    if (text.length * 3 >= COPY_BELOW) return void this.append(encoder.encode(text));
    this.#makeRoom(text.length * 3);
    this.#count(this.#slab.encode(text));
  }

  /**
   * Keeps back what is accepted from now on, until `letGo()`: TLS takes over in between.
   *
   * @returns Settles when what was accepted before is with the kernel, or the connection is over.
   */
  async hold(): Promise<void> {
    const lifetime = this.#lifetime;
    const end = lifetime.accepted;
    this.pump();
    this.#seal();
    this.#held = [];
    while (!lifetime.over && lifetime.taken < end) await this.change.next();
  }

  /** Sends what was kept back. */
  letGo(): void {
    this.#seal();
    this.#chunks.push(...this.#held ?? []);
    this.#held = undefined;
    this.#heldBytes = 0;
    this.pump();
    this.change.announce(); // An end of stream may wait for it.
  }

  /** Sends soon: at the end of the turn, or now when enough has gathered. */
  schedule(): void {
    if (this.#pumping) return;
    if (this.#chunks.length > 0) return this.pump();
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(this.#onSoon);
  }

  /** A request is mostly followed by a read, which sends it: that turn needs no end of its own (it costs 3 to 5 µs). */
  #onSoon = (): void => {
    if (this.#slab.gathered > 0) endOfTurn(() => this.#onTurnEnd());
    else this.#scheduled = false;
  };

  #onTurnEnd(): void {
    this.#scheduled = false;
    this.pump();
  }

  /** Sends now what is here, unless a write is under way: then right after it. */
  pump(): void {
    if (this.#pumping) return;
    while (this.#give()) this.#settleBatch();
  }

  /** Gives the transport the next batch, if there is one; whether it has taken it at once. */
  #give(): boolean {
    const lifetime = this.#lifetime;
    if (lifetime.over) return false;
    this.#seal();
    if (this.#chunks.length === 0) return false;
    const batch = this.#takeBatch();
    this.#pumping = true;
    lifetime.countGiven(this.#batch);
    try {
      const taking = lifetime.transport.write(batch);
      if (taking === TAKEN) return true;
      taking.then(() => this.#onTaken(), (error) => this.#onError(error));
      if (!lifetime.over) this.#armDeadline();
    } catch (error) {
      this.#onError(error);
    }
    return false;
  }

  /** What was given last is with the kernel. */
  #settleBatch(): void {
    this.#pumping = false;
    const lifetime = this.#lifetime;
    if (lifetime.over) return;
    lifetime.taken += this.#batch;
    if (this.clogged && this.waiting <= lifetime.options.highWaterMark / 4) this.clogged = false;
    this.#spent?.forEach(giveBack);
    this.#spent = undefined;
    if (this.#chunks.length === 0) this.#slab.recycle();
    this.change.announce();
  }

  /** Sends what was accepted, then FIN; once, and it never rejects: who waits looks at the lifetime. */
  async #sendEnd(): Promise<void> {
    const lifetime = this.#lifetime;
    lifetime.writeEnding = true;
    for (;;) {
      this.pump(); // May be done with it at once.
      if (lifetime.over || !(this.#held !== undefined || lifetime.taken < lifetime.accepted)) break;
      await this.change.next();
    }
    if (lifetime.over || !await halfClose(lifetime)) return;
    lifetime.writeEnded = true;
    tellHalfClose(lifetime, "local");
    lifetime.wake();
    lifetime.maybeEnded();
  }

  #onTaken(): void {
    this.#settleBatch();
    this.pump();
    if (!this.#pumping) this.#deadline?.disarm();
  }

  #onError(error: unknown): void {
    this.#pumping = false;
    this.#deadline?.disarm();
    this.#lifetime.lose(error, "write");
  }

  #armDeadline(): void {
    const { writeTimeout } = this.#lifetime.options;
    if (writeTimeout === Infinity) return;
    this.#deadline ??= new Deadline(
      () => this.#lifetime.cut(failureOfBound("writeTimeout", writeTimeout), "write"),
      () => this.#lifetime.bytesWritten,
      this.#lifetime,
    );
    this.#deadline.arm(writeTimeout);
  }

  #count(bytes: number): void {
    this.#lifetime.accepted += bytes;
    if (this.#held !== undefined) this.#heldBytes += bytes;
    this.#lifetime.tally.noteUnsent(this.waiting);
    if (this.waiting > this.#lifetime.options.highWaterMark) this.clogged = true;
  }

  #makeRoom(bytes: number): void {
    if (this.#slab.fits(bytes)) return;
    this.#seal();
    this.#slab.renew();
  }

  #seal(): void {
    if (this.#slab.gathered > 0) this.#push(this.#slab.seal());
  }

  #push(chunk: Uint8Array): void {
    (this.#held ?? this.#chunks).push(chunk);
  }

  /** The chunks of the next transport write. */
  #takeBatch(): Uint8Array[] {
    const whole = this.#chunks;
    this.#batch = this.waiting - this.#heldBytes;
    if (this.#batch > BATCH_BYTES) {
      this.#batch = BATCH_BYTES;
      return splitOff(whole, BATCH_BYTES);
    }
    this.#chunks = [];
    if (this.#held === undefined) this.#spent = this.#slab.takeFull(); // Else they may be kept back.
    return whole;
  }
}

/** Takes so many bytes from the front of `chunks`, of which there are more; a chunk that is too large in slices. */
function splitOff(chunks: Uint8Array[], bytes: number): Uint8Array[] {
  const batch: Uint8Array[] = [];
  for (let room = bytes; room > 0; room -= batch.at(-1)!.length) {
    const first = chunks[0]!;
    batch.push(first.subarray(0, room));
    if (first.length > room) chunks[0] = first.subarray(room);
    else chunks.shift();
  }
  return batch;
}
