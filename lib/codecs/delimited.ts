import { checkBoolean, checkBytes, checkOptions, checkUint8Array } from "../arguments.ts";
import { ByteQueue } from "../byte_queue.ts";
import type { Codec, Decoder, Encoder } from "../codec.ts";
import { LimitExceededError } from "../errors.ts";
import type { FrameWriter } from "../frame_writer.ts";
import { type Bytes, delimiterBytes } from "../read_options.ts";
import { DelimiterSearch } from "./delimiter_search.ts";
import { RecordSweep } from "./record_sweep.ts";

/** A message that one frame may be, when the caller does not say. */
const FRAME_LIMIT = 16_777_216;

/** Options of `delimited`. */
export interface DelimitedOptions {
  /**
   * The most bytes before a delimiter. A longer frame is a `LimitExceededError`, and then passed over.
   *
   * @default {16777216}
   */
  limit?: number | undefined;
  /**
   * Yields what is left when the stream ends without a delimiter, instead of `unexpected-end`.
   *
   * @default {false}
   */
  allowUnterminated?: boolean | undefined;
}

/**
 * Frames that end with a delimiter, or with one of several. Finds the next frame after one that is too long.
 *
 * Where several could match the first place counts, and there the longest: `["\r", "\r\n"]` takes CRLF as one, also
 * when it is cut between two chunks. What is sent ends with the first of them that is not the beginning of another one.
 *
 * @param delimiters One or several, each 1 byte or more, or text.
 * @param options The limit of a frame.
 * @returns The codec. A frame with a delimiter in it cannot be encoded: it would be two frames.
 * @throws {RangeError} No delimiter, or an empty one.
 * @example Fields that end with NUL
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeAll, delimited } from "@hawser/net/codecs";
 *
 * const frames = decodeAll([new TextEncoder().encode("user\0data"), new TextEncoder().encode("base\0")], delimited("\0"));
 * assert.deepEqual(frames.map((frame) => new TextDecoder().decode(frame)), ["user", "database"]);
 * ```
 */
export function delimited(
  delimiters: Uint8Array | string | readonly (Uint8Array | string)[],
  options: DelimitedOptions = {},
): Codec<Bytes, Uint8Array> {
  checkOptions(options);
  if (options.limit !== undefined) checkBytes("limit", options.limit);
  checkBoolean("allowUnterminated", options.allowUnterminated);
  const list = Array.isArray(delimiters) ? delimiters as readonly (Uint8Array | string)[] : [delimiters as string];
  if (list.length === 0) throw new RangeError("Cannot use an empty list of delimiters: it must have at least 1");
  const ends = list.map((delimiter) => new Uint8Array(delimiterBytes(delimiter)));
  return {
    name: "delimited",
    decoder: () => ends.length === 1 ? new OneDelimiterDecoder(ends, options) : new DelimitedDecoder(ends, options),
    encoder: () => new DelimitedEncoder(ends),
  };
}

class DelimitedDecoder implements Decoder<Bytes> {
  readonly recovers = true;
  readonly #search: DelimiterSearch;
  protected readonly limit: number;
  readonly #allowUnterminated: boolean;
  /** Inside a frame that was too long, as long as nobody else takes bytes: its error was thrown. */
  #passingOver = false;
  #taken = 0;

  constructor(ends: readonly Uint8Array[], { limit = FRAME_LIMIT, allowUnterminated = false }: DelimitedOptions) {
    this.#search = new DelimiterSearch(ends);
    this.limit = limit;
    this.#allowUnterminated = allowUnterminated;
  }

  decode(buffer: ByteQueue): Bytes | undefined {
    return this.#next(buffer, false);
  }

  end(buffer: ByteQueue): Bytes | undefined {
    const frame = this.#next(buffer, true);
    if (frame !== undefined || !this.#allowUnterminated || buffer.length === 0) return frame;
    return buffer.take(buffer.length);
  }

  /** `last`: nothing follows, so what might have become a longer delimiter will not. */
  #next(buffer: ByteQueue, last: boolean): Bytes | undefined {
    const search = this.#search;
    if (this.#passingOver && !this.#passOver(buffer, last)) return undefined;
    const found = search.find(buffer, last);
    if (search.at > this.limit) {
      this.#passingOver = true;
      this.#taken = buffer.taken;
      throw new LimitExceededError("a frame", this.limit);
    }
    if (!found) return undefined;
    const frame = buffer.take(search.at);
    buffer.drop(search.length);
    return frame;
  }

  /** Drops through the delimiter; whether it was here. */
  #passOver(buffer: ByteQueue, last: boolean): boolean {
    this.#passingOver = this.#taken === buffer.taken;
    if (!this.#passingOver) return true;
    const found = this.#search.find(buffer, last);
    buffer.drop(this.#search.at + this.#search.length);
    this.#taken = buffer.taken;
    this.#passingOver = !found;
    return found;
  }
}

/** With one delimiter all frames that are here are found in one sweep. */
class OneDelimiterDecoder extends DelimitedDecoder {
  readonly #sweep: RecordSweep;

  constructor(ends: readonly Uint8Array[], options: DelimitedOptions) {
    super(ends, options);
    this.#sweep = new RecordSweep(ends[0]!, this.limit);
  }

  decodeAll(buffer: ByteQueue): Bytes[] | undefined {
    const first = this.decode(buffer); // It knows of what is passed over, and says what is too long.
    return first === undefined ? undefined : this.#sweep.take(buffer, first);
  }
}

class DelimitedEncoder implements Encoder<Uint8Array> {
  readonly #end: Uint8Array;
  readonly #search: DelimiterSearch;
  readonly #sent: ByteQueue = new ByteQueue();

  constructor(ends: readonly Uint8Array[]) {
    // Behind one that another begins with, the next frame could make that other one of it.
    this.#end = ends.find((end) => !ends.some((other) => other.length > end.length && beginsWith(other, end)))!;
    this.#search = new DelimiterSearch(ends);
  }

  /** What is sent must come back as one frame, whatever follows: its last bytes and the delimiter may make an earlier one. */
  encode(frame: Uint8Array, out: FrameWriter): void {
    checkUint8Array("a frame", frame);
    const sent = this.#sent;
    sent.append(frame);
    sent.append(this.#end);
    const whole = this.#search.find(sent, false) && this.#search.at === frame.length;
    sent.drop(sent.length);
    if (!whole) throw new TypeError("Cannot encode a frame with a delimiter in it: it would be two frames");
    out.bytes(frame).bytes(this.#end);
  }
}

function beginsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.every((byte, i) => bytes[i] === byte);
}
