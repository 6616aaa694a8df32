/**
 * Everything a connection can reject with. Catch one class, know what happened.
 *
 * @module
 */
import type { Address } from "./address.ts";
import { describe } from "./describe.ts";
import { printable } from "./printable.ts";
import type {
  AbortReason,
  ConnectAttempt,
  ConnectFailureReason,
  ConnectionErrorInit,
  Initiator,
  Operation,
} from "./reasons.ts";

/** Marks an instance so that `is()` works across copies of this package and realms. */
const brand = (name: string): symbol => Symbol.for(`@hawser/net/${name}`);

function mark(constructor: { readonly prototype: object }, name: string): void {
  Object.defineProperty(constructor.prototype, brand(name), { value: true });
  // A literal, on the prototype: minifiers rename classes, and an own property would print twice.
  Object.defineProperty(constructor.prototype, "name", { value: name, configurable: true, writable: true });
}

function hasBrand(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[brand(name)] === true;
}

/** An error as `toJSON()` shows it: lengths, never content. */
export type ErrorJson = Record<string, unknown>;

/** `cause` without what it may hold of the conversation: its name, code and cut message. */
function causeToJson(cause: unknown): unknown {
  if (hasBrand(cause, "ConnectionError")) return (cause as ConnectionError).toJSON();
  if (!(cause instanceof Error)) return cause === undefined ? undefined : typeof cause;
  const code = (cause as { code?: unknown }).code;
  return { name: printable(cause.name), message: printable(cause.message), ...(code !== undefined && { code }) };
}

/**
 * The base of all that a connection rejects with. Made by this package; catch it, do not throw it.
 *
 * @example Catch everything that a connection can reject with
 * ```ts
 * import assert from "node:assert/strict";
 * import { ConnectionError } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * pair.peer.abort();
 * const error = await pair.local.reader.read().catch((error) => error);
 * assert(ConnectionError.is(error));
 * assert.equal(error.reason, "reset");
 * ```
 */
export class ConnectionError extends Error {
  /** Why, as a word for programs. */
  readonly reason: string;
  /** What was being done. */
  readonly operation: Operation;
  /** Who ended it. */
  readonly initiator: Initiator;
  /** The system's code, `"ECONNRESET"`, also where the runtime has only a class; absent where no system call failed. */
  declare readonly code?: string;
  /** This end, where it was known. */
  declare readonly localAddress?: Address;
  /** The other end, or what was dialled. */
  declare readonly remoteAddress?: Address;
  /** Bytes received over the life of the connection. */
  readonly bytesRead: number;
  /** Bytes that the transport reported as taken by the kernel, over the life of the connection. */
  readonly bytesWritten: number;
  /** Bytes accepted by `write` and not taken: with `bytesWritten` always the sum of what was accepted. */
  readonly unsentBytes: number;
  /** Milliseconds from the call to the failure. */
  readonly elapsed: number;
  /** True only if no byte of the failed operation left this process: every dial, a write of which nothing was sent. */
  readonly retrySafe: boolean;
  /** On reads that failed inside a message: its bytes, taken out of the buffer. Never printed. */
  declare readonly partial?: Uint8Array<ArrayBuffer>;
  /** On reads of a known size: the bytes that were asked for. */
  declare readonly expected?: number;

  /**
   * Made by this package.
   *
   * @param init The facts; the message is made from them.
   */
  constructor(init: ConnectionErrorInit) {
    super(describe(init), init.cause === undefined ? undefined : { cause: init.cause });
    this.reason = init.reason;
    this.operation = init.operation;
    this.initiator = init.initiator;
    this.bytesRead = init.bytesRead ?? 0;
    this.bytesWritten = init.bytesWritten ?? 0;
    this.unsentBytes = init.unsentBytes ?? 0;
    this.elapsed = init.elapsed ?? 0;
    this.retrySafe = init.retrySafe ?? false;
    if (init.code !== undefined) this.code = init.code;
    if (init.localAddress !== undefined) this.localAddress = init.localAddress;
    if (init.remoteAddress !== undefined) this.remoteAddress = init.remoteAddress;
    if (init.expected !== undefined) this.expected = init.expected;
    // Not enumerable: a logger that prints the fields of an error must not print what a user sent.
    if (init.partial !== undefined) Object.defineProperty(this, "partial", { value: init.partial });
  }

  /**
   * Whether a value is a `ConnectionError`, also one of another copy of this package or another realm.
   *
   * @param value What was caught.
   * @returns Whether it is one; its fields are typed then.
   */
  static is(value: unknown): value is ConnectionError {
    return hasBrand(value, "ConnectionError");
  }

  /**
   * What `JSON.stringify` shows.
   *
   * @returns The facts for a log: lengths, never content.
   */
  toJSON(): ErrorJson {
    const { partial, cause, stack: _stack, ...fields } = this as ConnectionError & { cause?: unknown };
    return {
      ...fields,
      name: this.name,
      message: this.message,
      ...(partial !== undefined && { partial: partial.length }),
      ...(cause !== undefined && { cause: causeToJson(cause) }),
    };
  }
}

/**
 * A connection was never established (every attempt failed by itself), or a listener could not bind or accept.
 *
 * @example Nobody listens
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, ConnectError } from "@hawser/net";
 *
 * const error = await connect("127.0.0.1:1").catch((error) => error);
 * assert(ConnectError.is(error));
 * assert.equal(error.reason, "refused");
 * assert.equal(error.retrySafe, true);
 * ```
 */
export class ConnectError extends ConnectionError {
  /** Why, as a word for programs. */
  declare readonly reason: ConnectFailureReason;
  /** Every address that was tried, in order. */
  readonly attempts: readonly ConnectAttempt[];

  /**
   * Made by this package.
   *
   * @param init The facts; the message is made from them.
   */
  constructor(init: ConnectionErrorInit<ConnectFailureReason>) {
    super(init);
    this.attempts = init.attempts ?? [];
  }

  /**
   * Whether a value is a `ConnectError`, also one of another copy of this package or another realm.
   *
   * @param value What was caught.
   * @returns Whether it is one; its fields are typed then.
   */
  static override is(value: unknown): value is ConnectError {
    return hasBrand(value, "ConnectError");
  }

  /**
   * What `JSON.stringify` shows.
   *
   * @returns The facts for a log: lengths, never content.
   */
  override toJSON(): ErrorJson {
    return { ...super.toJSON(), attempts: this.attempts.map((a) => ({ ...a, error: causeToJson(a.error) })) };
  }
}

/**
 * An established connection was cut short, or this side's signal or timeout ended the dial. It always means that this
 * connection is over.
 *
 * @example Know who ended it
 * ```ts
 * import assert from "node:assert/strict";
 * import { ConnectionAbortedError } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * await pair.peer.writer.write("half a li");
 * await pair.peer.writer.closeWrite();
 * const error = await pair.local.reader.readLine().catch((error) => error);
 * assert(ConnectionAbortedError.is(error));
 * assert.equal(error.reason, "unexpected-end");
 * assert.equal(error.initiator, "peer");
 * assert.equal(error.partial?.length, 9);
 * ```
 */
export class ConnectionAbortedError extends ConnectionError {
  /** Why, as a word for programs. */
  declare readonly reason: AbortReason;

  /**
   * Made by this package.
   *
   * @param init The facts; the message is made from them.
   */
  constructor(init: ConnectionErrorInit<AbortReason>) {
    super(init);
  }

  /**
   * Whether a value is a `ConnectionAbortedError`, also one of another copy of this package or another realm.
   *
   * @param value What was caught.
   * @returns Whether it is one; its fields are typed then.
   */
  static override is(value: unknown): value is ConnectionAbortedError {
    return hasBrand(value, "ConnectionAbortedError");
  }
}

/**
 * A line, a frame or a read passed its limit. Nothing was consumed: call again with more, skip, or close.
 *
 * @example Skip a line that is too long
 * ```ts
 * import assert from "node:assert/strict";
 * import { LimitExceededError } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * await pair.peer.writer.write("much too long\nshort\n");
 * const { reader } = pair.local;
 * await assert.rejects(reader.readLine({ limit: 5 }), LimitExceededError);
 * await reader.skipUntil("\n");
 * assert.equal(await reader.readLine({ limit: 5 }), "short");
 * ```
 */
export class LimitExceededError extends Error {
  /** The limit in bytes. */
  readonly limit: number;

  /**
   * Made by this package.
   *
   * @param what What passed it, `"a line"`.
   * @param limit The limit in bytes.
   */
  constructor(what: string, limit: number) {
    super(`Cannot read ${what}: it is longer than the limit of ${limit} bytes; raise the limit, skip it or close`);
    this.limit = limit;
  }

  /**
   * Whether a value is a `LimitExceededError`, also one of another copy of this package or another realm.
   *
   * @param value What was caught.
   * @returns Whether it is one; its fields are typed then.
   */
  static is(value: unknown): value is LimitExceededError {
    return hasBrand(value, "LimitExceededError");
  }

  /**
   * What `JSON.stringify` shows.
   *
   * @returns The facts for a log.
   */
  toJSON(): ErrorJson {
    return { name: this.name, message: this.message, limit: this.limit };
  }
}

/** How many bytes around a malformed one help to find it in a capture. */
const EXCERPT_BYTES = 16;

/**
 * Malformed bytes: text that is not UTF-8, a frame that its codec refuses.
 *
 * @example A line that is not UTF-8
 * ```ts
 * import assert from "node:assert/strict";
 * import { DecodeError } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * await pair.peer.writer.write(new Uint8Array([0x61, 0xff, 0x0a]));
 * const error = await pair.local.reader.readLine().catch((error) => error);
 * assert(DecodeError.is(error));
 * assert.equal(error.offset, 1);
 * assert.deepEqual(error.bytes, new Uint8Array([0x61, 0xff]));
 * ```
 */
export class DecodeError extends Error {
  /** Where the first malformed sequence starts, counted from the start of the line or frame. */
  readonly offset: number;
  /** At most 16 bytes from there. Never printed. */
  declare readonly excerpt: Uint8Array<ArrayBuffer>;
  /** The whole line or frame, which was consumed. Never printed. */
  declare readonly bytes: Uint8Array<ArrayBuffer>;

  /**
   * Made by this package, and by codecs.
   *
   * @param what What was malformed: `"a line: it is not UTF-8"`.
   * @param bytes The line or frame.
   * @param offset Where in it the first malformed sequence starts.
   */
  constructor(what: string, bytes: Uint8Array<ArrayBuffer>, offset: number) {
    super(`Cannot decode ${what}, from byte ${offset} of ${bytes.length} on`);
    this.offset = offset;
    Object.defineProperty(this, "excerpt", { value: bytes.slice(offset, offset + EXCERPT_BYTES) });
    Object.defineProperty(this, "bytes", { value: bytes });
  }

  /**
   * Whether a value is a `DecodeError`, also one of another copy of this package or another realm.
   *
   * @param value What was caught.
   * @returns Whether it is one; its fields are typed then.
   */
  static is(value: unknown): value is DecodeError {
    return hasBrand(value, "DecodeError");
  }

  /**
   * What `JSON.stringify` shows.
   *
   * @returns The facts for a log: lengths, never content.
   */
  toJSON(): ErrorJson {
    const { offset, bytes, excerpt } = this;
    return { name: this.name, message: this.message, offset, bytes: bytes.length, excerpt: excerpt.length };
  }
}

/**
 * Two of your own operations collided: a bug in the caller. The one that was under way goes on.
 *
 * @example Two reads at once
 * ```ts
 * import assert from "node:assert/strict";
 * import { BusyError } from "@hawser/net";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * const first = pair.local.reader.readLine();
 * await assert.rejects(pair.local.reader.readLine(), BusyError);
 * await pair.peer.writer.write("for the first\n");
 * assert.equal(await first, "for the first");
 * ```
 */
export class BusyError extends Error {
  /**
   * Made by this package.
   *
   * @param wanted What was called.
   * @param running What is still under way.
   */
  constructor(wanted: string, running: string) {
    super(`Cannot start ${wanted}: ${running} is still under way on this object; await it first`);
  }

  /**
   * Whether a value is a `BusyError`, also one of another copy of this package or another realm.
   *
   * @param value What was caught.
   * @returns Whether it is one; its fields are typed then.
   */
  static is(value: unknown): value is BusyError {
    return hasBrand(value, "BusyError");
  }

  /**
   * What `JSON.stringify` shows.
   *
   * @returns The facts for a log.
   */
  toJSON(): ErrorJson {
    return { name: this.name, message: this.message };
  }
}

mark(ConnectionError, "ConnectionError");
mark(ConnectError, "ConnectError");
mark(ConnectionAbortedError, "ConnectionAbortedError");
mark(LimitExceededError, "LimitExceededError");
mark(DecodeError, "DecodeError");
mark(BusyError, "BusyError");
