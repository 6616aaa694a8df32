/**
 * What a codec written as a generator reads with.
 *
 * Theory of operation. The generator runs ahead of the queue: it looks at bytes from a position of its own, and only a
 * whole frame consumes them. When bytes are missing it yields how many must be at hand (0: any more), and is suspended there:
 * the next chunk goes on in the middle of the frame, nothing is parsed twice. A frame that is cut therefore still has all its bytes
 * (`partial`), a frame over its limit has consumed nothing, and whoever takes over between frames misses none.
 *
 * @module
 */
import { checkCount, checkEncoding } from "./arguments.ts";
import type { ByteQueue } from "./byte_queue.ts";
import { copyOut } from "./copy_out.ts";
import { DecodeError, LimitExceededError } from "./errors.ts";
import { decodeText, type LineEncoding } from "./line_decoder.ts";
import { type Bytes, delimiterBytes } from "./read_options.ts";

/** A step of a generator codec: it yields the bytes that must be at hand, 0 for any more, and returns a value. */
export type FrameStep<T> = Generator<number, T, void>;

/** A codec's decoder as a generator: it reads one frame and returns it. */
export type FrameFunction<T> = (reader: FrameReader) => FrameStep<T>;

const CR = 0x0d;
const LF: Uint8Array<ArrayBuffer> = new Uint8Array([0x0a]);

const number: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(8));

/**
 * Reads the fields of one frame; every method is used with `yield*`, which gives the value, and waits while bytes are missing.
 *
 * Unsigned (`u`), signed (`i`, two's complement) or IEEE 754 (`f`), by bits; big endian, unless the name ends in `le`. A stream
 * that ends inside a frame is reason `"unexpected-end"`, a frame over its limit a `LimitExceededError`.
 *
 * @example A tag and a length-prefixed text
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeAll, defineCodec } from "@hawser/net/codecs";
 *
 * const tagged = defineCodec(function* (reader) {
 *   const tag = yield* reader.u8();
 *   return { tag, text: yield* reader.text(yield* reader.u16()) };
 * });
 * assert.deepEqual(decodeAll([new Uint8Array([7, 0, 2, 0x68]), new Uint8Array([0x69])], tagged), [{ tag: 7, text: "hi" }]);
 * ```
 */
export class FrameReader {
  readonly #queue: ByteQueue;
  readonly #limit: number;
  #at = 0;

  /**
   * Made by a codec.
   *
   * @param queue The bytes at hand.
   * @param limit The most bytes of one frame.
   * @internal
   */
  constructor(queue: ByteQueue, limit: number) {
    this.#queue = queue;
    this.#limit = limit;
  }

  /** Bytes of this frame that were read so far. */
  get position(): number {
    return this.#at;
  }

  /** Reads 1 byte, 0 to 255. */
  *u8(): FrameStep<number> {
    const at = yield* this.#next(1);
    return this.#queue.at(at);
  }

  /** Reads 2 bytes. */
  *u16(): FrameStep<number> {
    const at = yield* this.#next(2);
    return (this.#queue.at(at) << 8) | this.#queue.at(at + 1);
  }

  /** Reads 2 bytes, little endian. */
  *u16le(): FrameStep<number> {
    const at = yield* this.#next(2);
    return this.#queue.at(at) | (this.#queue.at(at + 1) << 8);
  }

  /** Reads 4 bytes. */
  *u32(): FrameStep<number> {
    return (yield* this.i32()) >>> 0;
  }

  /** Reads 4 bytes, little endian. */
  *u32le(): FrameStep<number> {
    return (yield* this.i32le()) >>> 0;
  }

  /** Reads 8 bytes. */
  *u64(): FrameStep<bigint> {
    return (yield* this.#view(8)).getBigUint64(0);
  }

  /** Reads 8 bytes, little endian. */
  *u64le(): FrameStep<bigint> {
    return (yield* this.#view(8)).getBigUint64(0, true);
  }

  /** Reads 1 byte, -128 to 127. */
  *i8(): FrameStep<number> {
    return ((yield* this.u8()) << 24) >> 24;
  }

  /** Reads 2 bytes, signed. */
  *i16(): FrameStep<number> {
    return ((yield* this.u16()) << 16) >> 16;
  }

  /** Reads 2 bytes, signed, little endian. */
  *i16le(): FrameStep<number> {
    return ((yield* this.u16le()) << 16) >> 16;
  }

  /** Reads 4 bytes, signed. */
  *i32(): FrameStep<number> {
    const at = yield* this.#next(4);
    const queue = this.#queue;
    return (queue.at(at) << 24) | (queue.at(at + 1) << 16) | (queue.at(at + 2) << 8) | queue.at(at + 3);
  }

  /** Reads 4 bytes, signed, little endian. */
  *i32le(): FrameStep<number> {
    const at = yield* this.#next(4);
    const queue = this.#queue;
    return queue.at(at) | (queue.at(at + 1) << 8) | (queue.at(at + 2) << 16) | (queue.at(at + 3) << 24);
  }

  /** Reads 8 bytes, signed. */
  *i64(): FrameStep<bigint> {
    return (yield* this.#view(8)).getBigInt64(0);
  }

  /** Reads 8 bytes, signed, little endian. */
  *i64le(): FrameStep<bigint> {
    return (yield* this.#view(8)).getBigInt64(0, true);
  }

  /** Reads an IEEE 754 number of 4 bytes. */
  *f32(): FrameStep<number> {
    return (yield* this.#view(4)).getFloat32(0);
  }

  /** Reads an IEEE 754 number of 4 bytes, little endian. */
  *f32le(): FrameStep<number> {
    return (yield* this.#view(4)).getFloat32(0, true);
  }

  /** Reads an IEEE 754 number of 8 bytes. */
  *f64(): FrameStep<number> {
    return (yield* this.#view(8)).getFloat64(0);
  }

  /** Reads an IEEE 754 number of 8 bytes, little endian. */
  *f64le(): FrameStep<number> {
    return (yield* this.#view(8)).getFloat64(0, true);
  }

  /**
   * Reads an unsigned LEB128 number of 1 to 8 bytes, as in Protocol Buffers.
   *
   * @returns The number.
   * @throws {DecodeError} It is above 2 ** 53 - 1.
   */
  *varint(): FrameStep<number> {
    const start = this.#at;
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = yield* this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER || (byte > 0x7f && this.#at - start >= 8)) {
        throw new DecodeError("a varint: it is above 2 ** 53 - 1", this.#frame(), start);
      }
      if (byte <= 0x7f) return value;
    }
  }

  /**
   * Reads so many bytes.
   *
   * @param count How many; 0 gives an empty array.
   * @returns The caller's to keep.
   * @throws {LimitExceededError} The frame would pass its limit. Nothing was consumed.
   */
  *bytes(count: number): FrameStep<Bytes> {
    const at = yield* this.#next(count);
    return copyOut(this.#queue.peek(count, at));
  }

  /**
   * Reads so many bytes of UTF-8 text.
   *
   * @param count How many bytes.
   * @param encoding How they become text.
   * @returns The text.
   * @throws {DecodeError} They are not UTF-8.
   * @throws {TypeError} No such encoding.
   */
  *text(count: number, encoding: LineEncoding = "utf-8"): FrameStep<string> {
    if (encoding !== "utf-8") checkEncoding(encoding);
    const at = yield* this.#next(count);
    return decodeText(this.#queue.peek(count, at), encoding, "a text");
  }

  /**
   * Passes over so many bytes.
   *
   * @param count How many bytes.
   */
  *skip(count: number): FrameStep<void> {
    yield* this.#next(count);
  }

  /**
   * Reads up to a delimiter, which is read too and not returned.
   *
   * @param delimiter One byte or more, or text.
   * @returns The bytes before it, the caller's to keep.
   * @throws {LimitExceededError} It did not come within the limit of the frame. Nothing was consumed.
   */
  *until(delimiter: Uint8Array | string): FrameStep<Bytes> {
    const start = this.#at;
    const end = yield* this.#find(delimiterBytes(delimiter));
    return copyOut(this.#queue.peek(end - start, start));
  }

  /**
   * Reads a line of text, without its LF or CRLF. UTF-8 is strict.
   *
   * @param encoding How its bytes become text.
   * @returns The text.
   * @throws {DecodeError} It is not UTF-8.
   * @throws {LimitExceededError} It did not end within the limit of the frame. Nothing was consumed.
   */
  *line(encoding: LineEncoding = "utf-8"): FrameStep<string> {
    if (encoding !== "utf-8") checkEncoding(encoding);
    const start = this.#at;
    const end = yield* this.#find(LF);
    const length = end > start && this.#queue.at(end - 1) === CR ? end - 1 - start : end - start;
    return decodeText(this.#queue.peek(length, start), encoding, "a line");
  }

  /** Waits for so many more bytes; their start, behind which the next field begins. */
  *#next(count: number): FrameStep<number> {
    checkCount("count", count);
    const start = this.#at;
    const end = start + count;
    if (end > this.#limit) throw new LimitExceededError("a frame", this.#limit);
    while (this.#queue.length < end) yield end;
    this.#at = end;
    return start;
  }

  /** Waits for a delimiter; its start, behind which the next field begins. */
  *#find(delimiter: Uint8Array): FrameStep<number> {
    let from = this.#at;
    for (;;) {
      const found = this.#queue.indexOf(delimiter, from);
      const end = found === -1 ? this.#queue.length + 1 : found + delimiter.length;
      if (end > this.#limit) throw new LimitExceededError("a frame", this.#limit);
      if (found !== -1) {
        this.#at = end;
        return found;
      }
      from = Math.max(from, this.#queue.length - delimiter.length + 1);
      yield 0;
    }
  }

  *#view(count: number): FrameStep<DataView<ArrayBuffer>> {
    const at = yield* this.#next(count);
    for (let i = 0; i < count; i++) number.setUint8(i, this.#queue.at(at + i));
    return number;
  }

  #frame(): Bytes {
    return this.#queue.peek(this.#at).slice();
  }
}
