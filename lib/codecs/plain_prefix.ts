/**
 * The commonest frames by the shortest way: a length of 2 or 4 bytes, big endian, and just so many bytes behind it.
 *
 * Where 64 bytes are a frame, the way through every option of `lengthPrefixed` costs as much as the frame itself: 14 to 20 ns of 40.
 *
 * @module
 */
import type { ByteQueue } from "../byte_queue.ts";
import type { Decoder } from "../codec.ts";
import { LimitExceededError } from "../errors.ts";
import type { Bytes } from "../read_options.ts";

/** What is left of the options. */
export interface PlainPrefixOptions {
  /** Bytes of the length. */
  readonly width: 2 | 4;
  /** The most bytes of one frame. */
  readonly limit: number;
  /** Lends the memory of a frame. */
  readonly borrow: boolean;
}

/** Decodes one by one, or all that are here in one sweep. */
export class PlainPrefixDecoder implements Decoder<Bytes> {
  needed = 0;
  readonly #width: 2 | 4;
  readonly #limit: number;
  readonly #borrow: boolean;
  #count = 0;

  constructor({ width, limit, borrow }: PlainPrefixOptions) {
    this.#width = width;
    this.#limit = limit;
    this.#borrow = borrow;
  }

  decode(buffer: ByteQueue): Bytes | undefined {
    const width = this.#width;
    if (buffer.length < width) return this.#need(width);
    const two = (buffer.at(0) << 8) | buffer.at(1);
    const bytes = width === 2 ? two : ((two << 16) | (buffer.at(2) << 8) | buffer.at(3)) >>> 0;
    if (bytes > this.#limit) throw new LimitExceededError(`a frame of ${bytes} bytes`, this.#limit);
    if (buffer.length < width + bytes) return this.#need(width + bytes);
    buffer.drop(width);
    return this.#borrow ? buffer.lend(bytes) : buffer.take(bytes);
  }

  decodeAll(buffer: ByteQueue): Bytes[] | undefined {
    const whole = this.#countWhole(buffer.peek(buffer.length));
    if (whole > 0) return this.#sweep(this.#borrow ? buffer.lend(whole) : buffer.take(whole));
    const frame = this.decode(buffer); // It says what is missing, or wrong.
    return frame === undefined ? undefined : [frame];
  }

  #need(bytes: number): undefined {
    this.needed = bytes;
    return undefined;
  }

  /** Counts the frames that are whole, up to the first that is too long; their bytes. */
  #countWhole(bytes: Bytes): number {
    const width = this.#width;
    let count = 0;
    let at = 0;
    for (; at + width <= bytes.length; count++) {
      const length = lengthAt(bytes, at, width);
      if (length > this.#limit || at + width + length > bytes.length) break;
      at += width + length;
    }
    this.#count = count;
    return at;
  }

  #sweep(bytes: Bytes): Bytes[] {
    const width = this.#width;
    const { buffer, byteOffset } = bytes;
    // Made at its size: to grow while frames are put in costs 3 to 6 ns for each.
    const frames: Bytes[] = new Array(this.#count);
    let at = 0;
    for (let i = 0; i < frames.length; i++) {
      const length = lengthAt(bytes, at, width);
      at += width;
      frames[i] = length > 0 ? new Uint8Array(buffer, byteOffset + at, length) : new Uint8Array(0);
      at += length;
    }
    return frames;
  }
}

function lengthAt(bytes: Bytes, at: number, width: 2 | 4): number {
  const two = (bytes[at]! << 8) | bytes[at + 1]!;
  return width === 2 ? two : ((two << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
