/**
 * A Redis client in a few lines: commands overlap, each gets its own reply or error, a broken connection is replaced.
 *
 *     deno run --allow-net examples/redis.ts 127.0.0.1:6379
 */
import process from "node:process";
import { connect, type Connection, type Framed, framed } from "@hawser/net";
import { type Codec, defineCodec, type FrameReader, type FrameStep } from "@hawser/net/codecs";

export type Reply = string | number | null | RedisError | Reply[];

/** The server has refused a command; the connection goes on. */
export class RedisError extends Error {}

function* reply(reader: FrameReader): FrameStep<Reply> {
  const [kind, rest] = (yield* reader.line()).split(/(?<=^.)/s);
  if (kind === "+") return rest ?? "";
  if (kind === "-") return new RedisError(rest);
  const number = Number(rest);
  if (kind === ":") return number;
  if (number === -1) return null;
  if (kind === "$") return (yield* reader.text(number + 2)).slice(0, -2);
  if (kind !== "*") throw new Error(`Cannot decode a reply: it begins with ${JSON.stringify(kind)}`);
  const items: Reply[] = [];
  while (items.length < number) items.push(yield* reply(reader));
  return items;
}

/** Replies in, commands out (RESP 2). */
export const resp: Codec<Reply, string[]> = defineCodec(reply, {
  encode(words: string[], out): void {
    out.text(`*${words.length}\r\n`);
    for (const word of words) out.text(`$${new TextEncoder().encode(word).length}\r\n${word}\r\n`);
  },
});

/** Dials for the first command, and for the next one when a connection broke. */
export class Redis implements AsyncDisposable {
  readonly #dial: () => Promise<Connection>;
  #link: Promise<Framed<Reply, string[]>> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dial: () => Promise<Connection>) {
    this.#dial = dial;
  }

  /** Rejects with what broke the connection; whether the server has run the command, nobody knows then. */
  async command(...words: string[]): Promise<Reply> {
    const mine = this.#link ??= this.#dial().then((connection) => framed(connection, resp));
    try {
      const link = await mine;
      const received = this.#last.then(() => link.receive({ required: true }));
      this.#last = received.catch(() => link.connection.abort());
      const [answer] = await Promise.all([received, link.send(words)]);
      if (!(answer instanceof RedisError)) return answer;
      throw answer;
    } catch (error) {
      if (this.#link === mine && !(error instanceof RedisError)) this.#link = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#link)?.connection.close();
  }
}

if (import.meta.main) {
  await using redis = new Redis(() => connect(process.argv[2] ?? "127.0.0.1:6379"));
  console.log(await redis.command("PING"));
}
