import { checkCount, checkUint8Array } from "../arguments.ts";
import type { Codec, Decoder, Encoder } from "../codec.ts";
import type { Bytes } from "../read_options.ts";

/**
 * Frames that all have the same size.
 *
 * @param bytes The size, 1 or more.
 * @returns The codec. A frame of another size cannot be encoded.
 * @throws {RangeError} A size below 1.
 * @example Records of 4 bytes
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeAll, fixed } from "@hawser/net/codecs";
 *
 * const chunks = [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 6, 7, 8])];
 * assert.deepEqual(decodeAll(chunks, fixed(4)), [new Uint8Array([1, 2, 3, 4]), new Uint8Array([5, 6, 7, 8])]);
 * ```
 */
export function fixed(bytes: number): Codec<Bytes, Uint8Array> {
  checkCount("bytes", bytes);
  if (bytes === 0) throw new RangeError("Cannot use frames of 0 bytes: they must have at least 1");
  const decoder: Decoder<Bytes> = {
    needed: bytes,
    decode: (buffer) => buffer.length < bytes ? undefined : buffer.take(bytes),
  };
  const encoder: Encoder<Uint8Array> = {
    encode(frame, out) {
      checkUint8Array("a frame", frame);
      if (frame.length === bytes) return void out.bytes(frame);
      throw new RangeError(`Cannot encode a frame of ${frame.length} bytes: it must have ${bytes}`);
    },
  };
  return { name: "fixed", decoder: () => decoder, encoder: () => encoder };
}
