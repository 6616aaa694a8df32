import type { ByteQueue } from "../byte_queue.ts";
import type { Codec, Decoder, Encoder } from "../codec.ts";
import { DecodeError } from "../errors.ts";
import { jsonErrorOffset } from "./json_error_offset.ts";
import { checkLinesOptions, LineFrames, type LinesOptions } from "./line_frames.ts";

const encoder: TextEncoder = new TextEncoder();

/**
 * JSON, one value a line (NDJSON, JSON Lines). Blank lines are passed over. Finds the next value after a malformed one.
 *
 * @param options The limit of a line.
 * @returns The codec. What JSON has no text for (`undefined`, a function) cannot be encoded.
 * @throws {TypeError} Wrong options; a number out of range is a `RangeError`.
 * @example Values, and where one is malformed
 * ```ts
 * import assert from "node:assert/strict";
 * import { DecodeError } from "@hawser/net";
 * import { decodeAll, encodeAll, jsonLines } from "@hawser/net/codecs";
 *
 * const bytes = encodeAll([{ id: 1 }, null, "text"], jsonLines());
 * assert.deepEqual(decodeAll([bytes], jsonLines()), [{ id: 1 }, null, "text"]);
 *
 * const malformed = new TextEncoder().encode('{"id": 1,}\n');
 * assert.throws(() => decodeAll([malformed], jsonLines()), (error) => DecodeError.is(error) && error.offset === 9);
 * ```
 */
export function jsonLines<T = unknown>(options: Omit<LinesOptions, "encoding"> = {}): Codec<T> {
  checkLinesOptions(options);
  if ("encoding" in options) throw new TypeError("Cannot use an encoding: JSON is UTF-8");
  const values: Encoder<T> = { encode: (value, out) => void out.text(textOf(value)).text("\n") };
  return { name: "jsonLines", decoder: () => new JsonFrames<T>(options), encoder: () => values };
}

class JsonFrames<T> implements Decoder<T> {
  readonly recovers = true;
  readonly #lines: LineFrames;

  constructor(options: LinesOptions) {
    this.#lines = new LineFrames(options, true);
  }

  decode(buffer: ByteQueue): T | undefined {
    const line = this.#lines.decode(buffer);
    return line === undefined ? undefined : parse<T>(line);
  }

  end(buffer: ByteQueue): T | undefined {
    const line = this.#lines.end(buffer);
    return line === undefined ? undefined : parse<T>(line);
  }
}

function parse<T>(line: string): T {
  try {
    return JSON.parse(line);
  } catch {
    // The engines' messages differ, and not all say where: ours does, in bytes.
    const offset = encoder.encode(line.slice(0, jsonErrorOffset(line))).length;
    throw new DecodeError("a line: it is not JSON", encoder.encode(line), offset);
  }
}

function textOf(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`Cannot encode a value of type ${typeof value} as JSON`);
  return text;
}
