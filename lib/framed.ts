import { type CodecLike, toCodec } from "./codecs/define_codec.ts";
import type { Codec, Encoder } from "./codec.ts";
import type { Connection } from "./connection.ts";
import { type Demand, END, UNEXPECTED } from "./demand.ts";
import { FrameDemand } from "./frame_demand.ts";
import type { FrameFunction } from "./frame_reader.ts";
import type { FillLoop } from "./fill_loop.ts";
import { FrameWriter } from "./frame_writer.ts";
import { checkReadOptions, type RequiredOption, type WaitOptions } from "./read_options.ts";
import { ReadIterator } from "./read_iterator.ts";
import { loopOf, Reader } from "./reader.ts";
import type { WriteOptions } from "./write_options.ts";

/** Options of `receive`. */
export interface ReceiveOptions extends WaitOptions, RequiredOption {}

/**
 * Frames over a connection: made by `framed`.
 *
 * It holds no bytes and no lock. Between frames another `framed()` of the same connection, or its reader and writer, may
 * take over; the buffered bytes stay.
 *
 * @example Answer each request
 * ```ts
 * import assert from "node:assert/strict";
 * import { framed } from "@hawser/net";
 * import { jsonLines } from "@hawser/net/codecs";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * const serving = (async () => {
 *   const requests = framed(pair.peer, jsonLines<{ id: number }>());
 *   for await (const { id } of requests) await requests.send({ id: -id });
 * })();
 * const calls = framed(pair.local, jsonLines<{ id: number }>());
 * await calls.send({ id: 7 });
 * assert.deepEqual(await calls.receive({ required: true, timeout: 1_000 }), { id: -7 });
 * await pair.local.writer.closeWrite();
 * await serving;
 * ```
 */
export class Framed<In, Out = In> implements AsyncIterable<In> {
  /** What the frames travel over. */
  readonly connection: Connection;
  readonly #loop: FillLoop;
  readonly #codec: Codec<In, Out>;
  readonly #demand: FrameDemand<In>;
  readonly #required: Demand<In>;
  #encoder: Encoder<Out> | undefined;
  readonly #out: FrameWriter = new FrameWriter();

  /**
   * Made by `framed`.
   *
   * @param connection The bytes.
   * @param codec Their format.
   * @internal
   */
  constructor(connection: Connection, codec: CodecLike<In, Out>) {
    if (!(connection?.reader instanceof Reader)) {
      throw new TypeError("Cannot make frames of it: the first argument must be a Connection");
    }
    this.connection = connection;
    this.#codec = toCodec(codec);
    this.#loop = loopOf(connection.reader);
    this.#demand = new FrameDemand(this.#codec.decoder());
    this.#required = required(this.#demand);
  }

  /**
   * Receives the next frame.
   *
   * Cancel safe with `keepOpen`: no byte is consumed and the call can be repeated. Otherwise aborting closes the
   * connection.
   *
   * @param options How long to wait; `required` turns the end of stream into an error.
   * @returns The frame; `undefined` at the end of stream.
   * @throws {ConnectionAbortedError} `unexpected-end`: the stream ended inside a frame; `partial` has its bytes.
   * @throws {LimitExceededError} The frame is too long; most codecs are finished then.
   * @throws {DecodeError} The bytes are malformed; most codecs are finished then.
   * @throws {BusyError} Another read is under way.
   * @example Until the peer ends
   * ```ts
   * import assert from "node:assert/strict";
   * import { framed } from "@hawser/net";
   * import { lines } from "@hawser/net/codecs";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("only\n");
   * await pair.peer.writer.closeWrite();
   * const frames = framed(pair.local, lines());
   * assert.equal(await frames.receive(), "only");
   * assert.equal(await frames.receive(), undefined);
   * await assert.rejects(frames.receive({ required: true }), { reason: "unexpected-end" });
   * ```
   */
  receive(options: ReceiveOptions & { required: true }): Promise<In>;
  /** The same, with `undefined` at the end of stream. */
  receive(options?: ReceiveOptions): Promise<In | undefined>;
  receive(options?: ReceiveOptions): Promise<In | undefined> {
    try {
      checkReadOptions(options);
      const demand = options?.required ? this.#required : this.#demand;
      const frame = this.#loop.takeNow(demand, options);
      return frame === undefined ? this.#wait(demand, options) : Promise.resolve(frame as In);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes a frame that is here already.
   *
   * @returns The frame, or `undefined` when no whole one is here, or the connection was closed.
   * @throws {LimitExceededError} As `receive` does; what it throws of the bytes, this does.
   * @throws {BusyError} A read is under way: the bytes are its.
   * @example What has come, without waiting
   * ```ts
   * import assert from "node:assert/strict";
   * import { framed } from "@hawser/net";
   * import { lines } from "@hawser/net/codecs";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("a\nb\nhalf");
   * const frames = framed(pair.local, lines());
   * assert.equal(await frames.receive(), "a");
   * assert.equal(frames.tryReceive(), "b");
   * assert.equal(frames.tryReceive(), undefined);
   * ```
   */
  tryReceive(): In | undefined {
    return this.#loop.idle("tryReceive") ? this.#demand.take(this.#loop.queue) : undefined;
  }

  /**
   * Sends one frame: `write()` of the connection, with what that says of waiting and failing.
   *
   * Aborting closes the connection: part of the frame may have been sent.
   *
   * @param frame What to encode; a frame that cannot be encoded rejects, and nothing of it is sent.
   * @param options How long to wait.
   * @throws {ConnectionAbortedError} The connection was cut short.
   * @example A frame that is refused leaves nothing behind
   * ```ts
   * import assert from "node:assert/strict";
   * import { framed } from "@hawser/net";
   * import { fixed } from "@hawser/net/codecs";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * const frames = framed(pair.local, fixed(2));
   * await assert.rejects(frames.send(new Uint8Array(3)), RangeError);
   * await frames.send(new Uint8Array([1, 2]));
   * assert.deepEqual(await pair.peer.reader.readExactly(2), new Uint8Array([1, 2]));
   * ```
   */
  send(frame: Out, options?: WriteOptions): Promise<void> {
    try {
      this.#encoder ??= this.#codec.encoder();
      this.#encoder.encode(frame, this.#out);
    } catch (error) {
      this.#out.discard();
      return Promise.reject(error);
    }
    return this.connection.writer.write(this.#out.finish(), options);
  }

  /**
   * Iterates over the frames up to the end of stream. Breaking out keeps the connection open and loses nothing.
   *
   * Cancel safe with `keepOpen`, as `receive` is.
   *
   * @param options As for `receive`, for each step.
   * @returns An async iterator; its `batches()` yields arrays of the frames that are here, the fast way.
   * @throws {TypeError} Wrong options.
   * @example Up to one frame, then on
   * ```ts
   * import assert from "node:assert/strict";
   * import { framed } from "@hawser/net";
   * import { lines } from "@hawser/net/codecs";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("a: 1\nb: 2\n\nbody");
   * const headers: string[] = [];
   * for await (const line of framed(pair.local, lines()).frames({ timeout: 1_000 })) {
   *   if (line === "") break;
   *   headers.push(line);
   * }
   * assert.deepEqual(headers, ["a: 1", "b: 2"]);
   * assert.equal((await pair.local.reader.readExactly(4)).length, 4);
   * ```
   */
  frames(options?: WaitOptions): ReadIterator<In> {
    checkReadOptions(options);
    return new ReadIterator<In>(this.#loop, this.#demand, options, END);
  }

  /**
   * The frames as arrays of what is here already: one wait for many.
   *
   * @param options As for `receive`, for each step.
   * @returns An async iterator over arrays that are never empty.
   * @throws {TypeError} Wrong options.
   * @example Many at once
   * ```ts
   * import assert from "node:assert/strict";
   * import { framed } from "@hawser/net";
   * import { lines } from "@hawser/net/codecs";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("a\nb\nc\n");
   * await pair.peer.writer.closeWrite();
   * let count = 0;
   * for await (const batch of framed(pair.local, lines()).batches()) count += batch.length;
   * assert.equal(count, 3);
   * ```
   */
  batches(options?: WaitOptions): ReadIterator<In[]> {
    return this.frames(options).batches();
  }

  /** `frames()`. */
  [Symbol.asyncIterator](): ReadIterator<In> {
    return this.frames();
  }

  async #wait(demand: Demand<In | typeof END>, options: WaitOptions | undefined): Promise<In | undefined> {
    const frame = await this.#loop.wait(demand, this.connection, options);
    return frame === END ? undefined : frame as In;
  }
}

/**
 * Sends and receives frames over a connection.
 *
 * Known as `Framed` in tokio, `split2` and its kin in Node.
 *
 * @param connection What the bytes travel over.
 * @param codec The format: one of `@hawser/net/codecs`, your own, or a generator that reads one frame.
 * @returns Both ways in frames.
 * @throws {TypeError} Not a codec.
 * @example Requests and answers with a length in front, then plain lines
 * ```ts
 * import assert from "node:assert/strict";
 * import { framed } from "@hawser/net";
 * import { lengthPrefixed, lines } from "@hawser/net/codecs";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * const [local, peer] = [framed(pair.local, lengthPrefixed()), framed(pair.peer, lengthPrefixed())];
 * await local.send(new Uint8Array([1, 2, 3]));
 * assert.deepEqual(await peer.receive(), new Uint8Array([1, 2, 3]));
 *
 * await pair.local.writer.write("a line\n");
 * assert.equal(await framed(pair.peer, lines()).receive({ required: true }), "a line");
 * ```
 */
export function framed<In>(connection: Connection, codec: FrameFunction<In>): Framed<In, never>;
/** The same, with what the codec can encode. */
export function framed<In, Out>(connection: Connection, codec: Codec<In, Out>): Framed<In, Out>;
export function framed<In, Out>(connection: Connection, codec: CodecLike<In, Out>): Framed<In, Out> {
  return new Framed(connection, codec);
}

/** An answer is outstanding: the end of stream is unexpected. */
function required<T>(demand: Demand<T | typeof END>): Demand<T> {
  return {
    name: demand.name,
    get expected(): number | undefined {
      return demand.expected;
    },
    take: (queue) => demand.take(queue) as T | undefined,
    end(queue) {
      const last = demand.end(queue);
      return last === END ? UNEXPECTED : last;
    },
  };
}
