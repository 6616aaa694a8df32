/** How to call each async method, and what it does when nobody cuts it. */
import { type Connection, framed, type ReadIterator, type WaitOptions } from "../../mod.ts";
import { type Codec, defineCodec } from "../../lib/codecs/mod.ts";

/** What every call reads or writes. */
export const MESSAGE: Uint8Array<ArrayBuffer> = new TextEncoder().encode("twenty-three bytes here\n");

/** All of it, for methods that give what has come. */
const ALL = MESSAGE.length;

const TEXT = "twenty-three bytes here";

/** One call; `null` is the end of stream, else the bytes that it handed over. */
export type Step = () => Promise<Uint8Array | null>;

/** A method that reads the message, perhaps in several calls. */
export interface ReadScenario {
  readonly kind: "read";
  /** Bytes after which it has what it wants; `Infinity`: only the end of stream will do. */
  readonly needs: number;
  /** One call is all; otherwise it is called until the message is there. */
  readonly once: boolean;
  /** What becomes of the bytes: handed over, dropped as they arrive, or left for the next read. */
  readonly takes: "bytes" | "nothing" | "dropped";
  /** What the end of stream inside the message is. */
  readonly atEnd: "unexpected-end" | "value" | "value if empty";
  /** The size that it asked for, where an error tells it. */
  readonly expected?: number;
  /** Whether `signal` and `timeout` are given to the call or to the connection (which the method cannot outlive). */
  readonly optionsOf: "call" | "connection";
  /** `"always"`: giving up never aborts the connection. `"never"`: it is a `TypeError`. `"return()"`: it has no options. */
  readonly keepsOpen: "on demand" | "always" | "never" | "return()";
  /** The method under test is `return()` of the iterator that the steps come from. */
  readonly returns?: boolean;
  /** Makes the step; `from` bytes of the message were handed over before. */
  begin(connection: Connection, options: WaitOptions, from: number): { step: Step; iterator?: ReadIterator<unknown> };
}

/** A method of which the peer takes only some of the message. */
export interface WriteScenario {
  readonly kind: "write";
  readonly operation: "write" | "closeWrite" | "close";
  /** Calls `write` first; this method then waits for it. */
  readonly afterWrite: boolean;
  /** `"always"`: giving up never aborts the connection. `"never"`: it is a `TypeError`. */
  readonly keepsOpen: "always" | "never" | "closing";
  /** It also waits for the end of stream to be sent. */
  readonly ends: boolean;
  call(connection: Connection, options: WaitOptions): Promise<unknown>;
}

export type Scenario = ReadScenario | WriteScenario;

type ReadDefaults = Partial<Omit<ReadScenario, "kind" | "begin">>;

function reads(begin: ReadScenario["begin"], differs: ReadDefaults = {}): ReadScenario {
  return {
    kind: "read",
    needs: ALL,
    once: true,
    takes: "bytes",
    atEnd: "unexpected-end",
    optionsOf: "call",
    keepsOpen: "on demand",
    ...differs,
    begin,
  };
}

function readsOnce(
  call: (connection: Connection, options: WaitOptions) => Promise<Uint8Array | null>,
  differs?: ReadDefaults,
): ReadScenario {
  return reads((connection, options) => ({ step: () => call(connection, options) }), differs);
}

/** A step of an iterator; the items become the bytes that they stand for. */
function iterates<T>(
  make: (connection: Connection, options: WaitOptions, from: number) => ReadIterator<T>,
  toBytes: (item: T) => Uint8Array,
  differs?: ReadDefaults,
): ReadScenario {
  return reads((connection, options, from) => {
    const iterator = make(connection, options, from);
    const step: Step = async () => {
      const { done, value } = await iterator.next();
      return done ? null : toBytes(value);
    };
    return { step, iterator };
  }, differs);
}

function writes(
  operation: WriteScenario["operation"],
  keepsOpen: WriteScenario["keepsOpen"],
  call: WriteScenario["call"],
  { afterWrite = true, ends = false }: { afterWrite?: boolean; ends?: boolean } = {},
): WriteScenario {
  return { kind: "write", operation, keepsOpen, afterWrite, ends, call };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const lineBytes = (line: string): Uint8Array => encode(`${line}\n`);
const whole = (bytes: Uint8Array): Uint8Array => bytes;
const joined = (pieces: Uint8Array[]): Uint8Array => new Uint8Array(pieces.flatMap((piece) => [...piece]));

const LINE: ReadDefaults = { atEnd: "value if empty" };
const PIECES: ReadDefaults = { once: false, expected: ALL };
const FRAMES: ReadDefaults = { optionsOf: "connection", keepsOpen: "return()" };
const CHUNKS: ReadDefaults = { once: false, atEnd: "value", optionsOf: "connection", keepsOpen: "return()" };

/** What frames are in these runs: suspended in the middle of one, wherever it is cut. */
export const textLine: Codec<string> = defineCodec(function* (reader) {
  return yield* reader.line();
}, { encode: (text: string, out) => void out.text(text).text("\n") });

const linesBytes = (lines: string[]): Uint8Array => encode(lines.map((line) => `${line}\n`).join(""));

/** Iterators by the way to one: each has `next` and `return`. */
const ITERATORS: Record<string, (differs: ReadDefaults) => ReadScenario> = {
  "Reader.lines()": (differs) => iterates((c, options) => c.reader.lines(options), lineBytes, { ...LINE, ...differs }),
  "Reader.lines().batches()": (differs) =>
    iterates(
      (c, options) => c.reader.lines(options).batches(),
      linesBytes,
      { ...LINE, ...differs },
    ),
  "Reader.chunks()": (differs) =>
    iterates((c, options, from) => c.reader.chunks(ALL - from, options), whole, { ...PIECES, ...differs }),
  "Reader.chunks().batches()": (differs) =>
    iterates((c, options, from) => c.reader.chunks(ALL - from, options).batches(), joined, { ...PIECES, ...differs }),
  "Connection[Symbol.asyncIterator]()": (differs) =>
    iterates((c) => c[Symbol.asyncIterator](), whole, { ...CHUNKS, ...differs }),
  "Connection[Symbol.asyncIterator]().batches()": (differs) =>
    iterates((c) => c[Symbol.asyncIterator]().batches(), joined, { ...CHUNKS, ...differs }),
  "Framed.frames()": (differs) =>
    iterates((c, options) => framed(c, textLine).frames(options), lineBytes, { ...LINE, ...differs }),
  "Framed.frames().batches()": (differs) =>
    iterates((c, options) => framed(c, textLine).frames(options).batches(), linesBytes, { ...LINE, ...differs }),
  "Framed.batches()": (differs) =>
    iterates((c, options) => framed(c, textLine).batches(options), linesBytes, { ...LINE, ...differs }),
  "Framed.batches().batches()": (differs) =>
    iterates(
      (c, options) => framed(c, textLine).batches(options).batches(),
      (batches) => linesBytes(batches.flat()),
      { ...LINE, ...differs },
    ),
  "Framed[Symbol.asyncIterator]()": (differs) =>
    iterates((c) => framed(c, textLine)[Symbol.asyncIterator](), lineBytes, { ...LINE, ...FRAMES, ...differs }),
  "Framed[Symbol.asyncIterator]().batches()": (differs) =>
    iterates((c) => framed(c, textLine)[Symbol.asyncIterator]().batches(), linesBytes, {
      ...LINE,
      ...FRAMES,
      ...differs,
    }),
};

const READS: Record<string, ReadScenario> = {
  "Reader.read": readsOnce((c, options) => c.reader.read(options), { once: false, atEnd: "value" }),
  "Reader.readExactly": readsOnce((c, options) => c.reader.readExactly(ALL, options), { expected: ALL }),
  "Reader.readUntil": readsOnce(async (c, options) => {
    const bytes = await c.reader.readUntil("\n", options);
    return bytes && lineBytes(new TextDecoder().decode(bytes));
  }, LINE),
  "Reader.readLine": readsOnce(async (c, options) => {
    const line = await c.reader.readLine(options);
    return line === null ? null : lineBytes(line);
  }, LINE),
  "Reader.readAll": readsOnce((c, options) => c.reader.readAll(options), { needs: Infinity, atEnd: "value" }),
  "Reader.peek": readsOnce((c, options) => c.reader.peek(ALL, options), { takes: "nothing", atEnd: "value" }),
  "Reader.skip": readsOnce(async (c, options) => {
    await c.reader.skip(ALL, options);
    return MESSAGE;
  }, { takes: "dropped", keepsOpen: "never", expected: ALL }),
  "Reader.skipUntil": readsOnce(async (c, options) => {
    await c.reader.skipUntil(`${TEXT.slice(-2)}\n`, options);
    return MESSAGE;
  }, { takes: "dropped" }),
  "Framed.receive": readsOnce(async (c, options) => {
    const line = await framed(c, textLine).receive(options);
    return line === undefined ? null : lineBytes(line);
  }, LINE),
  "Reader.ready": readsOnce(async (c, options) => await c.reader.ready(options) ? new Uint8Array(0) : null, {
    needs: 1,
    takes: "nothing",
    atEnd: "value",
    keepsOpen: "always",
  }),
};

const WRITES: Record<string, WriteScenario> = {
  "Writer.write": writes("write", "never", (c, options) => c.writer.write(MESSAGE, options), { afterWrite: false }),
  "Framed.send": writes("write", "never", (c, options) => framed(c, textLine).send(TEXT, options), {
    afterWrite: false,
  }),
  "Writer.drain": writes("write", "always", (c, options) => c.writer.drain(options)),
  "Writer.flush": writes("write", "always", (c, options) => c.writer.flush(options)),
  "Writer.closeWrite": writes("closeWrite", "never", (c, options) => c.writer.closeWrite(options), { ends: true }),
  "Connection.close": writes("close", "closing", (c, { timeout }) => c.close({ timeout }), { ends: true }),
  "Connection[Symbol.asyncDispose]": writes("close", "closing", (c) => c[Symbol.asyncDispose](), { ends: true }),
};

/** By the names that reflection finds. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map<string, Scenario>([
  ...Object.entries(READS),
  ...Object.entries(ITERATORS).flatMap(([name, make]): [string, Scenario][] => [
    [`${name}.next`, make({})],
    [`${name}.return`, make({ returns: true })],
  ]),
  ...Object.entries(WRITES),
]);
