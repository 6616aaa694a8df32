/**
 * Text lines out of a byte queue: LF or CRLF, strict UTF-8.
 *
 * @module
 */
import type { ByteQueue } from "./byte_queue.ts";
import { DecodeError, LimitExceededError } from "./errors.ts";

/** How the bytes of a line become text. */
export type LineEncoding = "utf-8" | "latin1";

const CR = 0x0d;
const LF: Uint8Array<ArrayBuffer> = new Uint8Array([0x0a]);

/** A BOM stays: a chunk boundary is no beginning of a text. */
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a lossy decoder puts where bytes are malformed; text may have one of its own. */
const REPLACEMENT = "\ufffd";

const encoder: TextEncoder = new TextEncoder();

/**
 * Takes the next line, without its LF or CRLF.
 *
 * @param limit The most bytes before the LF or CRLF, exact under every chunking.
 * @param first Whether it is the first of several: a malformed line behind others stays, to be met again.
 * @returns `undefined` when the line is not complete yet: nothing was taken.
 * @throws {LimitExceededError} The line is longer: nothing was taken.
 * @throws {DecodeError} The line is not UTF-8: the error carries its bytes. It was taken if it was the first.
 */
export function takeLine(queue: ByteQueue, limit: number, encoding: LineEncoding, first = true): string | undefined {
  const end = queue.indexOf(LF);
  const length = lineLength(queue, end === -1 ? queue.length : end);
  if (length > limit) throw new LimitExceededError("a line", limit);
  if (end === -1) return undefined;
  const bytes = queue.peek(length);
  if (first) queue.drop(end + 1);
  const text = decodeText(bytes, encoding, "a line");
  if (!first) queue.drop(end + 1);
  return text;
}

/** Takes what is left when the stream ended inside a line; a lone CR is part of it. */
export function takeTail(queue: ByteQueue, limit: number, encoding: LineEncoding): string {
  if (queue.length > limit) throw new LimitExceededError("a line", limit);
  return decodeText(queue.lend(queue.length), encoding, "a line");
}

/** Bytes of the line from `from` to `end` without a CR at its end: that may be, or become, half of the CRLF. */
export function lineLength(queue: ByteQueue, end: number, from = 0): number {
  return (end > from && queue.at(end - 1) === CR ? end - 1 : end) - from;
}

/**
 * Bytes as text.
 *
 * @param what For the message: `"a line"`.
 * @throws {DecodeError} They are not UTF-8; the error carries a copy of them.
 */
export function decodeText(bytes: Uint8Array, encoding: LineEncoding, what: string): string {
  const text = textOf(bytes, encoding);
  if (text !== undefined) return text;
  const copy = new Uint8Array(bytes);
  throw new DecodeError(`${what}: it is not UTF-8`, copy, firstInvalid(copy));
}

/** Bytes as text; `undefined` when they are not UTF-8. */
export function textOf(bytes: Uint8Array, encoding: LineEncoding): string | undefined {
  if (encoding === "latin1") return latin1(bytes);
  // Deno decodes strictly eight times as slowly: only what may be malformed is looked at twice.
  const text = lossy.decode(bytes);
  if (!text.includes(REPLACEMENT)) return text;
  try {
    return strict.decode(bytes);
  } catch {
    return undefined; // The engine's error says only "invalid".
  }
}

/** Bytes as text, if each of them becomes one unit: what is found at an index of the text is there in the bytes, too. */
export function plainText(bytes: Uint8Array): string | undefined {
  const text = lossy.decode(bytes);
  return text.length === bytes.length ? text : undefined;
}

/** True ISO 8859-1: the encoding that WHATWG calls "latin1" is windows-1252 and changes 0x80 to 0x9f. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  // In slices: `apply` takes its arguments on the stack.
  for (let at = 0; at < bytes.length; at += 4_096) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 4_096) as unknown as number[]);
  }
  return text;
}

/** Where the first malformed sequence starts: behind the characters of the longest prefix that decodes. */
function firstInvalid(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decodeBeginning(bytes.subarray(0, middle)) === undefined) invalid = middle;
    else valid = middle;
  }
  return encoder.encode(decodeBeginning(bytes.subarray(0, valid))).length;
}

/** The whole characters of the beginning of a text; a sequence that is cut at the end is not malformed yet. */
function decodeBeginning(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined; // Malformed: the answer to the question.
  }
}
