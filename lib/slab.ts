/**
 * Where small writes gather: one copy each, one system call for all of them.
 *
 * A slab of 64 KiB is filled from the left. What is sealed belongs to the transport until its write settles; behind it
 * more may gather. Idle connections hold none: drained slabs go back to a small pool of the process.
 *
 * @module
 */

/** One gathered write: what a socket takes at once without trouble, and a Node stream chunk. */
const SLAB_BYTES = 65_536;

/**
 * Enough for the connections that write in the same turn: 4 MiB; more would be hoarding. What is made anew instead is
 * given back among the small blocks of connections that stay, and its memory is not used again: of 5,000 connections
 * that were dialled 50 at a time each left 10 KiB behind when 16 slabs were kept.
 */
const POOLED = 64;

const pool: Uint8Array<ArrayBuffer>[] = [];
const encoder: TextEncoder = new TextEncoder();

/** Gathers small writes. */
export class Slab {
  #memory: Uint8Array<ArrayBuffer> | undefined;
  /** Sealed to the end, and still part of writes. */
  #full: Uint8Array<ArrayBuffer>[] | undefined;
  #from = 0;
  #to = 0;

  /** Bytes gathered and not sealed. */
  get gathered(): number {
    return this.#to - this.#from;
  }

  /** Whether so many bytes fit behind what is here. */
  fits(bytes: number): boolean {
    return this.#to + bytes <= SLAB_BYTES;
  }

  /** Copies bytes that fit. */
  copy(bytes: Uint8Array): void {
    this.#memory ??= pool.pop() ?? new Uint8Array(SLAB_BYTES);
    this.#memory.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** Encodes text that fits even if every UTF-16 unit becomes 3 bytes; returns the bytes it became. */
  encode(text: string): number {
    this.#memory ??= pool.pop() ?? new Uint8Array(SLAB_BYTES);
    const { written } = encoder.encodeInto(text, this.#memory.subarray(this.#to));
    this.#to += written;
    return written;
  }

  /** What was gathered, for the transport. */
  seal(): Uint8Array<ArrayBuffer> {
    const sealed = new Uint8Array(this.#memory!.buffer, this.#from, this.#to - this.#from); // Half the cost of subarray.
    this.#from = this.#to;
    return sealed;
  }

  /** Goes on with another slab; the old one belongs to the writes that it is part of. */
  renew(): void {
    if (this.#memory !== undefined) (this.#full ??= []).push(this.#memory);
    this.#begin();
  }

  /** The slabs that have become full: to be given back when everything that was sealed before is written. */
  takeFull(): readonly Uint8Array<ArrayBuffer>[] | undefined {
    const full = this.#full;
    this.#full = undefined;
    return full;
  }

  /** The transport has let go of all that was sealed. */
  recycle(): void {
    if (this.#memory === undefined || this.gathered > 0) return;
    giveBack(this.#memory);
    this.#begin();
  }

  /** Goes on with another slab; what transports may still look at is never used again. */
  abandon(): void {
    this.#full = undefined;
    this.#begin();
  }

  #begin(): void {
    this.#memory = undefined;
    this.#from = 0;
    this.#to = 0;
  }
}

/** Gives a slab to whoever needs one next. */
export function giveBack(slab: Uint8Array<ArrayBuffer>): void {
  if (pool.length < POOLED) pool.push(slab);
}
