/**
 * What the methods of a Reader take.
 *
 * @module
 */
import { checkBoolean, checkBytes, checkEncoding, checkOptions, checkSignal, checkTimeout, show } from "./arguments.ts";
import type { LineEncoding } from "./line_decoder.ts";

/** Bytes that are the caller's. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** How long to wait, and what giving up means. */
export interface WaitOptions {
  /** Gives up; aborts the connection too, unless `keepOpen` is set. */
  signal?: AbortSignal | undefined;
  /**
   * Bounds the whole call, in ms: a peer that drips bytes cannot stretch it.
   *
   * @default {Infinity}
   */
  timeout?: number | undefined;
  /**
   * Giving up leaves the connection open: the call rejects with `signal.reason` or a `TimeoutError` `DOMException`, no
   * byte is lost, and it can be called again.
   *
   * @default {false}
   */
  keepOpen?: boolean | undefined;
}

/** A read that may find the end of stream instead. */
export interface RequiredOption {
  /**
   * An answer is outstanding: the end of stream is `unexpected-end`, not `null`.
   *
   * @default {false}
   */
  required?: boolean | undefined;
}

/** A read with a bound. */
export interface LimitOption {
  /** The most bytes; 64 KiB per line, 16 MiB otherwise. Passing it is a `LimitExceededError` that consumes nothing. */
  limit?: number | undefined;
}

/** Options of `chunks`. */
export interface ChunkOptions extends WaitOptions {
  /**
   * Lends memory that is valid until the next read, instead of giving it.
   *
   * @default {false}
   */
  borrow?: boolean | undefined;
}

/** Options of `read`. */
export interface ReadOptions extends ChunkOptions, RequiredOption {
  /**
   * The most bytes to take; the rest stays.
   *
   * @default {Infinity}
   */
  atMost?: number | undefined;
}

/** Options of `readExactly` and `readAll`. */
export interface ReadBytesOptions extends WaitOptions, LimitOption {}

/** Options of `readUntil`. */
export interface ReadUntilOptions extends WaitOptions, LimitOption, RequiredOption {
  /**
   * Yields what is left when the stream ends without the delimiter, instead of `unexpected-end`.
   *
   * @default {false}
   */
  allowUnterminated?: boolean | undefined;
}

/** Options of `readLine` and `lines`. */
export interface ReadLineOptions extends ReadUntilOptions {
  /**
   * How bytes become text. UTF-8 is strict: malformed bytes are a `DecodeError`.
   *
   * @default {"utf-8"}
   */
  encoding?: LineEncoding | undefined;
}

/** Options of `tryReadLine`. */
export interface TryReadLineOptions extends LimitOption {
  /**
   * How bytes become text.
   *
   * @default {"utf-8"}
   */
  encoding?: LineEncoding | undefined;
}

type AnyReadOptions = ReadOptions & ReadLineOptions;

/** Checks whatever of the options is there. */
export function checkReadOptions(
  options: WaitOptions | TryReadLineOptions | undefined | null,
  keepOpenAllowed = true,
): void {
  if (options === undefined || options === null) return;
  checkOptions(options);
  const all = options as { [Key in keyof AnyReadOptions]: unknown };
  const { signal, timeout, keepOpen, required, allowUnterminated, borrow, encoding, limit, atMost } = all;
  // Mostly one of them is there, and to ask each check about all was 15 ns of a read that has its bytes.
  if (signal !== undefined) checkSignal(signal);
  if (timeout !== undefined) checkTimeout("timeout", timeout);
  if (keepOpen !== undefined) checkBoolean("keepOpen", keepOpen);
  if (keepOpen === true && !keepOpenAllowed) {
    throw new TypeError("Cannot use keepOpen true: giving up this call cannot leave the connection in a known state");
  }
  if (required !== undefined) checkBoolean("required", required);
  if (allowUnterminated !== undefined) checkBoolean("allowUnterminated", allowUnterminated);
  if (borrow !== undefined) checkBoolean("borrow", borrow);
  if (encoding !== undefined) checkEncoding(encoding);
  if (limit !== undefined) checkBytes("limit", limit);
  if (atMost !== undefined && atMost !== null) checkBytes("atMost", atMost);
}

/** A delimiter as bytes. */
export function delimiterBytes(delimiter: unknown): Uint8Array {
  const bytes = typeof delimiter === "string" ? new TextEncoder().encode(delimiter) : delimiter;
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`Cannot use the delimiter ${show(delimiter)}: it must be a string or a Uint8Array`);
  }
  if (bytes.length === 0) throw new RangeError("Cannot use an empty delimiter: it must have at least 1 byte");
  return bytes;
}
