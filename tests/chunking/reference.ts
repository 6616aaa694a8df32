/**
 * What reads must give, computed from the whole byte string: no chunk, no buffer, nothing that could go wrong between two.
 */
import type { Outcome, Read } from "./reads.ts";
import { decodeUtf8 } from "./utf8.ts";

const CR = 0x0d;
const LF: Uint8Array<ArrayBuffer> = new Uint8Array([0x0a]);

/** Where a Reader must be in a byte string, and what it must answer. */
export class Reference {
  at = 0;
  /** The stream ended where it must not: the connection is over. */
  over = false;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get rest(): Uint8Array {
    return this.#bytes.slice(this.at);
  }

  /**
   * @param seen What only the chunking decides: the size of the chunk that `read` gave, the bytes that were here for
   * `tryReadLine`.
   */
  expect(read: Read, seen: number): Outcome {
    const { rest } = this;
    switch (read.call) {
      case "read":
        return { value: rest.length === 0 ? null : this.#take(Math.max(1, Math.min(seen, read.atMost, rest.length))) };
      case "readExactly":
        if (read.bytes > read.limit) return { limit: read.limit };
        return rest.length < read.bytes ? this.#unexpectedEnd(read.bytes) : { value: this.#take(read.bytes) };
      case "readUntil":
        return this.#readUntil(read);
      case "readLine":
        return this.#readLine(read);
      case "readAll":
        return rest.length > read.limit ? { limit: read.limit } : { value: this.#take(rest.length) };
      case "peek":
        if (read.bytes > read.limit) return { limit: read.limit };
        return { value: rest.length === 0 ? null : rest.slice(0, read.bytes) };
      case "skip":
        return this.#skip(read.bytes);
      case "skipUntil":
        return this.#skipUntil(read.delimiter);
      case "chunks":
        return this.#chunks(read.bytes);
      case "tryReadLine":
        return this.#tryReadLine(read, seen);
    }
  }

  #readUntil(read: Read & { call: "readUntil" }): Outcome {
    const { rest } = this;
    const found = find(rest, read.delimiter);
    if (found !== -1) {
      if (found > read.limit) return { limit: read.limit };
      const value = this.#take(found);
      this.at += read.delimiter.length;
      return { value };
    }
    if (rest.length - beginning(rest, read.delimiter) > read.limit) return { limit: read.limit };
    return this.#ended(read, () => ({ value: this.#take(rest.length) }));
  }

  #readLine(read: Read & { call: "readLine" }): Outcome {
    const { rest } = this;
    const found = find(rest, LF);
    const length = withoutCr(found === -1 ? rest : rest.slice(0, found)).length;
    if (length > read.limit) return { limit: read.limit };
    if (found === -1) return this.#ended(read, () => text(this.#take(rest.length), read.encoding));
    const line = this.#take(length);
    this.at += found + 1 - length;
    return text(line, read.encoding);
  }

  /** There is no delimiter in what is left. */
  #ended(read: { required: boolean; allowUnterminated: boolean; limit: number }, tail: () => Outcome): Outcome {
    const { length } = this.rest;
    if (length === 0) return read.required ? this.#unexpectedEnd(undefined) : { value: null };
    if (!read.allowUnterminated) return this.#unexpectedEnd(undefined);
    return length > read.limit ? { limit: read.limit } : tail();
  }

  #skip(bytes: number): Outcome {
    if (this.rest.length >= bytes) return (this.#take(bytes), { value: undefined });
    this.#take(this.rest.length); // Dropped as they came.
    return this.#unexpectedEnd(bytes);
  }

  #skipUntil(delimiter: Uint8Array): Outcome {
    const found = find(this.rest, delimiter);
    if (found !== -1) return (this.#take(found + delimiter.length), { value: undefined });
    this.#take(Math.max(0, this.rest.length - delimiter.length + 1)); // What cannot be the beginning of it.
    return this.#unexpectedEnd(undefined);
  }

  #chunks(bytes: number): Outcome {
    const before = this.#take(Math.min(bytes, this.rest.length));
    return before.length === bytes ? { value: before } : { ...this.#unexpectedEnd(bytes), before };
  }

  #tryReadLine(read: Read & { call: "tryReadLine" }, buffered: number): Outcome {
    const here = this.rest.slice(0, buffered);
    const found = find(here, LF);
    const length = withoutCr(found === -1 ? here : here.slice(0, found)).length;
    if (length > read.limit) return { limit: read.limit };
    if (found === -1) return { value: undefined };
    this.#take(found + 1);
    return text(here.slice(0, length), read.encoding);
  }

  #take(bytes: number): Uint8Array {
    this.at += bytes;
    return this.#bytes.slice(this.at - bytes, this.at);
  }

  #unexpectedEnd(expected: number | undefined): Outcome & { unexpectedEnd: true } {
    const partial = this.#take(this.rest.length);
    this.over = true;
    return { unexpectedEnd: true, expected, partial };
  }
}

function find(bytes: Uint8Array, needle: Uint8Array): number {
  for (let at = 0; at + needle.length <= bytes.length; at++) {
    if (needle.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/** How many of the last bytes could become the needle, if more came. */
function beginning(bytes: Uint8Array, needle: Uint8Array): number {
  for (let size = Math.min(needle.length - 1, bytes.length); size > 0; size--) {
    if (needle.slice(0, size).every((byte, i) => bytes[bytes.length - size + i] === byte)) return size;
  }
  return 0;
}

function withoutCr(line: Uint8Array): Uint8Array {
  return line.at(-1) === CR ? line.slice(0, -1) : line;
}

function text(line: Uint8Array, encoding: "utf-8" | "latin1"): Outcome {
  if (encoding === "latin1") return { value: Array.from(line, (byte) => String.fromCharCode(byte)).join("") };
  const decoded = decodeUtf8(line);
  if ("text" in decoded) return { value: decoded.text };
  const offset = decoded.malformedAt;
  return { malformed: line, offset, excerpt: line.slice(offset, offset + 16) };
}
