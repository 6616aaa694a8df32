import type { ByteQueue } from "../byte_queue.ts";
import type { Codec, Decoder, Encoder } from "../codec.ts";
import { type FrameFunction, FrameReader, type FrameStep } from "../frame_reader.ts";
import type { FrameWriter } from "../frame_writer.ts";
import { checkBytes, checkFunction, checkOptions, checkString, show } from "../arguments.ts";

/** A message that one frame may be, when the caller does not say. */
const FRAME_LIMIT = 16_777_216;

/** Options of `defineCodec`. */
export interface DefineCodecOptions<Out> {
  /**
   * Appends a frame; without it the codec only decodes.
   *
   * @param frame What to encode.
   * @param out Where the bytes go.
   */
  encode?: ((frame: Out, out: FrameWriter) => void) | undefined;
  /**
   * The most bytes of one frame.
   *
   * @default {16777216}
   */
  limit?: number | undefined;
  /**
   * For messages.
   *
   * @default {"frames"}
   */
  name?: string | undefined;
}

/** A codec, or just its decoding half as a generator. */
export type CodecLike<In, Out = In> = Codec<In, Out> | FrameFunction<In>;

/**
 * Makes a codec of a generator that reads one frame.
 *
 * The generator is suspended while bytes are missing and goes on where it was. It runs unchanged over a connection
 * (`framed`), a WHATWG stream (`decoderStream`), an async iterable (`decode`) and plain arrays (`decodeAll`). A frame has
 * at least 1 byte. What it throws finishes the decoder.
 *
 * @param decode Reads one frame, field by field, with `yield*`; `undefined` is no frame.
 * @param options How to encode, the limit of a frame.
 * @returns The codec.
 * @throws {TypeError} Not a function, or wrong options.
 * @example Redis bulk strings
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeAll, defineCodec, encodeAll } from "@hawser/net/codecs";
 *
 * const crlf = new Uint8Array([0x0d, 0x0a]);
 * const bulk = defineCodec(function* (reader) {
 *   const length = Number((yield* reader.line()).slice(1));
 *   const text = yield* reader.text(length);
 *   yield* reader.skip(2);
 *   return text;
 * }, {
 *   encode: (text: string, out) => void out.text(`$${new TextEncoder().encode(text).length}\r\n${text}`).bytes(crlf),
 * });
 * const bytes = encodeAll(["hello", "wörld"], bulk);
 * assert.deepEqual(decodeAll([bytes], bulk), ["hello", "wörld"]);
 * ```
 */
export function defineCodec<In, Out = In>(
  decode: FrameFunction<In>,
  options: DefineCodecOptions<Out> & Required<Pick<DefineCodecOptions<Out>, "encode">>,
): Codec<In, Out>;
/** The same without a way to encode. */
export function defineCodec<In>(decode: FrameFunction<In>, options?: DefineCodecOptions<never>): Codec<In, never>;
export function defineCodec<In>(decode: FrameFunction<In>, options: DefineCodecOptions<never> = {}): Codec<In, never> {
  if (decode === undefined) throw new TypeError("Cannot define a codec without a function that decodes");
  checkFunction("decode", decode);
  checkOptions(options);
  const { encode, limit = FRAME_LIMIT, name = "frames" } = options;
  checkFunction("encode", encode);
  checkString("name", name);
  checkBytes("limit", limit);
  return {
    name,
    decoder: () => new GeneratorDecoder(decode, limit),
    encoder(): Encoder<never> {
      if (encode === undefined) throw new TypeError(`Cannot encode ${name}: the codec has no encode function`);
      return { encode };
    },
  };
}

/** A codec is itself, a generator function becomes one. */
export function toCodec<In, Out>(codec: CodecLike<In, Out>): Codec<In, Out> {
  if (typeof codec === "function") return defineCodec(codec) as Codec<In, Out>;
  if (typeof codec?.decoder !== "function" || typeof codec.encoder !== "function") {
    throw new TypeError("Cannot use the codec: it must have decoder() and encoder(), or be a generator function");
  }
  return codec;
}

class GeneratorDecoder<T> implements Decoder<T> {
  needed = 0;
  readonly #decode: FrameFunction<T>;
  readonly #limit: number;
  /** The frame under way. */
  #frame: { readonly reader: FrameReader; readonly steps: FrameStep<T> } | undefined;
  /** What had been taken of the queue when it began: when somebody has taken more, it begins anew. */
  #taken = 0;

  constructor(decode: FrameFunction<T>, limit: number) {
    this.#decode = decode;
    this.#limit = limit;
  }

  decode(buffer: ByteQueue): T | undefined {
    if (this.#frame === undefined || this.#taken !== buffer.taken) {
      this.needed = 0;
      if (buffer.length === 0) return undefined;
      const reader = new FrameReader(buffer, this.#limit);
      this.#frame = { reader, steps: stepsOf(this.#decode(reader)) };
      this.#taken = buffer.taken;
    }
    if (buffer.length < this.needed) return undefined;
    const { reader, steps } = this.#frame;
    const step = this.#advance(steps);
    this.needed = step.done ? 0 : step.value;
    if (!step.done) return undefined;
    this.#frame = undefined;
    if (step.value === undefined || reader.position === 0) throw noFrame(step.value);
    buffer.drop(reader.position);
    return step.value;
  }

  #advance(steps: FrameStep<T>): IteratorResult<number, T> {
    try {
      return steps.next();
    } catch (error) {
      this.#frame = undefined; // Whoever asks again is told again.
      throw error;
    }
  }
}

/** What a function has returned that may be something else than a generator: TypeScript alone does not keep anybody from it. */
function stepsOf<T>(returned: FrameStep<T>): FrameStep<T> {
  if (typeof returned?.next === "function" && !(Symbol.asyncIterator in returned)) return returned;
  const what = show(returned);
  throw new TypeError(
    `Cannot decode with a function that returned ${what}: the function must be a generator (function*)`,
  );
}

/** "Need more" and an endless loop: neither is what its author meant. */
function noFrame(value: unknown): TypeError {
  const what = value === undefined ? "undefined" : "without reading a byte";
  return new TypeError(`Cannot decode a frame: the generator returned ${what}`);
}
