/**
 * What users hold: a reader, a writer, and one life.
 *
 * @module
 */
import { onAbort } from "./abort_hub.ts";
import type { Address } from "./address.ts";
import { checkNoKeepOpen, checkOptions, checkTimeout } from "./arguments.ts";
import { Deadline } from "./clock.ts";
import type { CloseOutcome } from "./close_outcome.ts";
import { tellOpen } from "./connection_news.ts";
import type { ConnectionStats } from "./connection_stats.ts";
import { listening, originOf } from "./diagnostics.ts";
import { checkConnectionOptions, type ConnectionOptions, resolveOptions } from "./connection_options.ts";
import { failureOfBound, failureOfSignal } from "./failure.ts";
import { FillLoop } from "./fill_loop.ts";
import { Goodbye } from "./goodbye.ts";
import { handOut } from "./handle.ts";
import { Lifetime } from "./lifetime.ts";
import { Reader } from "./reader.ts";
import type { ReadIterator } from "./read_iterator.ts";
import type { Bytes } from "./read_options.ts";
import type { Transport } from "./transport.ts";
import { startTls } from "./start_tls.ts";
import type { StartTlsOptions, TlsInfo } from "./tls_options.ts";
import { readableOf, writableOf } from "./web_streams.ts";
import { Writer } from "./writer.ts";
import { WriteQueue } from "./write_queue.ts";

/** Options of `close`. */
export interface CloseOptions {
  /**
   * Longest time of the goodbye in ms; a second call may shorten it.
   *
   * @default {5000}
   */
  timeout?: number | undefined;
}

/** Tells a connection which hostname was dialled: the name that a certificate must be for. */
export let rememberHostname: (connection: Connection, hostname: string) => void;

/**
 * One connection: bytes both ways, a typed error for every way it can end, and a close that always happens.
 *
 * Both directions ended in order: the socket is released by itself, and buffered bytes stay readable. Whether a vanished
 * peer is noticed while you neither read nor write is the runtime's: Node and Bun at once, Deno at the next operation.
 *
 * @example Over any transport
 * ```ts
 * import assert from "node:assert/strict";
 * import { Connection } from "@hawser/net";
 * import { memoryPair } from "@hawser/net/testing";
 *
 * const [here, there] = memoryPair();
 * const connection = new Connection(here);
 * const peer = new Connection(there);
 * await peer.writer.write("hello\n");
 * assert.equal(await connection.reader.readLine(), "hello");
 * // Each end waits for the other's goodbye: close both at once, or `await using` each in its own block.
 * await Promise.all([connection.close(), peer.close()]);
 * ```
 */
export class Connection implements AsyncDisposable, Disposable, AsyncIterable<Bytes> {
  /** The reading half. */
  readonly reader: Reader;
  /** The writing half. */
  readonly writer: Writer;
  readonly #lifetime: Lifetime;
  readonly #loop: FillLoop;
  /** Made when it begins. */
  #goodbye: Goodbye | undefined;
  /** Only held: while it lives nobody has forgotten the connection. */
  readonly #handle: object;
  readonly #queue: WriteQueue;
  #readable: ReadableStream<Bytes> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  #hostname: string | undefined;

  static {
    rememberHostname = (connection, hostname) => connection.#hostname = hostname;
  }

  /**
   * Makes a connection over any transport.
   *
   * @param transport What carries the bytes; the connection owns it from now on.
   * @param options `noDelay` and `keepAlive` are the transport's business and ignored here.
   * @throws {TypeError} A wrong option.
   */
  constructor(transport: Transport, options: ConnectionOptions = {}) {
    checkConnectionOptions(options);
    checkTransport(transport);
    const origin = originOf(transport);
    this.#lifetime = new Lifetime(wrapped(transport, options), resolveOptions(options), origin);
    this.#loop = new FillLoop(this.#lifetime);
    this.#handle = handOut(this.#loop, listening("open") || listening("close"));
    this.reader = new Reader(this.#loop);
    this.#queue = new WriteQueue(this.#lifetime);
    this.writer = new Writer(this.#lifetime, this.#queue);
    this.#watchIdle();
    tellOpen(this.#lifetime);
    this.#watchSignal(options.signal);
  }

  /** This end; valid after close. */
  get localAddress(): Address {
    return this.#lifetime.transport.localAddress;
  }

  /** The other end; valid after close. */
  get remoteAddress(): Address {
    return this.#lifetime.transport.remoteAddress;
  }

  /** Bytes received so far. */
  get bytesRead(): number {
    return this.#lifetime.bytesRead;
  }

  /** Bytes the kernel has taken so far. */
  get bytesWritten(): number {
    return this.#lifetime.bytesWritten;
  }

  /** How it ended, once it has: always fulfils, never rejects. Known as `wait_closed()` in asyncio, `'close'` in Node. */
  get closed(): Promise<CloseOutcome> {
    return this.#lifetime.closed;
  }

  /** Aborts when new operations would reject; its reason is the `ConnectionAbortedError`. */
  get signal(): AbortSignal {
    return this.#lifetime.signal;
  }

  /**
   * The input as a WHATWG byte stream that reads nothing ahead. `cancel()` is a `break`: the connection stays open and
   * nothing is lost. Its end does not close the connection; a failure is its error. Reading from it is a read: one at a
   * time. One that still waits when its reader lets go (`releaseLock()`) goes on waiting, and the stream keeps what it brings;
   * `cancel()` ends it.
   *
   * @example Through a transform, then on with the writer
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await pair.peer.writer.write("question");
   * await pair.peer.writer.closeWrite();
   * assert.equal(await new Response(pair.local.readable).text(), "question");
   * await pair.local.writer.write("answer\n");
   * assert.equal(await pair.peer.reader.readLine(), "answer");
   * ```
   */
  get readable(): ReadableStream<Bytes> {
    return this.#readable ??= readableOf(this.#loop);
  }

  /**
   * The output as a WHATWG stream: `close()` is a half-close, reading goes on; `abort(reason)` is `abort(reason)` of the
   * connection, at once.
   *
   * @example Pipe into a connection
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await new Response("all of it").body!.pipeTo(pair.local.writable);
   * assert.equal((await pair.peer.reader.readAll()).length, 9);
   * ```
   */
  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= writableOf(this.writer, this.#lifetime, (reason) => this.abort(reason));
  }

  /** What it has counted so far: bytes, operations, time spent waiting for a peer that reads slowly, peaks of its buffers. */
  get stats(): ConnectionStats {
    return this.#lifetime.stats;
  }

  /** What TLS has agreed on: protocol, cipher, ALPN, the peer's certificate; `undefined` without TLS. */
  get tls(): TlsInfo | undefined {
    return this.#lifetime.transport.tls;
  }

  /**
   * Goes on over TLS, in place: the same reader, writer, `closed`, `signal` and counters. STARTTLS of SMTP and IMAP,
   * `SSLRequest` of PostgreSQL.
   *
   * What was accepted is flushed first. Bytes that are at hand are the start of the handshake for a server; for a client
   * they were injected, which is reason `"tls"`. Any failure releases the socket: it never falls back to plaintext. What
   * is written meanwhile goes out over TLS.
   *
   * Aborting closes the connection. Known as `start_tls()` in asyncio, `tls.connect({ socket })` in Node.
   *
   * @param options The role, certificates, patience; `serverName` defaults to the hostname that was dialled.
   * @throws {ConnectionAbortedError} The handshake failed, or this side gave it up.
   * @throws {BusyError} A read is under way, also one that was given up with `keepOpen`. Nothing was harmed.
   * @throws {TypeError} Wrong options, malformed certificates, no `serverName` where none was dialled, or Bun, before any
   * I/O.
   * @example A certificate has to be for a name
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * await assert.rejects(pair.local.startTls(), /TypeError: Cannot start TLS without serverName/);
   * assert.equal(pair.local.tls, undefined);
   * ```
   */
  startTls(options?: StartTlsOptions): Promise<void> {
    const parts = { lifetime: this.#lifetime, loop: this.#loop, queue: this.#queue };
    return startTls({ ...parts, hostname: this.#hostname }, options);
  }

  /** Keeps the process alive while this connection is open (the default). */
  ref(): void {
    this.#reference(true);
  }

  /** Lets the process end although this connection is open. */
  unref(): void {
    this.#reference(false);
  }

  /**
   * Closes in order: sends what was accepted, half-closes, discards input until the peer ends (at most 16 MiB), releases.
   *
   * Bounded and idempotent. Past its time: if accepted bytes are still here the connection is aborted; if everything is
   * with the kernel it is released without RST, and the kernel goes on delivering. Pending reads reject with `"closed"`,
   * never with an end of stream; pending writes settle with the flush.
   *
   * Known as `end()` then `'close'` in Node, `close()` and `wait_closed()` in asyncio.
   *
   * @param options How long the goodbye may take; a second call may shorten it.
   * @returns How the connection ended.
   * @throws {ConnectionAbortedError} Accepted bytes were lost and no operation has told you yet. Once.
   * @example See how it went
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * void pair.local.writer.write("goodbye");
   * void pair.peer.close();
   * const outcome = await pair.local.close();
   * assert(outcome.clean);
   * assert.equal(outcome.bytesWritten, 7);
   * ```
   */
  close(options?: CloseOptions): Promise<CloseOutcome> {
    try {
      checkOptions(options);
      checkNoKeepOpen(options);
      checkTimeout("timeout", options?.timeout);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#sayGoodbye().close(options?.timeout);
  }

  /**
   * Ends it now, with RST where the runtime can: idempotent, never throws, may destroy bytes already flushed.
   *
   * Known as `destroy()` or `resetAndDestroy()` in Node, `transport.abort()` in asyncio.
   *
   * @param reason Becomes the `cause` of the `ConnectionAbortedError` (reason `"closed"`) that operations reject with.
   * @example The peer sees a reset, not an end
   * ```ts
   * import assert from "node:assert/strict";
   * import { connectionPair } from "@hawser/net/testing";
   *
   * await using pair = connectionPair();
   * pair.local.abort(new Error("the request made no sense"));
   * await assert.rejects(pair.peer.reader.read(), { reason: "reset" });
   * await assert.rejects(pair.local.reader.read(), { reason: "closed" });
   * ```
   */
  abort(reason?: unknown): void {
    this.#sayGoodbye().abort(reason);
  }

  /** The chunks up to the peer's orderly end; throws otherwise. Breaking out keeps the connection open. */
  [Symbol.asyncIterator](): ReadIterator<Bytes> {
    return this.reader.chunks();
  }

  /** `close()`: so `await using` guarantees that the connection is closed, and tells when bytes were lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Starts `close()` and returns: the socket is released within `closeTimeout`. Lost bytes become a warning. */
  [Symbol.dispose](): void {
    this.close().catch((error: unknown) => console.warn(`Warning: ${String(error)}`));
  }

  #sayGoodbye(): Goodbye {
    return this.#goodbye ??= new Goodbye(this.#loop);
  }

  #reference(wanted: boolean): void {
    const { transport } = this.#lifetime;
    if (wanted) transport.ref?.();
    else transport.unref?.();
    this.#lifetime.referenced = wanted;
  }

  #watchIdle(): void {
    const lifetime = this.#lifetime;
    const { idleTimeout } = lifetime.options;
    if (idleTimeout === Infinity) return;
    const due = (): void => lifetime.cut(failureOfBound("idleTimeout", idleTimeout), "idle");
    // A watchdog: a socket keeps the process alive by itself. Nothing does so for what is no socket.
    const owner = { referenced: lifetime.transport.ref === undefined };
    const idle = new Deadline(due, () => lifetime.bytesRead + lifetime.bytesWritten, owner);
    idle.arm(idleTimeout);
    lifetime.addPart(idle);
  }

  #watchSignal(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const lifetime = this.#lifetime;
    const cut = (): void => lifetime.cut(failureOfSignal(signal.reason), "close");
    if (signal.aborted) return cut();
    lifetime.addPart({ dispose: onAbort(signal, cut) });
  }
}

/** The transport with what the options put around it; it is ours already, so it goes when that fails. */
export function wrapped(transport: Transport, { wrap }: ConnectionOptions): Transport {
  if (wrap === undefined) return transport;
  try {
    const outer: unknown = wrap(transport);
    checkTransport(outer);
    return outer;
  } catch (error) {
    transport.abort();
    throw error;
  }
}

function checkTransport(transport: unknown): asserts transport is Transport {
  const some = transport as Partial<Transport> | null | undefined;
  for (const method of ["read", "write", "closeWrite", "release", "abort"] as const) {
    if (typeof some?.[method] === "function") continue;
    throw new TypeError(`Cannot make a connection: the transport has no ${method}() method`);
  }
}
