import { checkOptions, checkSignal } from "./arguments.ts";
import type { Connection } from "./connection.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** Options of `copy` and `relay`. */
export interface CopyOptions {
  /** Gives up, which aborts the connections. */
  signal?: AbortSignal | undefined;
}

/** How many bytes went which way. */
export interface RelayCounts {
  /** Bytes from the first connection to the second. */
  readonly aToB: number;
  /** Bytes from the second connection to the first. */
  readonly bToA: number;
}

/**
 * Copies from a reader to a writer up to the end of stream, then flushes. The writer stays open.
 *
 * Whenever the reader has nothing at hand, what was copied goes out. One chunk is on its way at a time.
 *
 * Aborting closes the connections: part of the bytes may have been sent.
 *
 * @param reader Where the bytes come from.
 * @param writer Where they go.
 * @param options How to give up.
 * @returns How many bytes were copied.
 * @throws {ConnectionAbortedError} Of whichever side was cut short.
 * @example A connection into another
 * ```ts
 * import assert from "node:assert/strict";
 * import { copy } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using from = connectionPair();
 * await using to = connectionPair();
 * await from.peer.writer.write("eleven bytes");
 * await from.peer.writer.closeWrite();
 * assert.equal(await copy(from.local.reader, to.local.writer), 12);
 * assert.equal((await to.peer.reader.readExactly(12)).length, 12);
 * ```
 */
export async function copy(reader: Reader, writer: Writer, options?: CopyOptions): Promise<number> {
  checkOptions(options);
  checkSignal(options?.signal);
  let copied = 0;
  await pass(reader, writer, options, (bytes) => copied += bytes);
  return copied;
}

/**
 * Passes bytes both ways between two connections until both have ended. A half-close travels; a blocked direction does
 * not block the other.
 *
 * Known as `copy_bidirectional` in tokio.
 *
 * @param a One connection.
 * @param b The other.
 * @param options How to give up.
 * @returns How many bytes went which way; both connections have ended in order then.
 * @throws {ConnectionAbortedError} Of whichever side was cut short first; it carries the counts as `aToB` and `bToA`. Both
 * connections are aborted then: what was cut must not look whole to the other side.
 * @example A proxy for one connection
 * ```ts
 * import assert from "node:assert/strict";
 * import { relay } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using client = connectionPair();
 * await using server = connectionPair();
 * const relaying = relay(client.local, server.local);
 * await client.peer.writer.write("ping\n");
 * await client.peer.writer.closeWrite();
 * assert.equal(await server.peer.reader.readLine(), "ping");
 * assert.equal(await server.peer.reader.readLine(), null);
 * await server.peer.writer.write("pong pong\n");
 * await server.peer.writer.closeWrite();
 * assert.deepEqual(await relaying, { aToB: 5, bToA: 10 });
 * ```
 */
export async function relay(a: Connection, b: Connection, options?: CopyOptions): Promise<RelayCounts> {
  checkOptions(options);
  checkSignal(options?.signal);
  const counts = { aToB: 0, bToA: 0 };
  let first: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    first ??= { error };
    a.abort(error);
    b.abort(error);
  };
  const there = passOn(a, b, options, (bytes) => counts.aToB += bytes).catch(fail);
  const back = passOn(b, a, options, (bytes) => counts.bToA += bytes).catch(fail);
  await Promise.all([there, back]);
  if (first === undefined) return counts;
  throw typeof first.error === "object" && first.error !== null ? Object.assign(first.error, counts) : first.error;
}

/** One direction, with its end. */
async function passOn(
  from: Connection,
  to: Connection,
  options: CopyOptions | undefined,
  count: (bytes: number) => void,
): Promise<void> {
  await pass(from.reader, to.writer, options, count);
  await to.writer.closeWrite();
}

/** Memory is lent: a write copies what is small, and has the kernel take the rest before it resolves. */
async function pass(
  reader: Reader,
  writer: Writer,
  options: CopyOptions | undefined,
  count: (bytes: number) => void,
): Promise<void> {
  const reading = { ...options, borrow: true };
  for (let chunk = await reader.read(reading); chunk !== null; chunk = await reader.read(reading)) {
    await writer.write(chunk, options);
    count(chunk.length);
  }
  await writer.flush();
}
