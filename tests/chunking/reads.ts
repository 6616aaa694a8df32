/**
 * One read as data, and what a Reader makes of it.
 */
import {
  ConnectionAbortedError,
  DecodeError,
  LimitExceededError,
  type LineEncoding,
  type Reader,
  type WaitOptions,
} from "../../mod.ts";

interface Unterminated {
  limit: number;
  required: boolean;
  allowUnterminated: boolean;
}

/** One call, with all that it depends on. */
export type Read =
  | { call: "read"; atMost: number }
  | { call: "readExactly"; bytes: number; limit: number }
  | { call: "readUntil"; delimiter: Uint8Array } & Unterminated
  | { call: "readLine"; encoding: LineEncoding } & Unterminated
  | { call: "readAll"; limit: number }
  | { call: "peek"; bytes: number; limit: number }
  | { call: "skip"; bytes: number }
  | { call: "skipUntil"; delimiter: Uint8Array }
  | { call: "chunks"; bytes: number }
  | { call: "tryReadLine"; encoding: LineEncoding; limit: number };

/** What came of it, so that two can be compared. */
export type Outcome =
  | { value: unknown }
  | { limit: number }
  | { malformed: Uint8Array; offset: number; excerpt: Uint8Array }
  | { unexpectedEnd: true; expected: number | undefined; partial: Uint8Array | undefined; before?: Uint8Array };

/** Runs a read; whatever it throws that is no promise of the contract stays an exception. */
export async function outcomeOf(reader: Reader, read: Read, options?: WaitOptions): Promise<Outcome> {
  const before: Uint8Array[] = [];
  try {
    return { value: await run(reader, read, before, options) };
  } catch (error) {
    return { ...failure(error), ...(read.call === "chunks" && { before: concat(before) }) };
  }
}

/** The facts of an error. */
export function failure(error: unknown): Outcome {
  if (LimitExceededError.is(error)) return { limit: error.limit };
  if (DecodeError.is(error)) return { malformed: error.bytes, offset: error.offset, excerpt: error.excerpt };
  if (!ConnectionAbortedError.is(error) || error.reason !== "unexpected-end") throw error;
  return { unexpectedEnd: true, expected: error.expected, partial: error.partial };
}

function run(reader: Reader, read: Read, pieces: Uint8Array[], options?: WaitOptions): unknown {
  switch (read.call) {
    case "read":
      return reader.read({ ...options, atMost: read.atMost });
    case "readExactly":
      return reader.readExactly(read.bytes, { ...options, limit: read.limit });
    case "readUntil":
      return reader.readUntil(read.delimiter, { ...options, ...terms(read) });
    case "readLine":
      return reader.readLine({ ...options, ...terms(read), encoding: read.encoding });
    case "readAll":
      return reader.readAll({ ...options, limit: read.limit });
    case "peek":
      return reader.peek(read.bytes, { ...options, limit: read.limit });
    case "skip":
      return reader.skip(read.bytes);
    case "skipUntil":
      return reader.skipUntil(read.delimiter, options);
    case "chunks":
      return collect(reader, read.bytes, pieces);
    case "tryReadLine":
      return reader.tryReadLine({ encoding: read.encoding, limit: read.limit });
  }
}

function terms({ limit, required, allowUnterminated }: Unterminated): Unterminated {
  return { limit, required, allowUnterminated };
}

async function collect(reader: Reader, bytes: number, pieces: Uint8Array[]): Promise<Uint8Array> {
  for await (const piece of reader.chunks(bytes)) {
    if (piece.length === 0) throw new Error("an empty chunk");
    pieces.push(piece);
  }
  return concat(pieces);
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
