import type { ByteQueue } from "./byte_queue.ts";
import type { Decoder } from "./codec.ts";
import { type Demand, END, UNEXPECTED } from "./demand.ts";

/**
 * One frame as a read: asks the decoder only when it may have an answer, and remembers that it is finished.
 *
 * A class, since it is asked once per frame: its methods make no closures.
 */
export class FrameDemand<T> implements Demand<T | typeof END> {
  readonly name = "receive";
  readonly #decoder: Decoder<T>;
  /** What is thrown next; by a decoder that is finished, for ever. */
  #failed: { readonly error: unknown } | undefined;
  /** What the decoder asked for, counted from where the queue began then. */
  #needed = 0;
  #taken = 0;

  constructor(decoder: Decoder<T>) {
    this.#decoder = decoder;
  }

  get expected(): number | undefined {
    return this.#needed > 0 ? this.#needed : undefined;
  }

  take(queue: ByteQueue): T | undefined {
    if (this.#failed !== undefined) this.#fail();
    if (this.#asksInVain(queue)) return undefined;
    let frame: T | undefined;
    try {
      frame = this.#decoder.decode(queue);
    } catch (error) {
      throw this.#remember(error);
    }
    if (frame === undefined) this.#note(queue);
    else if (this.#needed !== 0) this.#needed = 0;
    return frame;
  }

  /** All frames that are here; an error behind some of them is met by whoever asks next. */
  takeAll(queue: ByteQueue): T[] | undefined {
    if (this.#failed !== undefined) this.#fail();
    if (this.#asksInVain(queue)) return undefined;
    const frames = this.#decoder.decodeAll === undefined ? this.#gather(queue) : this.#decodeAll(queue);
    if (frames === undefined) this.#note(queue);
    else this.#needed = 0;
    return frames;
  }

  end(queue: ByteQueue): T | typeof END | typeof UNEXPECTED {
    if (this.#failed !== undefined) this.#fail();
    let last: T | undefined;
    try {
      last = this.#decoder.end?.(queue);
    } catch (error) {
      throw this.#remember(error);
    }
    if (last !== undefined) return last;
    return queue.length > 0 ? UNEXPECTED : END;
  }

  #asksInVain(queue: ByteQueue): boolean {
    return queue.length < this.#needed && queue.taken === this.#taken;
  }

  /** It asked for more: until so much is here, or somebody else has taken some, asking again is in vain. */
  #note(queue: ByteQueue): void {
    this.#needed = this.#decoder.needed ?? 0;
    this.#taken = queue.taken;
  }

  #gather(queue: ByteQueue): T[] | undefined {
    const decoder = this.#decoder;
    const frames: T[] = [];
    try {
      for (let frame = decoder.decode(queue); frame !== undefined; frame = decoder.decode(queue)) frames.push(frame);
    } catch (error) {
      if (frames.length === 0) throw this.#remember(error);
      this.#failed = { error };
    }
    return frames.length > 0 ? frames : undefined;
  }

  #decodeAll(queue: ByteQueue): T[] | undefined {
    try {
      return this.#decoder.decodeAll!(queue);
    } catch (error) {
      throw this.#remember(error);
    }
  }

  #remember(error: unknown): unknown {
    if (!this.#decoder.recovers) this.#failed = { error };
    return error;
  }

  #fail(): never {
    const { error } = this.#failed!;
    if (this.#decoder.recovers) this.#failed = undefined;
    throw error;
  }
}
