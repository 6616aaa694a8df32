import { checkBoolean, checkBytes, checkChoice, checkCount, checkOptions, checkUint8Array } from "../arguments.ts";
import type { ByteQueue } from "../byte_queue.ts";
import type { Codec, Decoder, Encoder } from "../codec.ts";
import { DecodeError, LimitExceededError } from "../errors.ts";
import type { FrameWriter } from "../frame_writer.ts";
import type { Bytes } from "../read_options.ts";
import { PlainPrefixDecoder } from "./plain_prefix.ts";

/** A message that one frame may be, when the caller does not say. */
const FRAME_LIMIT = 16_777_216;

/** A varint of more bytes is no safe integer. */
const VARINT_BYTES = 8;

/** Options of `lengthPrefixed`: where the length is, and what it counts. */
export interface LengthPrefixedOptions {
  /**
   * Bytes of the length, 1 to 8, or `"varint"` (unsigned LEB128, as in Protocol Buffers and libp2p).
   *
   * @default {4}
   */
  lengthBytes?: number | "varint" | undefined;
  /**
   * The order of its bytes.
   *
   * @default {"big"}
   */
  endian?: "big" | "little" | undefined;
  /**
   * Bytes in front of the length.
   *
   * @default {0}
   */
  offset?: number | undefined;
  /**
   * Added to the length to get the bytes of the frame (those behind `skip`); negative where it counts more than the frame.
   *
   * @default {0}
   */
  adjustment?: number | undefined;
  /**
   * The length counts every byte from the start, the header too: short for the `adjustment` that takes off what is no part
   * of the frame.
   *
   * @default {false}
   */
  includesHeader?: boolean | undefined;
  /**
   * Bytes from the start that are no part of the frame. 0 keeps the header in it, which can then only be decoded.
   *
   * @default {the bytes up to the end of the length}
   */
  skip?: number | undefined;
  /**
   * The most bytes of one frame, either way; a longer one is a `LimitExceededError` before its bytes have arrived.
   *
   * @default {16777216}
   */
  limit?: number | undefined;
  /**
   * Lends the memory of a frame until the next one is received, instead of giving it.
   *
   * @default {false}
   */
  borrow?: boolean | undefined;
}

/** The options with their defaults. */
interface Layout {
  readonly width: number | "varint";
  readonly little: boolean;
  readonly offset: number;
  readonly adjustment: number;
  readonly skip: number | undefined;
  readonly limit: number;
  readonly borrow: boolean;
}

/**
 * Frames with their length in front. Known as `LengthDelimitedCodec` in tokio, `LengthFieldBasedFrameDecoder` in Netty.
 *
 * @param options Where the length is, and what it counts.
 * @returns The codec. Bytes that are no part of the frame are sent as zeros.
 * @throws {TypeError} Wrong options, or some that do not go together; a number out of range is a `RangeError`.
 * @example 2 bytes, little endian
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeAll, encodeAll, lengthPrefixed } from "@hawser/net/codecs";
 *
 * const codec = lengthPrefixed({ lengthBytes: 2, endian: "little" });
 * const bytes = encodeAll([new Uint8Array([7, 8, 9])], codec);
 * assert.deepEqual(bytes, new Uint8Array([3, 0, 7, 8, 9]));
 * assert.deepEqual(decodeAll([bytes.subarray(0, 1), bytes.subarray(1)], codec), [new Uint8Array([7, 8, 9])]);
 * ```
 */
export function lengthPrefixed(options: LengthPrefixedOptions = {}): Codec<Bytes, Uint8Array> {
  const layout = layoutOf(options);
  return {
    name: "lengthPrefixed",
    decoder: () => decoderOf(layout),
    encoder: () => new LengthPrefixedEncoder(layout),
  };
}

function layoutOf(options: LengthPrefixedOptions): Layout {
  checkOptions(options);
  const { lengthBytes: width = 4, endian = "big", offset = 0, skip, limit = FRAME_LIMIT, borrow = false } = options;
  if (width !== "varint") {
    checkCount("lengthBytes", width);
    if (width < 1 || width > 8) throw new RangeError(`Cannot use lengthBytes ${width}: it must be 1 to 8, or "varint"`);
  }
  checkChoice("endian", endian, ["big", "little"]);
  checkCount("offset", offset);
  if (skip !== undefined) checkCount("skip", skip);
  checkBytes("limit", limit);
  checkBoolean("includesHeader", options.includesHeader);
  checkBoolean("borrow", borrow);
  const adjustment = adjustmentOf(options, width, offset);
  return { width, little: endian === "little", offset, adjustment, skip, limit, borrow };
}

function adjustmentOf(options: LengthPrefixedOptions, width: number | "varint", offset: number): number {
  const { adjustment = 0, includesHeader = false, skip } = options;
  if (typeof adjustment !== "number") {
    throw new TypeError(`Cannot use adjustment of type ${typeof adjustment}: it must be a number`);
  }
  if (!Number.isSafeInteger(adjustment)) {
    throw new RangeError(`Cannot use adjustment ${adjustment}: it must be a whole number of bytes`);
  }
  if (width !== "varint") return includesHeader ? adjustment - (skip ?? offset + width) : adjustment;
  const fixed = includesHeader ? "includesHeader" : skip !== undefined ? "skip" : undefined;
  if (fixed === undefined) return adjustment;
  throw new TypeError(`Cannot use ${fixed} with lengthBytes "varint": the size of the header varies`);
}

function decoderOf(layout: Layout): Decoder<Bytes> {
  const { width, little, offset, adjustment, skip, limit, borrow } = layout;
  const bare = !little && offset === 0 && adjustment === 0 && (skip === undefined || skip === width);
  if (bare && (width === 2 || width === 4)) return new PlainPrefixDecoder({ width, limit, borrow });
  return new LengthPrefixedDecoder(layout);
}

class LengthPrefixedDecoder implements Decoder<Bytes> {
  needed = 0;
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  decode(buffer: ByteQueue): Bytes | undefined {
    const { width, offset, adjustment, limit, borrow } = this.#layout;
    const header = width === "varint" ? varintEnd(buffer, offset) : offset + width;
    if (buffer.length < header) return this.#need(header);
    const announced = width === "varint" ? varintAt(buffer, offset, header) : this.#length(buffer, offset, width);
    const bytes = announced + adjustment;
    if (bytes < 0) throw malformed(buffer, header, `its length of ${announced} is below ${-adjustment}`);
    const skip = this.#layout.skip ?? header;
    if (skip + bytes < header) throw malformed(buffer, header, `its length of ${announced} ends inside the header`);
    if (bytes > limit) throw new LimitExceededError(`a frame of ${bytes} bytes`, limit);
    if (!(bytes <= Number.MAX_SAFE_INTEGER)) throw malformed(buffer, header, "its length is above 2 ** 53 - 1");
    const total = skip + bytes;
    if (buffer.length < total) return this.#need(total);
    buffer.drop(skip);
    const frame = borrow ? buffer.lend(bytes) : buffer.take(bytes);
    this.needed = 0;
    return frame;
  }

  #need(bytes: number): undefined {
    this.needed = bytes === Infinity ? 0 : bytes;
    return undefined;
  }

  #length(buffer: ByteQueue, offset: number, width: number): number {
    const { little } = this.#layout;
    let length = 0;
    for (let i = 0; i < width; i++) length = length * 256 + buffer.at(offset + (little ? width - 1 - i : i));
    return length;
  }
}

/** Where a varint ends; `Infinity` while it is not all here. */
function varintEnd(buffer: ByteQueue, offset: number): number {
  for (let at = offset; at < buffer.length; at++) {
    if (buffer.at(at) < 0x80) return at + 1;
    if (at - offset + 1 === VARINT_BYTES) throw malformed(buffer, at + 1, "its length is above 2 ** 53 - 1");
  }
  return Infinity;
}

function varintAt(buffer: ByteQueue, offset: number, end: number): number {
  let length = 0;
  for (let at = end - 1; at >= offset; at--) length = length * 128 + buffer.at(at) % 128;
  return length;
}

function malformed(buffer: ByteQueue, header: number, why: string): DecodeError {
  return new DecodeError(`a frame: ${why}`, buffer.peek(header).slice(), 0);
}

class LengthPrefixedEncoder implements Encoder<Uint8Array> {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  encode(frame: Uint8Array, out: FrameWriter): void {
    const { width, little, offset, adjustment, skip, limit } = this.#layout;
    checkUint8Array("a frame", frame);
    if (frame.length > limit) throw new LimitExceededError(`a frame of ${frame.length} bytes`, limit);
    const header = width === "varint" ? undefined : offset + width;
    const unused = header === undefined || skip === undefined ? 0 : skip - header;
    if (unused < 0) throw new TypeError(`Cannot encode a frame with skip ${skip}: the length would be a part of it`);
    out.bytes(new Uint8Array(offset));
    if (width === "varint") out.varint(frame.length - adjustment);
    else out.unsigned(frame.length - adjustment, width, little);
    out.bytes(new Uint8Array(unused)).bytes(frame);
  }
}
