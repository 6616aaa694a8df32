import { checkUint8Array } from "../arguments.ts";
import { ByteQueue } from "../byte_queue.ts";
import type { Encoder } from "../codec.ts";
import { ConnectionAbortedError } from "../errors.ts";
import { END, UNEXPECTED } from "../demand.ts";
import { FrameDemand } from "../frame_demand.ts";
import { FrameWriter } from "../frame_writer.ts";
import type { Bytes } from "../read_options.ts";
import { type CodecLike, toCodec } from "./define_codec.ts";

/** Anything that brings chunks: an array, a `ReadableStream`, `process.stdin`, an async generator. */
export type ChunkSource = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** One codec over chunks that somebody else brings. */
class ChunkDecoder<T> {
  readonly #queue: ByteQueue = new ByteQueue();
  readonly #demand: FrameDemand<T>;

  constructor(codec: CodecLike<T, never>) {
    this.#demand = new FrameDemand(toCodec(codec).decoder());
  }

  /** Takes a chunk, which stays the caller's, and gives the frames that are whole by now. */
  *push(chunk: Uint8Array): Generator<T, void, void> {
    checkUint8Array("a chunk", chunk);
    this.#queue.append(chunk);
    const { taken } = this.#queue;
    for (let frame = this.#demand.take(this.#queue); frame !== undefined; frame = this.#demand.take(this.#queue)) {
      yield frame;
    }
    // What a codec has lent must outlive the next chunk: frames are gathered, and queued in streams.
    if (this.#queue.taken > taken) this.#queue.keepLent();
  }

  /** What comes at the end of the chunks. */
  *end(): Generator<T, void, void> {
    for (;;) {
      const frame = this.#demand.end(this.#queue);
      if (frame === END) return;
      if (frame === UNEXPECTED) throw this.#cut();
      yield frame;
    }
  }

  #cut(): ConnectionAbortedError {
    const { expected } = this.#demand;
    const partial = this.#queue.take(this.#queue.length);
    const bytesRead = this.#queue.taken;
    const facts = { operation: "read", initiator: "peer", bytesRead, partial, expected } as const;
    return new ConnectionAbortedError({ reason: "unexpected-end", ...facts });
  }
}

/**
 * Decodes chunks that are all here.
 *
 * @param chunks The bytes, in any chunking.
 * @param codec The format.
 * @returns The frames.
 * @throws {ConnectionAbortedError} `unexpected-end`: they end inside a frame; `partial` has its bytes.
 * @throws {LimitExceededError} A frame is too long.
 * @throws {DecodeError} The bytes are malformed.
 * @example A test without a connection
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeAll, lines } from "@hawser/net/codecs";
 *
 * assert.deepEqual(decodeAll([new TextEncoder().encode("a\nb\n")], lines()), ["a", "b"]);
 * ```
 */
export function decodeAll<T>(chunks: Iterable<Uint8Array>, codec: CodecLike<T, never>): T[] {
  const decoder = new ChunkDecoder(codec);
  const frames: T[] = [];
  for (const chunk of chunks) {
    for (const frame of decoder.push(chunk)) frames.push(frame);
  }
  for (const frame of decoder.end()) frames.push(frame);
  return frames;
}

/**
 * Decodes chunks as they come.
 *
 * @param source An async iterable, a `ReadableStream` or an array of chunks.
 * @param codec The format.
 * @returns The frames; what `decodeAll` throws, the iteration throws.
 * @example Over a WHATWG stream
 * ```ts
 * import assert from "node:assert/strict";
 * import { decode, lines } from "@hawser/net/codecs";
 *
 * const { body } = new Response("first\nsecond\n");
 * const seen: string[] = [];
 * for await (const line of decode(body!, lines())) seen.push(line);
 * assert.deepEqual(seen, ["first", "second"]);
 * ```
 */
export async function* decode<T>(source: ChunkSource, codec: CodecLike<T, never>): AsyncGenerator<T, void, void> {
  const decoder = new ChunkDecoder(codec);
  for await (const chunk of source) yield* decoder.push(chunk);
  yield* decoder.end();
}

/**
 * A transform from chunks to frames.
 *
 * @param codec The format.
 * @returns For `pipeThrough`.
 * @example Frames of a file or a response
 * ```ts
 * import assert from "node:assert/strict";
 * import { decoderStream, jsonLines } from "@hawser/net/codecs";
 *
 * const values = new Response('{"a":1}\n2\n').body!.pipeThrough(decoderStream(jsonLines()));
 * const seen: unknown[] = [];
 * for await (const value of values) seen.push(value);
 * assert.deepEqual(seen, [{ a: 1 }, 2]);
 * ```
 */
export function decoderStream<T>(codec: CodecLike<T, never>): TransformStream<Uint8Array, T> {
  const decoder = new ChunkDecoder(codec);
  return new TransformStream<Uint8Array, T>({
    transform(chunk, controller): void {
      for (const frame of decoder.push(chunk)) controller.enqueue(frame);
    },
    flush(controller): void {
      for (const frame of decoder.end()) controller.enqueue(frame);
    },
  });
}

/** Both ends of an encoder: a frame as one array of its own. */
function encodeOne<T>(frame: T, encoder: Encoder<T>, out: FrameWriter): Bytes {
  encoder.encode(frame, out);
  const pieces = out.finish();
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Encodes frames.
 *
 * @param frames What to encode.
 * @param codec The format.
 * @returns All their bytes.
 * @example What a peer would send
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeAll, lines } from "@hawser/net/codecs";
 *
 * assert.equal(new TextDecoder().decode(encodeAll(["a", "b"], lines())), "a\nb\n");
 * ```
 */
export function encodeAll<T>(frames: Iterable<T>, codec: CodecLike<unknown, T>): Bytes {
  const encoder = toCodec(codec).encoder();
  const everything: Encoder<Iterable<T>> = {
    encode(all, out): void {
      for (const frame of all) encoder.encode(frame, out);
    },
  };
  return encodeOne(frames, everything, new FrameWriter());
}

/**
 * A transform from frames to chunks, one chunk a frame.
 *
 * @param codec The format.
 * @returns For `pipeThrough`.
 * @example Lines into a stream
 * ```ts
 * import assert from "node:assert/strict";
 * import { encoderStream, lines } from "@hawser/net/codecs";
 *
 * const texts = new ReadableStream<string>({
 *   start(controller) {
 *     controller.enqueue("a");
 *     controller.enqueue("b");
 *     controller.close();
 *   },
 * });
 * assert.equal(await new Response(texts.pipeThrough(encoderStream(lines()))).text(), "a\nb\n");
 * ```
 */
export function encoderStream<T>(codec: CodecLike<unknown, T>): TransformStream<T, Bytes> {
  const encoder = toCodec(codec).encoder();
  const out = new FrameWriter();
  return new TransformStream<T, Bytes>({
    transform: (frame, controller) => controller.enqueue(encodeOne(frame, encoder, out)),
  });
}
