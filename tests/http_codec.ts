/** HTTP/1.1 of a client as a generator: bodies with a length, and chunked ones. */
import { type Codec, defineCodec, type FrameReader, type FrameStep } from "../lib/codecs/mod.ts";
import { concat } from "./chunking/reads.ts";

/** What a client asks for. */
export interface HttpRequest {
  readonly path: string;
  readonly headers?: Record<string, string>;
}

/** What a server answers. */
export interface HttpResponse {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
}

function* response(reader: FrameReader): FrameStep<HttpResponse> {
  const start = yield* reader.line();
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(start) ?? [];
  if (status === undefined) throw new Error(`Cannot decode a response: it begins with ${JSON.stringify(start)}`);
  const headers = new Map<string, string>();
  for (;;) {
    const line = yield* reader.line("latin1");
    if (line === "") break;
    const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line)!;
    headers.set(name!.toLowerCase(), value!);
  }
  const body = headers.get("transfer-encoding") === "chunked"
    ? yield* chunked(reader)
    : yield* reader.bytes(Number(headers.get("content-length") ?? 0));
  return { status: Number(status), headers, body };
}

/** Pieces with their lengths, to one of none; behind it headers that nobody sends. */
function* chunked(reader: FrameReader): FrameStep<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const length = Number.parseInt(yield* reader.line(), 16);
    if (length === 0) break;
    pieces.push(yield* reader.bytes(length));
    yield* reader.line();
  }
  while ((yield* reader.line()) !== "");
  return concat(pieces);
}

/** Responses in, requests out. */
export const http: Codec<HttpResponse, HttpRequest> = defineCodec(response, {
  encode({ path, headers = {} }: HttpRequest, out): void {
    const all = Object.entries({ Host: "localhost", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    out.text(`GET ${path} HTTP/1.1\r\n${all.join("")}\r\n`);
  },
});
