/**
 * What a codec is: bytes into frames and back, pure and synchronous, the same over a socket, a stream and an array.
 *
 * @module
 */
import type { ByteQueue } from "./byte_queue.ts";
import type { FrameFunction } from "./frame_reader.ts";
import type { FrameWriter } from "./frame_writer.ts";

/**
 * Bytes into frames, for one stream.
 *
 * The law: the same bytes give the same frames, errors and leftovers under every chunking. Between two calls more bytes may
 * have come, and somebody else may have taken some: what it remembers of the queue holds while `buffer.taken` is what it was.
 * When it has thrown it is finished, unless it `recovers`.
 */
export interface Decoder<T> {
  /**
   * Takes the next frame, whole; consumes only what it returns.
   *
   * @param buffer The bytes at hand.
   * @returns The frame, never `undefined`: that is "need more", and then nothing was consumed.
   * @throws What is wrong with the bytes: a `LimitExceededError`, a `DecodeError`, or an error of its own.
   */
  decode(buffer: ByteQueue): T | undefined;
  /**
   * Takes all whole frames at once, where that is cheaper than one by one.
   *
   * @param buffer The bytes at hand.
   * @returns One frame or more, the same as `decode` would give; `undefined` for "need more".
   * @throws What `decode` throws for the first of them; before a later one it stops, and has not consumed it.
   */
  decodeAll?(buffer: ByteQueue): T[] | undefined;
  /**
   * What is left when the stream has ended, as a frame; asked again until it answers `undefined`. Bytes that are left
   * then are a message that was cut.
   *
   * @param buffer The bytes at hand; there will be no more.
   */
  end?(buffer: ByteQueue): T | undefined;
  /**
   * After "need more": the bytes that must be at hand before it is worth asking again, 0 for any more. They are the
   * `expected` of an `unexpected-end`.
   */
  readonly needed?: number | undefined;
  /**
   * It finds the next frame after an error. Otherwise a decoder that threw is finished.
   *
   * @default {false}
   */
  readonly recovers?: boolean | undefined;
}

/** Frames into bytes. */
export interface Encoder<T> {
  /**
   * Appends one frame. When it throws nothing of it is sent.
   *
   * @param frame What to encode.
   * @param out Where the bytes go.
   */
  encode(frame: T, out: FrameWriter): void;
}

/** Both ways of one format; `In` is what is decoded, `Out` what can be encoded. */
export interface Codec<In, Out = In> {
  /** For messages: `"lines"`. */
  readonly name: string;
  /** A fresh decoder, for one stream. */
  decoder(): Decoder<In>;
  /** A fresh encoder, for one stream. */
  encoder(): Encoder<Out>;
}

/** The frames that a codec decodes, or a generator that is one half of a codec. */
export type FrameOf<C> = C extends Codec<infer In, never> ? In : C extends FrameFunction<infer In> ? In : never;
