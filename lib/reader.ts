/**
 * Reading from a connection: chunks, exact counts, delimiters, lines.
 *
 * @module
 */
import { checkBytes, checkCount } from "./arguments.ts";
import {
  anyBytes,
  type Demand,
  dropBytes,
  dropUntil,
  everything,
  exactBytes,
  line,
  lookAhead,
  pieces,
  readiness,
  untilDelimiter,
} from "./demand.ts";
import type { FillLoop } from "./fill_loop.ts";
import { LineTaker } from "./line_taker.ts";
import { ReadIterator } from "./read_iterator.ts";
import {
  type Bytes,
  checkReadOptions,
  type ChunkOptions,
  delimiterBytes,
  type ReadBytesOptions,
  type ReadLineOptions,
  type ReadOptions,
  type ReadUntilOptions,
  type TryReadLineOptions,
  type WaitOptions,
} from "./read_options.ts";

/** A line of text is rarely longer; HTTP servers take 8 to 64 KiB. */
const LINE_LIMIT = 65_536;

/** A message that one call may gather, when the caller does not say. */
const MESSAGE_LIMIT = 16_777_216;

/** The fill loop behind a reader: for what reads frames from it. */
export let loopOf: (reader: Reader) => FillLoop;

/**
 * The reading half of a connection.
 *
 * One read at a time: a second one rejects with `BusyError`. **A read that is given up aborts the connection**, because a
 * request that was given up leaves its answer in the stream, and reusing that hands one user's reply to another. With
 * `keepOpen` it does not, and the call can be repeated: that is how heartbeats are written. It then rejects with
 * `signal.reason`, or a `TimeoutError` `DOMException`.
 *
 * A wrong argument is a `TypeError` or `RangeError` that names it; nothing was read then.
 *
 * Known as `StreamReader` in asyncio.
 *
 * @example Read a header line and a body of known size
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * await pair.peer.writer.write("length: 5\r\nhello");
 * const { reader } = pair.local;
 * assert.equal(await reader.readLine(), "length: 5");
 * assert.equal(new TextDecoder().decode(await reader.readExactly(5)), "hello");
 * ```
 */
export class Reader {
  readonly #loop: FillLoop;
  /** Only held: while it lives nobody has forgotten the connection. */
  readonly #handle: object | undefined;
  /** Made by the first line that is read. */
  #lines: LineTaker | undefined;

  static {
    loopOf = (reader) => reader.#loop;
  }

  /**
   * Made by a Connection.
   *
   * @param loop The connection's fill loop.
   * @internal
   */
  constructor(loop: FillLoop) {
    this.#loop = loop;
    this.#handle = loop.lifetime.handle?.deref();
  }

  /** Bytes here already: reading them does not wait. */
  get bufferedBytes(): number {
    return this.#loop.queue.length;
  }

  /**
   * Reads the next chunk as it arrives: never empty, the caller's to keep.
   *
   * Cancel safe with `keepOpen`: no byte is consumed and the call can be repeated.
   *
   * @param options `atMost` bytes, the rest stays; `borrow` lends memory until the next read.
   * @returns The bytes; `null` at the end of stream.
   * @throws {ConnectionAbortedError} The connection was cut short, by whom `initiator` says.
   * @throws {BusyError} Another read is under way.
   * @example Echo until the peer ends
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("hi");
   * await pair.peer.writer.closeWrite();
   * assert.deepEqual(await pair.local.reader.read(), new TextEncoder().encode("hi"));
   * assert.equal(await pair.local.reader.read(), null);
   * ```
   */
  read(options: ReadOptions & { required: true }): Promise<Bytes>;
  /** The same, with `null` at the end of stream. */
  read(options?: ReadOptions): Promise<Bytes | null>;
  read(options?: ReadOptions): Promise<Bytes | null> {
    return this.#run(options, () => {
      const { atMost, borrow = false, required = false } = options ?? {};
      return anyBytes(atMost ?? Infinity, borrow, required);
    });
  }

  /**
   * Reads exactly `bytes` bytes. Memory grows with what arrives, never with what was announced.
   *
   * Cancel safe with `keepOpen`: no byte is consumed and the call can be repeated.
   * Known as `readexactly` in asyncio, `io.ReadFull` in Go.
   *
   * @param bytes How many; 0 gives an empty array at once.
   * @param options How long to wait; `limit` is 16 MiB unless raised.
   * @returns Just so many bytes, the caller's to keep.
   * @throws {ConnectionAbortedError} `unexpected-end`: the stream ended before; `partial` has what came.
   * @throws {LimitExceededError} More than the limit was asked for. Nothing was consumed.
   * @throws {BusyError} Another read is under way.
   * @example A frame with its length in front
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write(new Uint8Array([2, 7, 9]));
   * const [length] = await pair.local.reader.readExactly(1);
   * assert.deepEqual(await pair.local.reader.readExactly(length!), new Uint8Array([7, 9]));
   * ```
   */
  readExactly(bytes: number, options?: ReadBytesOptions): Promise<Bytes> {
    return this.#run(options, () => {
      checkCount("bytes", bytes);
      return exactBytes(bytes, options?.limit ?? MESSAGE_LIMIT);
    });
  }

  /**
   * Reads up to a delimiter, which is consumed and not returned.
   *
   * Cancel safe with `keepOpen`: no byte is consumed and the call can be repeated.
   * Known as `readuntil` in asyncio (which keeps the delimiter).
   *
   * @param delimiter One byte or more, or text.
   * @param options `limit` (16 MiB) counts the bytes before the delimiter.
   * @returns The bytes before it; `null` when the stream ended with nothing left.
   * @throws {ConnectionAbortedError} `unexpected-end`: the stream ended without it; `partial` has what came.
   * @throws {LimitExceededError} It did not come within the limit. Nothing was consumed.
   * @throws {BusyError} Another read is under way.
   * @example Fields that end with NUL
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("user\0database\0");
   * const field = await pair.local.reader.readUntil("\0", { required: true });
   * assert.equal(new TextDecoder().decode(field), "user");
   * ```
   */
  readUntil(delimiter: Uint8Array | string, options: ReadUntilOptions & { required: true }): Promise<Bytes>;
  /** The same, with `null` at the end of stream. */
  readUntil(delimiter: Uint8Array | string, options?: ReadUntilOptions): Promise<Bytes | null>;
  readUntil(delimiter: Uint8Array | string, options?: ReadUntilOptions): Promise<Bytes | null> {
    return this.#run(options, () => {
      const { limit = MESSAGE_LIMIT, required = false, allowUnterminated = false } = options ?? {};
      return untilDelimiter(delimiterBytes(delimiter), limit, { required, allowUnterminated });
    });
  }

  /**
   * Reads a line of text, without its LF or CRLF. UTF-8 is strict, a BOM is kept.
   *
   * Cancel safe with `keepOpen`: no byte is consumed and the call can be repeated.
   *
   * @param options `limit` (64 KiB) counts the bytes before the LF or CRLF; `encoding`.
   * @returns The text; `null` when the stream ended with nothing left.
   * @throws {ConnectionAbortedError} `unexpected-end`: the stream ended inside a line; `partial` has what came.
   * @throws {LimitExceededError} The line is longer. Nothing was consumed: raise the limit, or `skipUntil("\n")`.
   * @throws {DecodeError} The line is not UTF-8. It was consumed, the error carries its bytes.
   * @throws {BusyError} Another read is under way.
   * @example Lines end in either way
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("220 ready\r\n250 ok\n");
   * assert.equal(await pair.local.reader.readLine(), "220 ready");
   * assert.equal(await pair.local.reader.readLine(), "250 ok");
   * ```
   */
  readLine(options: ReadLineOptions & { required: true }): Promise<string>;
  /** The same, with `null` at the end of stream. */
  readLine(options?: ReadLineOptions): Promise<string | null>;
  readLine(options?: ReadLineOptions): Promise<string | null> {
    return this.#run(options, () => lineDemand(options, this.#lineTaker()));
  }

  /**
   * Reads everything up to the end of stream.
   *
   * Cancel safe with `keepOpen`: no byte is consumed and the call can be repeated.
   *
   * @param options `limit` is 16 MiB unless raised.
   * @returns All bytes; empty when there were none.
   * @throws {ConnectionAbortedError} The connection was cut short; `partial` has what came.
   * @throws {LimitExceededError} There is more. Nothing was consumed.
   * @throws {BusyError} Another read is under way.
   * @example A reply that ends with the connection
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("bye");
   * await pair.peer.writer.closeWrite();
   * assert.equal((await pair.local.reader.readAll({ limit: 1_000 })).length, 3);
   * ```
   */
  readAll(options?: ReadBytesOptions): Promise<Bytes> {
    return this.#run(options, () => everything(options?.limit ?? MESSAGE_LIMIT));
  }

  /**
   * Looks at up to `bytes` bytes without consuming them; fewer only at the end of stream.
   *
   * Cancel safe with `keepOpen`: no byte is consumed and the call can be repeated.
   *
   * @param bytes How many, 1 or more.
   * @param options How long to wait; `limit` is 16 MiB unless raised.
   * @returns A copy of them; what is left at the end of stream, `null` when nothing is.
   * @throws {ConnectionAbortedError} The connection was cut short.
   * @throws {LimitExceededError} More than the limit was asked for.
   * @throws {BusyError} Another read is under way.
   * @example Tell two protocols apart by the first byte
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("GET /\r\n");
   * assert.equal((await pair.local.reader.peek(1))?.[0], "G".charCodeAt(0));
   * assert.equal(await pair.local.reader.readLine(), "GET /");
   * ```
   */
  peek(bytes: number, options?: ReadBytesOptions): Promise<Bytes | null> {
    return this.#run(options, () => {
      checkBytes("bytes", bytes);
      return lookAhead(bytes, options?.limit ?? MESSAGE_LIMIT);
    });
  }

  /**
   * Drops exactly `bytes` bytes as they arrive, keeping nothing.
   *
   * Aborting closes the connection: part of the bytes may have been dropped (`keepOpen` is a `TypeError`).
   *
   * @param bytes How many; 0 is done at once.
   * @param options How long to wait.
   * @throws {ConnectionAbortedError} `unexpected-end`: the stream ended before.
   * @throws {BusyError} Another read is under way.
   * @example Pass over a body that is not wanted
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("ignored!next\n");
   * await pair.local.reader.skip(8);
   * assert.equal(await pair.local.reader.readLine(), "next");
   * ```
   */
  async skip(bytes: number, options?: Omit<WaitOptions, "keepOpen">): Promise<void> {
    await this.#run(options, () => {
      checkReadOptions(options, false);
      checkCount("bytes", bytes);
      return dropBytes(bytes);
    });
  }

  /**
   * Drops through a delimiter, keeping nothing: the way on after a line that is too long.
   *
   * Cancel safe with `keepOpen`: what was dropped stays dropped, and the call can be repeated.
   *
   * @param delimiter One byte or more, or text.
   * @param options How long to wait.
   * @throws {ConnectionAbortedError} `unexpected-end`: the stream ended without it.
   * @throws {BusyError} Another read is under way.
   * @example Go on with the next line
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("noise noise\nsignal\n");
   * await pair.local.reader.skipUntil("\n");
   * assert.equal(await pair.local.reader.readLine(), "signal");
   * ```
   */
  async skipUntil(delimiter: Uint8Array | string, options?: WaitOptions): Promise<void> {
    await this.#run(options, () => dropUntil(delimiterBytes(delimiter)));
  }

  /**
   * Waits until a byte is here, or the end of stream: how to notice that a quiet peer has gone.
   *
   * Cancel safe: consumes nothing and never aborts the connection, with or without `keepOpen`.
   *
   * @param options How long to wait.
   * @returns `true` when a byte is here, `false` at the end of stream.
   * @throws {ConnectionAbortedError} The connection was cut short.
   * @throws {BusyError} Another read is under way.
   * @example A pooled connection that its server has closed
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.close({ timeout: 1 });
   * assert.equal(await pair.local.reader.ready(), false);
   * ```
   */
  ready(options?: WaitOptions): Promise<boolean> {
    return this.#run(options, readiness, { keepOpen: true });
  }

  /**
   * Takes a line that is here already.
   *
   * @param options `limit` (64 KiB), `encoding`.
   * @returns The text, or `undefined` when no whole line is here.
   * @throws {LimitExceededError} The line is longer. Nothing was consumed.
   * @throws {DecodeError} The line is not UTF-8. It was consumed, the error carries its bytes.
   * @throws {BusyError} A read is under way: the bytes are its.
   * @example Handle what is here before waiting for more
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("a\nb\n");
   * assert.equal(await pair.local.reader.readLine(), "a");
   * assert.equal(pair.local.reader.tryReadLine(), "b");
   * assert.equal(pair.local.reader.tryReadLine(), undefined);
   * ```
   */
  tryReadLine(options?: TryReadLineOptions): string | undefined {
    checkReadOptions(options);
    if (!this.#loop.idle("tryReadLine")) return undefined;
    return this.#lineTaker().take(this.#loop.queue, options?.limit ?? LINE_LIMIT, options?.encoding ?? "utf-8");
  }

  /**
   * Iterates over the lines up to the end of stream. Breaking out keeps the connection open and loses nothing.
   *
   * @param options As for `readLine`, for each step.
   * @returns An async iterator; its `batches()` yields arrays of the lines that are here, the fast way.
   * @example Every line, and many at once
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("a\nb\nc\n");
   * await pair.peer.writer.closeWrite();
   * const { reader } = pair.local;
   * for await (const line of reader.lines()) {
   *   assert.equal(line, "a");
   *   break;
   * }
   * for await (const lines of reader.lines().batches()) assert.deepEqual(lines, ["b", "c"]);
   * ```
   */
  lines(options?: ReadLineOptions): ReadIterator<string> {
    checkReadOptions(options);
    return new ReadIterator(this.#loop, lineDemand(options, this.#lineTaker()), options);
  }

  /**
   * Iterates over the chunks as they arrive, up to the end of stream; with `bytes`, over just so many bytes in pieces.
   * Breaking out keeps the connection open and loses nothing.
   *
   * @param bytes Where to stop; the rest stays for the next read.
   * @param options As for `read`, for each step.
   * @returns An async iterator over non-empty chunks; with `bytes` an early end is `unexpected-end`.
   * @example A body of known size, piece by piece
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("bodynext\n");
   * let size = 0;
   * for await (const piece of pair.local.reader.chunks(4)) size += piece.length;
   * assert.equal(size, 4);
   * assert.equal(await pair.local.reader.readLine(), "next");
   * ```
   */
  chunks(bytes?: number, options?: ChunkOptions): ReadIterator<Bytes> {
    checkReadOptions(options);
    const borrow = options?.borrow ?? false;
    if (bytes === undefined || bytes === Infinity) {
      return new ReadIterator(this.#loop, anyBytes(Infinity, borrow, false), options);
    }
    checkCount("bytes", bytes);
    return new ReadIterator(this.#loop, pieces(bytes, borrow), options);
  }

  #lineTaker(): LineTaker {
    return this.#lines ??= new LineTaker();
  }

  /** Checks the options, makes the demand, runs it: argument errors reject before anything else is looked at. */
  #run<T>(options: WaitOptions | undefined, demand: () => Demand<T>, forced?: WaitOptions): Promise<T> {
    try {
      checkReadOptions(options);
      const wait = forced === undefined ? options : { ...options, ...forced };
      return this.#loop.run(demand(), this.#handle, wait) as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

function lineDemand(options: ReadLineOptions | undefined, lines: LineTaker): Demand<string | null> {
  const { limit = LINE_LIMIT, encoding = "utf-8", required = false, allowUnterminated = false } = options ?? {};
  return line(limit, encoding, { required, allowUnterminated }, lines);
}
