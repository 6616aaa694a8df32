/**
 * One direction of a memory pair: a writing end and a reading end.
 *
 * @module
 */
import type { Random } from "./random.ts";

/** What the two ends of a direction share. */
export abstract class Pipe {
  /** The writing end has half-closed, or was let go. */
  ended = false;
  /** The reading end was let go: nobody will ever take these bytes. */
  deserted = false;
  /** Wakes who waits on either end. */
  changed: () => void = () => {};
  readonly #random: Random | undefined;

  /** @param random Cuts what is taken at random. */
  constructor(random?: Random) {
    this.#random = random;
  }

  /** Bytes that the reading end can take. */
  abstract readonly length: number;
  /** Bytes taken that `put` has not told of yet. */
  abstract readonly passed: number;
  /** Gives bytes; answers how many of them are done with. The rest is to be given again. */
  abstract put(bytes: Uint8Array): number;
  /** The writing end is gone: what it gave and is not done with goes. */
  abstract withdraw(): void;
  /** Moves the first bytes. */
  protected abstract move(into: Uint8Array): void;

  /** Takes as much as is here, or less; something, when something is here. */
  take(into: Uint8Array): number {
    const most = Math.min(into.length, this.length);
    if (most === 0) return 0;
    const taken = this.#random === undefined ? most : 1 + this.#random.below(most);
    this.move(into.subarray(0, taken));
    this.changed();
    return taken;
  }
}

/** Holds so many bytes, as the buffers of a kernel do. */
export class Buffered extends Pipe {
  readonly passed = 0;
  readonly #memory: Uint8Array<ArrayBuffer>;
  #start = 0;
  #length = 0;

  /** @param capacity Bytes that it holds. @param random Cuts what is taken at random. */
  constructor(capacity: number, random?: Random) {
    super(random);
    this.#memory = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Copies in as much as fits. */
  put(bytes: Uint8Array): number {
    const capacity = this.#memory.length;
    const put = Math.min(bytes.length, capacity - this.#length);
    const at = (this.#start + this.#length) % capacity;
    const first = Math.min(put, capacity - at);
    this.#memory.set(bytes.subarray(0, first), at);
    this.#memory.set(bytes.subarray(first, put), 0);
    this.#length += put;
    if (put > 0) this.changed();
    return put;
  }

  /** What is in the buffer is delivered, as the kernel does. */
  withdraw(): void {}

  protected move(into: Uint8Array): void {
    const first = Math.min(into.length, this.#memory.length - this.#start);
    into.set(this.#memory.subarray(this.#start, this.#start + first));
    into.set(this.#memory.subarray(0, into.length - first), first);
    this.#start = (this.#start + into.length) % this.#memory.length;
    this.#length -= into.length;
  }
}

/** Holds nothing: bytes are the writer's until the reader has them. */
export class Lockstep extends Pipe {
  passed = 0;
  #offer: Uint8Array = new Uint8Array(0);

  get length(): number {
    return this.#offer.length;
  }

  /** Offers bytes; answers how many of the last offer, which began where this one does, were taken. */
  put(bytes: Uint8Array): number {
    const passed = this.passed;
    this.passed = 0;
    const before = this.#offer.length;
    this.#offer = bytes.subarray(passed);
    if (this.#offer.length > before) this.changed();
    return passed;
  }

  withdraw(): void {
    this.#offer = this.#offer.subarray(0, 0);
  }

  protected move(into: Uint8Array): void {
    into.set(this.#offer.subarray(0, into.length));
    this.#offer = this.#offer.subarray(into.length);
    this.passed += into.length;
  }
}
