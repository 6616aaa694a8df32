import { checkBoolean, checkBytes, checkEncoding, checkOptions } from "../arguments.ts";
import type { ByteQueue } from "../byte_queue.ts";
import type { Decoder } from "../codec.ts";
import { LimitExceededError } from "../errors.ts";
import { type LineEncoding, lineLength, takeTail } from "../line_decoder.ts";
import { LineTaker } from "../line_taker.ts";

/** A line of text is rarely longer; HTTP servers take 8 to 64 KiB. */
const LINE_LIMIT = 65_536;

const LF: Uint8Array<ArrayBuffer> = new Uint8Array([0x0a]);

/** Options of `lines` and `jsonLines`. */
export interface LinesOptions {
  /**
   * The most bytes of one line, before its LF or CRLF. A longer one is a `LimitExceededError`, and then passed over.
   *
   * @default {65536}
   */
  limit?: number | undefined;
  /**
   * How bytes become text, and text bytes. UTF-8 is strict: malformed bytes are a `DecodeError`.
   *
   * @default {"utf-8"}
   */
  encoding?: LineEncoding | undefined;
  /**
   * Yields what is left when the stream ends without a line end, instead of `unexpected-end`.
   *
   * @default {false}
   */
  allowUnterminated?: boolean | undefined;
}

/** Checks before anything is decoded. */
export function checkLinesOptions(options: LinesOptions): void {
  checkOptions(options);
  if (options.limit !== undefined) checkBytes("limit", options.limit);
  checkEncoding(options.encoding);
  checkBoolean("allowUnterminated", options.allowUnterminated);
}

/**
 * Lines out of a queue, one after the other. Passes over the rest of a line that was too long, as long as nobody else takes
 * bytes, and over blank lines where they mean nothing; those are consumed with the line that follows.
 */
export class LineFrames implements Decoder<string> {
  readonly recovers = true;
  readonly #lines: LineTaker = new LineTaker();
  readonly #limit: number;
  readonly #encoding: LineEncoding;
  readonly #allowUnterminated: boolean;
  readonly #skipsBlank: boolean;
  /** What had been taken of the queue: as long as that holds, the next two do. */
  #taken = 0;
  /** Inside a line that was too long: its error was thrown. */
  #passingOver = false;
  /** Bytes of the blank lines at the start. */
  #blank = 0;

  constructor(options: LinesOptions, skipsBlank = false) {
    const { limit = LINE_LIMIT, encoding = "utf-8", allowUnterminated = false } = options;
    this.#limit = limit;
    this.#encoding = encoding;
    this.#allowUnterminated = allowUnterminated;
    this.#skipsBlank = skipsBlank;
  }

  decode(buffer: ByteQueue): string | undefined {
    if (!this.#atLine(buffer)) return undefined;
    try {
      return this.#lines.take(buffer, this.#limit, this.#encoding);
    } catch (error) {
      throw this.#noted(error, buffer);
    }
  }

  decodeAll(buffer: ByteQueue): string[] | undefined {
    if (!this.#atLine(buffer)) return undefined;
    try {
      return this.#lines.takeAll(buffer, this.#limit, this.#encoding);
    } catch (error) {
      throw this.#noted(error, buffer);
    }
  }

  end(buffer: ByteQueue): string | undefined {
    if (!this.#atLine(buffer) && this.#passingOver) return undefined;
    buffer.drop(this.#blank);
    if (this.#skipsBlank && isBlank(buffer.peek(buffer.length))) buffer.drop(buffer.length);
    if (!this.#allowUnterminated || buffer.length === 0) return undefined;
    try {
      return takeTail(buffer, this.#limit, this.#encoding);
    } catch (error) {
      throw this.#noted(error, buffer);
    }
  }

  /** Whether the next line begins at the start: behind one that was too long, and behind blank ones. */
  #atLine(buffer: ByteQueue): boolean {
    if (this.#taken !== buffer.taken) this.#forget(buffer);
    if (this.#passingOver && !this.#passOver(buffer)) return false;
    return !this.#skipsBlank || this.#skipBlank(buffer);
  }

  #forget(buffer: ByteQueue): void {
    this.#taken = buffer.taken;
    this.#passingOver = false;
    this.#blank = 0;
  }

  #passOver(buffer: ByteQueue): boolean {
    const end = buffer.indexOf(LF);
    buffer.drop(end === -1 ? buffer.length : end + 1);
    this.#forget(buffer);
    this.#passingOver = end === -1;
    return end !== -1;
  }

  /** Blank lines stay until what follows them is here, or is too long: "need more" consumes nothing. */
  #skipBlank(buffer: ByteQueue): boolean {
    let end = buffer.indexOf(LF, this.#blank);
    for (; end !== -1 && this.#isBlankLine(buffer, end); end = buffer.indexOf(LF, this.#blank)) this.#blank = end + 1;
    if (this.#blank === 0) return true;
    const waits = end === -1 && lineLength(buffer, buffer.length, this.#blank) <= this.#limit;
    if (waits) return false;
    buffer.drop(this.#blank);
    this.#forget(buffer);
    return true;
  }

  #isBlankLine(buffer: ByteQueue, end: number): boolean {
    const length = lineLength(buffer, end, this.#blank);
    return length <= this.#limit && isBlank(buffer.peek(length, this.#blank));
  }

  #noted(error: unknown, buffer: ByteQueue): unknown {
    this.#forget(buffer);
    this.#passingOver = LimitExceededError.is(error);
    return error;
  }
}

/** What JSON takes for white space. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
