import type { ByteQueue } from "../../byte_queue.ts";
import type { Codec, Decoder } from "../../codec.ts";

/** Frames in a row without a byte consumed: more than any decoder makes of one message, and no endless loop. */
const MOST_FRAMES = 1_000;

/** The same codec; one that gives frames for ever without consuming bytes throws. */
export function bounded<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
  return { name: codec.name, decoder: () => new Bounded(codec.decoder()), encoder: () => codec.encoder() };
}

class Bounded<T> implements Decoder<T> {
  readonly #decoder: Decoder<T>;
  readonly decodeAll?: (buffer: ByteQueue) => T[] | undefined;
  #taken = 0;
  #frames = 0;

  constructor(decoder: Decoder<T>) {
    this.#decoder = decoder;
    if (decoder.decodeAll !== undefined) {
      this.decodeAll = (buffer) => this.#counted(buffer, decoder.decodeAll!(buffer));
    }
  }

  get needed(): number | undefined {
    return this.#decoder.needed;
  }

  get recovers(): boolean | undefined {
    return this.#decoder.recovers;
  }

  decode(buffer: ByteQueue): T | undefined {
    return this.#counted(buffer, this.#decoder.decode(buffer));
  }

  end(buffer: ByteQueue): T | undefined {
    return this.#counted(buffer, this.#decoder.end?.(buffer));
  }

  #counted<F>(buffer: ByteQueue, frame: F | undefined): F | undefined {
    if (frame === undefined || buffer.taken !== this.#taken) this.#frames = 0;
    this.#taken = buffer.taken;
    if (this.#frames++ < MOST_FRAMES) return frame;
    throw new Error(`Cannot go on decoding: ${MOST_FRAMES} frames in a row consumed no byte`);
  }
}
