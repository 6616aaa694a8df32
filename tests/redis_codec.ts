/** The protocol of Redis (RESP2) as a generator: what a user's own codec looks like. */
import { type Codec, defineCodec, type FrameReader, type FrameStep } from "../lib/codecs/mod.ts";

/** A reply of Redis. */
export type Reply = string | number | null | Reply[];

export function* redis(reader: FrameReader): FrameStep<Reply> {
  const line = yield* reader.line();
  const rest = line.slice(1);
  switch (line[0]) {
    case "+":
    case "-":
      return rest;
    case ":":
      return Number(rest);
    case "$": {
      if (rest === "-1") return null;
      const text = yield* reader.text(Number(rest));
      yield* reader.skip(2);
      return text;
    }
    case "*": {
      const items: Reply[] = [];
      for (let left = Number(rest); left > 0; left--) items.push(yield* redis(reader));
      return items;
    }
    default:
      throw new Error(`Cannot decode a reply: it begins with ${JSON.stringify(line[0])}`);
  }
}

/** Both ways: a request is an array of texts. */
export const redisCodec: Codec<Reply, string[]> = defineCodec(redis, {
  encode(request: string[], out): void {
    out.text(`*${request.length}\r\n`);
    for (const text of request) out.text(`$${new TextEncoder().encode(text).length}\r\n${text}\r\n`);
  },
});
