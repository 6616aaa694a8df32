/**
 * A small Redis: texts, lists, sets and hashes in memory, for `redis-cli`, `redis-benchmark` and clients of RESP 2.
 *
 *     deno run --allow-net=127.0.0.1 examples/mini_redis.ts
 *
 * prints where it listens. `127.0.0.1:6379` behind it makes it listen there.
 *
 * Shows a codec of one's own (RESP 2), pipelining, and a server whose clients may send anything.
 */
import { Buffer } from "node:buffer";
import process from "node:process";
import { type Connection, formatAddress, framed, LimitExceededError, serve } from "@hawser/net";
import { defineCodec, type FrameReader, type FrameStep } from "@hawser/net/codecs";

/** What a command gives back; a text may hold any bytes, one a character (ISO 8859-1). */
type Reply = string | number | null | Status | CommandError | readonly Reply[];

/** `+OK`: not a text that somebody has stored. */
class Status {
  readonly word: string;
  constructor(word: string) {
    this.word = word;
  }
}

/** What a client did wrong: its connection goes on. */
class CommandError extends Error {}

/** What is no RESP: where the next request begins, nobody knows. */
class ProtocolError extends Error {}

// --- The protocol -----------------------------------------------------------------------------------------------------

/** One request: an array of texts with their lengths in front, or a line with words, as a person would type it. */
function* request(reader: FrameReader): FrameStep<string[]> {
  const line = yield* reader.line("latin1");
  if (!line.startsWith("*")) return line.split(" ").filter((word) => word !== "");
  const words: string[] = [];
  for (let left = lengthIn(line, "*"); left > 0; left--) {
    const length = lengthIn(yield* reader.line("latin1"), "$");
    words.push(yield* reader.text(length, "latin1"));
    yield* reader.skip(2);
  }
  return words;
}

function lengthIn(line: string, sign: string): number {
  if (line[0] === sign && /^\d{1,9}$/.test(line.slice(1))) return Number(line.slice(1));
  throw new ProtocolError(`Protocol error: expected '${sign}' and a length, got ${JSON.stringify(line.slice(0, 20))}`);
}

function encoded(reply: Reply): string {
  if (reply === null) return "$-1\r\n";
  if (typeof reply === "number") return `:${reply}\r\n`;
  if (typeof reply === "string") return `$${reply.length}\r\n${reply}\r\n`;
  if (reply instanceof Status) return `+${reply.word}\r\n`;
  if (reply instanceof CommandError) return `-${reply.message}\r\n`;
  return `*${reply.length}\r\n${reply.map(encoded).join("")}`;
}

const resp = defineCodec(request, {
  name: "resp",
  encode: (reply: Reply, out) => void out.bytes(Buffer.from(encoded(reply), "latin1")),
});

/** Talks to one client. Requests that came together are answered together: nobody waits between them. */
export async function talk(connection: Connection): Promise<void> {
  const client = framed(connection, resp);
  try {
    for await (const requests of client.batches()) {
      for (const words of requests) if (words.length > 0) await client.send(answer(words));
    }
  } catch (error) {
    if (!(error instanceof ProtocolError || LimitExceededError.is(error))) throw error;
    await client.send(new CommandError(`ERR ${error.message}`)); // Then the connection is closed, in order.
  }
}

// --- The commands -----------------------------------------------------------------------------------------------------

/** A list that grows and shrinks at both ends, in no time. */
class List {
  readonly #items = new Map<number, string>();
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  push(end: "left" | "right", item: string): void {
    this.#items.set(end === "left" ? --this.#start : this.#end++, item);
  }

  pop(end: "left" | "right"): string {
    const at = end === "left" ? this.#start++ : --this.#end;
    const item = this.#items.get(at)!;
    this.#items.delete(at);
    return item;
  }

  range(from: number, to: number): string[] {
    const [first, last] = [from, to].map((at) => at < 0 ? at + this.length : at) as [number, number];
    const items: string[] = [];
    for (let at = Math.max(first, 0); at <= Math.min(last, this.length - 1); at++) {
      items.push(this.#items.get(this.#start + at)!);
    }
    return items;
  }
}

type Value = string | List | Set<string> | Map<string, string>;

const store = new Map<string, Value>();
const OK = new Status("OK");

/** Each command with the fewest arguments it takes, and the most. */
const commands: Record<string, [least: number, most: number, run: (...args: string[]) => Reply]> = {
  PING: [0, 1, (text) => text ?? new Status("PONG")],
  ECHO: [1, 1, (text) => text!],
  DBSIZE: [0, 0, () => store.size],
  FLUSHALL: [0, 0, () => (store.clear(), OK)],
  // What clients ask first: ioredis, redis-benchmark.
  INFO: [0, Infinity, () => "loading:0\r\n"],
  CONFIG: [2, 2, (_get, name) => name === "save" ? [name, ""] : name === "appendonly" ? [name, "no"] : []],
  DEL: [1, Infinity, (...keys) => keys.filter((key) => store.delete(key)).length],
  EXISTS: [1, Infinity, (...keys) => keys.filter((key) => store.has(key)).length],
  SET: [2, 2, (key, value) => (store.set(key!, value!), OK)],
  GET: [1, 1, (key) => textAt(key!) ?? null],
  MSET: [2, Infinity, (...pairs) => {
    for (const [key, value] of inPairs(pairs, "mset")) store.set(key, value);
    return OK;
  }],
  INCR: [1, 1, (key) => {
    const value = Number(textAt(key!) ?? "0") + 1;
    if (!Number.isSafeInteger(value)) throw new CommandError("ERR value is not an integer or out of range");
    store.set(key!, String(value));
    return value;
  }],
  LPUSH: [2, Infinity, (key, ...items) => push(key!, "left", items)],
  RPUSH: [2, Infinity, (key, ...items) => push(key!, "right", items)],
  LPOP: [1, 1, (key) => pop(key!, "left")],
  RPOP: [1, 1, (key) => pop(key!, "right")],
  LLEN: [1, 1, (key) => held(key!, List)?.length ?? 0],
  LRANGE: [3, 3, (key, from, to) => held(key!, List)?.range(Number(from), Number(to)) ?? []],
  SADD: [2, Infinity, (key, ...members) => {
    const set = made<Set<string>>(key!, Set);
    const before = set.size;
    for (const member of members) set.add(member);
    return set.size - before;
  }],
  SMEMBERS: [1, 1, (key) => [...held<Set<string>>(key!, Set) ?? []]],
  HSET: [3, Infinity, (key, ...pairs) => {
    const fields = inPairs(pairs, "hset");
    const hash = made<Map<string, string>>(key!, Map);
    const before = hash.size;
    for (const [field, value] of fields) hash.set(field, value);
    return hash.size - before;
  }],
  HGET: [2, 2, (key, field) => held<Map<string, string>>(key!, Map)?.get(field!) ?? null],
};

/** Runs one request. */
function answer([name, ...args]: string[]): Reply {
  const command = Object.hasOwn(commands, name!.toUpperCase()) ? commands[name!.toUpperCase()] : undefined;
  try {
    if (command === undefined) throw new CommandError(`ERR unknown command '${printable(name!)}'`);
    const [least, most, run] = command;
    if (args.length < least || args.length > most) throw wrongCount(name!);
    return run(...args);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}

function push(key: string, end: "left" | "right", items: readonly string[]): number {
  const list = made(key, List);
  for (const item of items) list.push(end, item);
  return list.length;
}

function pop(key: string, end: "left" | "right"): string | null {
  const list = held(key, List);
  if (list === undefined) return null;
  const item = list.pop(end);
  if (list.length === 0) store.delete(key);
  return item;
}

function textAt(key: string): string | undefined {
  const value = store.get(key);
  if (value === undefined || typeof value === "string") return value;
  throw wrongType();
}

/** What is kept under a key, if it is of that kind. */
function held<T extends Value>(key: string, kind: new () => T): T | undefined {
  const value = store.get(key);
  if (value === undefined || value instanceof kind) return value as T | undefined;
  throw wrongType();
}

/** The same, made when there is none. */
function made<T extends Value>(key: string, kind: new () => T): T {
  const value = held(key, kind) ?? new kind();
  store.set(key, value);
  return value;
}

function* inPairs(words: readonly string[], command: string): Generator<[string, string]> {
  if (words.length % 2 !== 0) throw wrongCount(command);
  for (let i = 0; i < words.length; i += 2) yield [words[i]!, words[i + 1]!];
}

const wrongType = () => new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
const wrongCount = (name: string) =>
  new CommandError(`ERR wrong number of arguments for '${printable(name).toLowerCase()}' command`);

/** An error is one line: a line break that a client has sent would begin another reply. */
const printable = (text: string) => text.slice(0, 128).replace(/[^ -~]/g, " ");

if (import.meta.main) {
  try {
    const server = await serve(process.argv[2] ?? "127.0.0.1:0", talk);
    console.log(`listening on ${formatAddress(server.address)}`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
