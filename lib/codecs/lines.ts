import { checkChoice } from "../arguments.ts";
import type { Codec, Encoder } from "../codec.ts";
import type { FrameWriter } from "../frame_writer.ts";
import type { LineEncoding } from "../line_decoder.ts";
import { checkLinesOptions, LineFrames, type LinesOptions } from "./line_frames.ts";

/** With the `u` flag a pair is one character, and only half of one matches. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** Options of `lines`. */
export interface TextLinesOptions extends LinesOptions {
  /**
   * What ends a line that is sent.
   *
   * @default {"\n"}
   */
  terminator?: "\n" | "\r\n" | undefined;
}

/**
 * Text lines: LF or CRLF in, `terminator` out. Finds the next line after one that is too long or malformed.
 *
 * @param options Limit, encoding, terminator.
 * @returns The codec. What would not come back as the same line cannot be encoded: a text with a line end in it, one that
 * ends with a CR, one with a character that the encoding lacks.
 * @throws {TypeError} Wrong options; a number out of range is a `RangeError`.
 * @example Lines of any chunking
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeAll, lines } from "@hawser/net/codecs";
 *
 * const chunks = ["220 re", "ady\r", "\n250 ok\n"].map((text) => new TextEncoder().encode(text));
 * assert.deepEqual(decodeAll(chunks, lines()), ["220 ready", "250 ok"]);
 * ```
 */
export function lines(options: TextLinesOptions = {}): Codec<string> {
  checkLinesOptions(options);
  checkChoice("terminator", options.terminator, ["\n", "\r\n"]);
  const { encoding = "utf-8", terminator = "\n" } = options;
  const encoder: Encoder<string> = { encode: (line, out) => encodeLine(line, encoding, terminator, out) };
  return { name: "lines", decoder: () => new LineFrames(options), encoder: () => encoder };
}

function encodeLine(line: unknown, encoding: LineEncoding, terminator: string, out: FrameWriter): void {
  if (typeof line !== "string") {
    throw new TypeError(`Cannot encode a value of type ${typeof line} as a line: it must be text`);
  }
  if (line.includes("\n") || line.endsWith("\r")) {
    throw new TypeError("Cannot encode a text as a line: it has a line end in it");
  }
  if (encoding === "utf-8") {
    if (LONE_SURROGATE.test(line)) {
      throw new TypeError("Cannot encode a text as UTF-8: it has half a surrogate pair in it");
    }
    out.text(line);
  } else {
    out.bytes(latin1Bytes(line));
  }
  out.text(terminator);
}

function latin1Bytes(line: string): Uint8Array {
  const bytes = new Uint8Array(line.length);
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code > 0xff) throw new TypeError("Cannot encode a text as latin1: it has a character above U+00FF");
    bytes[i] = code;
  }
  return bytes;
}
