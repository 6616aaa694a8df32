/**
 * Codecs: bytes into frames and back, the same over a connection, a stream, an async iterable and an array.
 *
 * | codec | frames |
 * |---|---|
 * | `lines()` | text lines, LF or CRLF |
 * | `delimited(…)` | bytes up to a delimiter, or one of several |
 * | `lengthPrefixed(…)` | bytes with their length in front |
 * | `fixed(n)` | bytes, always `n` |
 * | `jsonLines()` | JSON, one value a line |
 * | `defineCodec(function* …)` | whatever a generator reads |
 *
 * @example The same codec over a connection and over an array
 * ```ts
 * import assert from "node:assert/strict";
 * import { framed } from "@hawser/net";
 * import { decodeAll, defineCodec } from "@hawser/net/codecs";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * const point = defineCodec(function* (reader) {
 *   return { x: yield* reader.i16(), y: yield* reader.i16() };
 * }, { encode: ({ x, y }: { x: number; y: number }, out) => void out.i16(x).i16(y) });
 *
 * assert.deepEqual(decodeAll([new Uint8Array([0, 1, 0xff]), new Uint8Array([0xfe])], point), [{ x: 1, y: -2 }]);
 *
 * await using pair = connectionPair();
 * await framed(pair.local, point).send({ x: 3, y: 4 });
 * assert.deepEqual(await framed(pair.peer, point).receive(), { x: 3, y: 4 });
 * ```
 *
 * @module
 */
export type { Codec, Decoder, Encoder, FrameOf } from "../codec.ts";
export { FrameReader } from "../frame_reader.ts";
export type { FrameFunction, FrameStep } from "../frame_reader.ts";
export { FrameWriter } from "../frame_writer.ts";
export type { LineEncoding } from "../line_decoder.ts";
export type { Bytes } from "../read_options.ts";
export { type ChunkSource, decode, decodeAll, decoderStream, encodeAll, encoderStream } from "./decode.ts";
export { type CodecLike, defineCodec, type DefineCodecOptions } from "./define_codec.ts";
export { delimited, type DelimitedOptions } from "./delimited.ts";
export { fixed } from "./fixed.ts";
export { jsonLines } from "./json_lines.ts";
export { lengthPrefixed, type LengthPrefixedOptions } from "./length_prefixed.ts";
export type { LinesOptions } from "./line_frames.ts";
export { lines, type TextLinesOptions } from "./lines.ts";
