/**
 * Writing to a connection: whole, in call order, with backpressure.
 *
 * @module
 */
import { announceAbort } from "./abort_hub.ts";
import { formatAddress } from "./address.ts";
import { Deadline, now } from "./clock.ts";
import { beginDrain, endDrain } from "./connection_news.ts";
import { duration } from "./describe.ts";
import { failureOfBound, failureOfSignal } from "./failure.ts";
import type { Lifetime } from "./lifetime.ts";
import { observed } from "./observed_promise.ts";
import {
  bytesOf,
  checkData,
  checkWriteOptions,
  type DrainOptions,
  type Writable,
  type WriteOptions,
} from "./write_options.ts";
import type { WriteQueue } from "./write_queue.ts";

const DONE: Promise<void> = Promise.resolve();

/** One wait of the writer. */
interface Wait {
  readonly operation: "write" | "closeWrite";
  readonly name: string;
  readonly options: DrainOptions | undefined;
  /** Whether giving up aborts the connection. */
  readonly binding: boolean;
  /** What was accepted before this operation: it is safe to retry while the transport was given no more. */
  readonly start: number;
  ready(): boolean;
}

/**
 * The writing half of a connection.
 *
 * `await writer.write(data)` waits only when the peer is slower than you. **Accepted is not sent**: `flush()` or close
 * before the process exits. A promise that nobody awaits never becomes an unhandled rejection: the error is sticky, the
 * next operation or `close()` rejects with it.
 *
 * A wrong argument is a `TypeError` or `RangeError` that names it; nothing was accepted then.
 *
 * Known as `StreamWriter` in asyncio.
 *
 * @example Write, then wait until the kernel has it
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * const { writer } = pair.local;
 * await writer.write("PING\r\n");
 * await writer.write(["*1\r\n", new Uint8Array([36, 52, 13, 10])]);
 * await writer.flush();
 * assert.equal(writer.unsentBytes, 0);
 * assert.equal(await pair.peer.reader.readLine(), "PING");
 * ```
 */
export class Writer {
  readonly #lifetime: Lifetime;
  readonly #queue: WriteQueue;
  /** Only held: while it lives nobody has forgotten the connection. */
  readonly #handle: object | undefined;
  #closeWrite: Promise<void> | undefined;

  /**
   * Made by a Connection.
   *
   * @param lifetime The connection's.
   * @param queue Its outgoing bytes.
   * @internal
   */
  constructor(lifetime: Lifetime, queue: WriteQueue) {
    this.#lifetime = lifetime;
    this.#queue = queue;
    this.#handle = lifetime.handle?.deref();
  }

  /** Bytes accepted that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#lifetime.unsentBytes;
  }

  /**
   * Accepts data whole, in call order, never interleaved; then waits as `drain()` does.
   *
   * Less than 16 KiB are copied and the buffer is yours again at once. What is not copied is the writer's until the
   * promise settles, and then it settles only when the kernel has taken it. Text becomes UTF-8.
   *
   * Aborting closes the connection: part of the bytes may have been sent.
   *
   * @param data Bytes, text, or an array of them, written as one.
   * @param options How long to wait.
   * @throws {ConnectionAbortedError} The connection was cut short; `retrySafe` tells whether a byte of this write left.
   * `overflow`: more than `writeBufferLimit` bytes were waiting already.
   * @throws {TypeError} After `closeWrite()`, or the data is neither bytes nor text.
   * @example Backpressure in one line
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * const received = pair.peer.reader.readExactly(300_000);
   * for (let i = 0; i < 3; i++) await pair.local.writer.write(new Uint8Array(100_000));
   * assert.equal((await received).length, 300_000);
   * ```
   */
  write(data: Writable, options?: WriteOptions): Promise<void> {
    const lifetime = this.#lifetime;
    const start = lifetime.accepted;
    try {
      if (options !== undefined) checkWriteOptions(options);
      checkData(data);
    } catch (error) {
      return Promise.reject(error);
    }
    if (lifetime.phase !== "open" || lifetime.writeEnding) return this.#refuse();
    if (options?.signal?.aborted) {
      lifetime.cut(failureOfSignal(options.signal.reason), "write");
      return this.#fail(start);
    }
    const { writeBufferLimit } = lifetime.options;
    if (this.#queue.waiting > writeBufferLimit) {
      lifetime.cut(failureOfBound("writeBufferLimit", writeBufferLimit), "write");
      return this.#fail(start);
    }
    const copied = this.#accept(data);
    if (lifetime.accepted === start) return DONE;
    this.#queue.schedule();
    if (copied ? !this.#queue.clogged : lifetime.taken >= lifetime.accepted) return DONE;
    return this.#waitForRoom(copied, start, options);
  }

  /** Apart from `write`, which mostly need not wait: who makes a closure makes room for what it holds at each call. */
  #waitForRoom(copied: boolean, start: number, options: WriteOptions | undefined): Promise<void> {
    const lifetime = this.#lifetime;
    const end = lifetime.accepted;
    const ready = copied ? () => !this.#queue.clogged : () => lifetime.taken >= end;
    return this.#wait({ operation: "write", name: "write", options, binding: true, start, ready });
  }

  /**
   * Waits until the buffer is at or below the low-water mark, if the high one was passed; otherwise resolves at once.
   *
   * Cancel safe: giving up leaves the connection as it is.
   *
   * @param options How long to wait.
   * @throws {ConnectionAbortedError} The connection was cut short.
   * @example Wait before making more
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * void pair.local.writer.write(new Uint8Array(10));
   * await pair.local.writer.drain();
   * assert(pair.local.writer.unsentBytes <= 16_384);
   * ```
   */
  drain(options?: DrainOptions): Promise<void> {
    return this.#settle("drain", options, () => !this.#queue.clogged);
  }

  /**
   * Waits until everything accepted so far is with the kernel. Never reports discarded bytes as sent.
   *
   * Cancel safe: giving up leaves the connection as it is.
   *
   * @param options How long to wait.
   * @throws {ConnectionAbortedError} The connection was cut short before.
   * @example Before exiting
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * void pair.local.writer.write("last words");
   * await pair.local.writer.flush();
   * assert.equal(pair.local.bytesWritten, 10);
   * ```
   */
  flush(options?: DrainOptions): Promise<void> {
    const end = this.#lifetime.accepted;
    return this.#settle("flush", options, () => this.#lifetime.taken >= end);
  }

  /**
   * Half-closes: sends what was accepted, then the end of stream. Reading goes on.
   *
   * Known as `end()` in Node, `write_eof()` in asyncio, `shutdown(SHUT_WR)` in POSIX. Calling it again gives the same
   * promise. Aborting closes the connection: part of the bytes may have been sent.
   *
   * @param options How long to wait.
   * @throws {ConnectionAbortedError} The connection was cut short before.
   * @example Ask, say that this was all, read the answer
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.local.writer.write("all I have");
   * await pair.local.writer.closeWrite();
   * assert.equal((await pair.peer.reader.readAll()).length, 10);
   * await pair.peer.writer.write("got it\n");
   * assert.equal(await pair.local.reader.readLine(), "got it");
   * ```
   */
  closeWrite(options?: WriteOptions): Promise<void> {
    try {
      checkWriteOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const lifetime = this.#lifetime;
    if (lifetime.phase === "lost" || lifetime.phase === "cut") return this.#fail();
    if (options?.signal?.aborted && !lifetime.writeEnded) {
      lifetime.cut(failureOfSignal(options.signal.reason), "closeWrite");
      return this.#fail();
    }
    if (options === undefined && this.#closeWrite !== undefined) return this.#closeWrite;
    lifetime.writeEnding = true;
    void lifetime.output.endWriting();
    const ready = (): boolean => lifetime.writeEnded;
    const start = lifetime.accepted;
    const promise = this.#wait({ operation: "closeWrite", name: "closeWrite", options, binding: true, start, ready });
    if (options === undefined) this.#closeWrite = promise;
    return promise;
  }

  #accept(data: Writable): boolean {
    if (typeof data === "string") {
      this.#queue.appendText(data);
      return true;
    }
    if (!Array.isArray(data)) return this.#queue.append(bytesOf(data as Uint8Array));
    let copied = true;
    for (const part of data) copied = this.#accept(part) && copied;
    return copied;
  }

  /** Why nothing is accepted in this state. */
  #refuse(): Promise<void> {
    const { phase } = this.#lifetime;
    if (phase !== "open" && phase !== "ended") return this.#fail(this.#lifetime.accepted);
    return Promise.reject(new TypeError("Cannot write: closeWrite() was called on this connection"));
  }

  /** A promise that is rejected with this connection's error; `start` makes a write that left nothing safe to retry. */
  #fail(start?: number): Promise<void> {
    const operation = start === undefined ? "closeWrite" : "write";
    const retrySafe = start !== undefined && this.#lifetime.given <= start;
    return this.#observe(Promise.reject(this.#lifetime.error(operation, { retrySafe })));
  }

  #settle(name: "drain" | "flush", options: DrainOptions | undefined, ready: () => boolean): Promise<void> {
    try {
      checkWriteOptions(options, true);
    } catch (error) {
      return Promise.reject(error);
    }
    if (name === "flush") this.#queue.pump();
    const { phase } = this.#lifetime;
    if (phase === "ended") return DONE;
    const start = -1; // Never safe to retry: it is not known which bytes were meant.
    if (phase !== "open") return this.#fail(start);
    if (!options?.signal?.aborted && ready()) return DONE;
    return this.#wait({ operation: "write", name, options, binding: false, start, ready });
  }

  #timeoutError(name: string, timeout: number): DOMException {
    const object = formatAddress(this.#lifetime.transport.remoteAddress);
    const waited = `it took longer than its timeout of ${duration(timeout)}`;
    const message = `Cannot ${name} what was written to ${object}: ${waited}; the bytes still wait: call again`;
    return new DOMException(message, "TimeoutError");
  }

  #wait(wait: Wait): Promise<void> {
    return this.#observe(this.#waitFor(wait));
  }

  #observe(work: Promise<void>): Promise<void> {
    return observed(work, () => this.#lifetime.reported = true);
  }

  async #waitFor({ operation, name, options, binding, start, ready }: Wait): Promise<void> {
    const lifetime = this.#lifetime;
    const { signal, timeout } = options ?? {};
    const started = now();
    const waiting = { operation: name, since: started };
    let timedOut = false;
    const forget = announceAbort(signal, this.#queue.change);
    const deadline = timeout === undefined ? undefined : new Deadline(
      () => {
        timedOut = true;
        this.#queue.change.announce();
      },
      undefined,
      lifetime,
    );
    deadline?.arm(timeout);
    (lifetime.writing ??= new Set()).add(waiting);
    const drains = this.#queue.clogged;
    if (drains) beginDrain(lifetime, started);
    try {
      for (;;) {
        if (!signal?.aborted && ready()) return;
        if (!lifetime.over && (signal?.aborted || timedOut)) {
          if (!binding) throw signal?.aborted ? signal.reason : this.#timeoutError(name, timeout!);
          lifetime.cut(
            signal?.aborted ? failureOfSignal(signal.reason) : failureOfBound("timeout", timeout!),
            operation,
          );
        }
        if (lifetime.over) {
          if (ready()) return;
          const retrySafe = start >= 0 && operation === "write" && lifetime.given <= start;
          throw lifetime.error(operation, { elapsed: now() - started, retrySafe });
        }
        await this.#queue.change.next();
      }
    } finally {
      lifetime.writing!.delete(waiting);
      if (lifetime.writing!.size === 0) lifetime.writing = undefined;
      if (drains) endDrain(lifetime, now());
      forget?.();
      deadline?.dispose();
    }
  }
}
