/** The protocol of PostgreSQL (version 3) as a generator: as much of it as a query needs. */
import { type Codec, defineCodec, type FrameReader, type FrameStep } from "../lib/codecs/mod.ts";

/** A message: its letter, and what it says. */
export interface Message {
  /** `"Q"` is a query, `"D"` a row, … Only the first message of a client has none. */
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Protocol 3.0. */
const VERSION = 196_608;

/** 1234 and 5679: a version that will never be. */
const SSL_REQUEST = 80_877_103;

/** The length counts itself, but not the letter before it. */
function* message(reader: FrameReader): FrameStep<Message> {
  const type = String.fromCharCode(yield* reader.u8());
  const body = yield* reader.bytes((yield* reader.u32()) - 4);
  return { type, body };
}

/** Both ways. */
export const postgres: Codec<Message, Message> = defineCodec(message, {
  encode({ type, body }: Message, out): void {
    out.text(type).u32(body.length + 4).bytes(body);
  },
});

/** Asks whether TLS may begin; the answer is one letter. */
export const sslRequest: Message = { type: "", body: numbers(SSL_REQUEST) };

/** The first message: who it is, and which database. */
export function startup(user: string, database: string): Message {
  const names = encoder.encode(`user\0${user}\0database\0${database}\0\0`);
  return { type: "", body: new Uint8Array([...numbers(VERSION), ...names]) };
}

/** A query in one text. */
export function query(text: string): Message {
  return { type: "Q", body: encoder.encode(`${text}\0`) };
}

/** The goodbye of a client. */
export const terminate: Message = { type: "X", body: new Uint8Array(0) };

/** The columns of a row, as text. */
export function columns({ body }: Message): (string | null)[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const all: (string | null)[] = [];
  for (let left = view.getInt16(0), at = 2; left > 0; left--) {
    const length = view.getInt32(at);
    at += 4;
    all.push(length < 0 ? null : decoder.decode(body.subarray(at, at + length)));
    at += Math.max(length, 0);
  }
  return all;
}

/** The fields of an error by their letters: `C` is its code, `M` what it says. */
export function fields({ body }: Message): Record<string, string> {
  return Object.fromEntries(decoder.decode(body).split("\0").filter(Boolean).map((text) => [text[0], text.slice(1)]));
}

function numbers(...values: number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setUint32(4 * i, value));
  return new Uint8Array(view.buffer);
}
