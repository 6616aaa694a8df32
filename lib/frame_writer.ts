/**
 * Where an encoder puts its bytes.
 *
 * Small pieces gather in one block; what is large is passed on as it is. Nothing leaves before the whole frame is there,
 * so a frame that turns out to be too large leaves nothing behind.
 *
 * @module
 */

import { checkString, checkUint8Array } from "./arguments.ts";

/** A writer copies what is below 16 KiB and keeps what is not: pieces of this block must be copied. */
const BLOCK = 8_192;

/** From here on a copy costs more than one more piece. */
const PASS_ON = 2_048;

const encoder: TextEncoder = new TextEncoder();
const number: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(8));
const numberBytes: Uint8Array<ArrayBuffer> = new Uint8Array(number.buffer);

/**
 * Gathers the bytes of frames.
 *
 * What appends returns the writer itself, for the next field. Integers outside their range are a `RangeError`, values of another
 * type a `TypeError`. Unsigned (`u`), signed (`i`, two's complement) or IEEE 754 (`f`), by bits; big endian, unless the name
 * ends in `le`.
 *
 * @example Encode a length and a text
 * ```ts
 * import assert from "node:assert/strict";
 * import { FrameWriter } from "@hawser/net/codecs";
 *
 * const out = new FrameWriter();
 * out.u16(2).text("hi");
 * assert.deepEqual(out.finish(), [new Uint8Array([0, 2, 0x68, 0x69])]);
 * ```
 */
export class FrameWriter {
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(BLOCK);
  #from = 0;
  #to = 0;
  #pieces: Uint8Array[] = [];

  /**
   * Appends bytes; a large array is passed on, not copied, and must not change until it is sent.
   *
   * @param data The bytes.
   * @returns Itself.
   * @throws {TypeError} Not a `Uint8Array`.
   */
  bytes(data: Uint8Array): this {
    checkUint8Array("frame bytes", data);
    if (data.length >= PASS_ON) {
      this.#seal();
      this.#pieces.push(data);
      return this;
    }
    this.#makeRoom(data.length);
    this.#block.set(data, this.#to);
    this.#to += data.length;
    return this;
  }

  /** Appends text as UTF-8. */
  text(text: string): this {
    checkString("text", text);
    if (text.length * 3 >= PASS_ON) return this.bytes(encoder.encode(text));
    this.#makeRoom(text.length * 3);
    this.#to += encoder.encodeInto(text, this.#block.subarray(this.#to)).written;
    return this;
  }

  /** Appends 1 byte, 0 to 255. */
  u8(value: number): this {
    return this.#unsigned(value, 1, false);
  }

  /** Appends 2 bytes. */
  u16(value: number): this {
    return this.#unsigned(value, 2, false);
  }

  /** Appends 2 bytes, little endian. */
  u16le(value: number): this {
    return this.#unsigned(value, 2, true);
  }

  /** Appends 4 bytes. */
  u32(value: number): this {
    return this.#unsigned(value, 4, false);
  }

  /** Appends 4 bytes, little endian. */
  u32le(value: number): this {
    return this.#unsigned(value, 4, true);
  }

  /** Appends 8 bytes. */
  u64(value: bigint): this {
    return this.#unsigned64(value, false);
  }

  /** Appends 8 bytes, little endian. */
  u64le(value: bigint): this {
    return this.#unsigned64(value, true);
  }

  /** Appends 1 byte, -128 to 127. */
  i8(value: number): this {
    return this.#signed(value, 1, false);
  }

  /** Appends 2 bytes, signed. */
  i16(value: number): this {
    return this.#signed(value, 2, false);
  }

  /** Appends 2 bytes, signed, little endian. */
  i16le(value: number): this {
    return this.#signed(value, 2, true);
  }

  /** Appends 4 bytes, signed. */
  i32(value: number): this {
    return this.#signed(value, 4, false);
  }

  /** Appends 4 bytes, signed, little endian. */
  i32le(value: number): this {
    return this.#signed(value, 4, true);
  }

  /** Appends 8 bytes, signed. */
  i64(value: bigint): this {
    return this.#signed64(value, false);
  }

  /** Appends 8 bytes, signed, little endian. */
  i64le(value: bigint): this {
    return this.#signed64(value, true);
  }

  /** Appends an IEEE 754 number of 4 bytes. */
  f32(value: number): this {
    return this.#float(value, 4, false);
  }

  /** Appends an IEEE 754 number of 4 bytes, little endian. */
  f32le(value: number): this {
    return this.#float(value, 4, true);
  }

  /** Appends an IEEE 754 number of 8 bytes. */
  f64(value: number): this {
    return this.#float(value, 8, false);
  }

  /** Appends an IEEE 754 number of 8 bytes, little endian. */
  f64le(value: number): this {
    return this.#float(value, 8, true);
  }

  /** Appends an unsigned LEB128 number of 1 to 8 bytes, as in Protocol Buffers. */
  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      checkNumber(value);
      throw new RangeError(`Cannot encode ${value} as a varint: it must be a whole number from 0 to 2 ** 53 - 1`);
    }
    this.#makeRoom(8);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#block[this.#to++] = (rest % 128) | 0x80;
    this.#block[this.#to++] = rest;
    return this;
  }

  /**
   * Appends an unsigned number of a width that is known only at run time.
   *
   * @internal
   */
  unsigned(value: number, width: number, littleEndian: boolean): this {
    return this.#unsigned(value, width, littleEndian);
  }

  /**
   * What has gathered, for one `write`; the writer starts over.
   *
   * @returns The pieces in order; those below 16 KiB are valid until the next frame.
   */
  finish(): Uint8Array[] {
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#from = this.#to = 0;
    return pieces;
  }

  /** Forgets what has gathered. */
  discard(): void {
    this.#pieces = [];
    this.#from = this.#to = 0;
  }

  #unsigned(value: number, width: number, littleEndian: boolean): this {
    const end = width > 6 ? Number.MAX_SAFE_INTEGER + 1 : 256 ** width;
    if (!Number.isInteger(value) || value < 0 || value >= end) {
      checkNumber(value);
      throw new RangeError(`Cannot encode ${value} in ${width} bytes: it must be a whole number from 0 to ${end - 1}`);
    }
    this.#makeRoom(width);
    let rest = value;
    for (let i = 0; i < width; i++) {
      this.#block[this.#to + (littleEndian ? i : width - 1 - i)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    this.#to += width;
    return this;
  }

  #signed(value: number, width: number, littleEndian: boolean): this {
    const half = 256 ** width / 2;
    if (!Number.isInteger(value) || value < -half || value >= half) {
      checkNumber(value);
      const range = `from ${-half} to ${half - 1}`;
      throw new RangeError(`Cannot encode ${value} in ${width} bytes: it must be a whole number ${range}`);
    }
    return this.#unsigned(value < 0 ? value + 2 * half : value, width, littleEndian);
  }

  #float(value: number, width: 4 | 8, littleEndian: boolean): this {
    checkNumber(value);
    if (width === 4) number.setFloat32(0, value, littleEndian);
    else number.setFloat64(0, value, littleEndian);
    return this.bytes(numberBytes.subarray(0, width));
  }

  #unsigned64(value: bigint, littleEndian: boolean): this {
    checkBigInt(value);
    if (BigInt.asUintN(64, value) !== value) {
      throw new RangeError(`Cannot encode ${value} in 8 bytes: it must be from 0 to 2 ** 64 - 1`);
    }
    number.setBigUint64(0, value, littleEndian);
    return this.bytes(numberBytes);
  }

  #signed64(value: bigint, littleEndian: boolean): this {
    checkBigInt(value);
    if (BigInt.asIntN(64, value) !== value) {
      throw new RangeError(`Cannot encode ${value} in 8 bytes: it must be from -(2 ** 63) to 2 ** 63 - 1`);
    }
    number.setBigInt64(0, value, littleEndian);
    return this.bytes(numberBytes);
  }

  #makeRoom(bytes: number): void {
    if (this.#to + bytes <= BLOCK) return;
    this.#seal();
    this.#block = new Uint8Array(BLOCK);
    this.#from = this.#to = 0;
  }

  #seal(): void {
    if (this.#to > this.#from) this.#pieces.push(this.#block.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}

function checkNumber(value: unknown): void {
  if (typeof value === "number") return;
  throw new TypeError(`Cannot encode a value of type ${typeof value}: it must be a number`);
}

function checkBigInt(value: unknown): void {
  if (typeof value === "bigint") return;
  throw new TypeError(`Cannot encode a value of type ${typeof value} in 8 bytes: it must be a bigint`);
}
