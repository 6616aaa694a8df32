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

/** Strict, and a BOM stays: a chunk boundary is no beginning of a text. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const encoder: TextEncoder = new TextEncoder();

/**
 * Takes the next line, without its LF or CRLF.
 *
 * @param limit The most bytes before the LF or CRLF, exact under every chunking.
 * @returns `undefined` when the line is not complete yet: nothing was taken.
 * @throws {LimitExceededError} The line is longer: nothing was taken.
 * @throws {DecodeError} The line is not UTF-8: it was taken, the error carries its bytes.
 */
export function takeLine(queue: ByteQueue, limit: number, encoding: LineEncoding): string | undefined {
  const end = queue.indexOf(LF);
  const length = lineLength(queue, end === -1 ? queue.length : end);
  if (length > limit) throw new LimitExceededError("a line", limit);
  if (end === -1) return undefined;
  const text = decodeLine(queue, length, end + 1, encoding);
  return text;
}

/** Takes what is left when the stream ended inside a line; a lone CR is part of it. */
export function takeTail(queue: ByteQueue, limit: number, encoding: LineEncoding): string {
  if (queue.length > limit) throw new LimitExceededError("a line", limit);
  return decodeLine(queue, queue.length, queue.length, encoding);
}

/** Bytes of the line without a CR at its end: that may be, or become, half of the CRLF. */
function lineLength(queue: ByteQueue, end: number): number {
  return end > 0 && queue.at(end - 1) === CR ? end - 1 : end;
}

function decodeLine(queue: ByteQueue, length: number, consumed: number, encoding: LineEncoding): string {
  const bytes = queue.peek(length);
  if (encoding === "latin1") {
    const text = latin1(bytes);
    queue.drop(consumed);
    return text;
  }
  try {
    const text = utf8.decode(bytes);
    queue.drop(consumed);
    return text;
  } catch {
    // The engine's error says only "invalid": ours says where, and carries the bytes.
    const copy = bytes.slice();
    queue.drop(consumed);
    throw new DecodeError("a line: it is not UTF-8", copy, firstInvalid(copy));
  }
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
