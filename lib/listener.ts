/**
 * Accepting connections.
 *
 * @module
 */
import { AcceptIterator } from "./accept_iterator.ts";
import { onAbort } from "./abort_hub.ts";
import { type Address, formatAddress } from "./address.ts";
import { checkNoKeepOpen, checkOptions, checkSignal, checkTimeout } from "./arguments.ts";
import { Deadline, now } from "./clock.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { duration } from "./describe.ts";
import { noteOrigin } from "./diagnostics.ts";
import { BusyError, ConnectionAbortedError } from "./errors.ts";
import type { Acceptor } from "./platform.ts";
import type { InspectableListener } from "./inspection.ts";
import { openListeners } from "./registry.ts";
import type { Transport } from "./transport.ts";

/** Options of `accept`. */
export interface AcceptOptions {
  /** Gives up waiting: rejects with `signal.reason`. */
  signal?: AbortSignal | undefined;
  /**
   * Longest wait in ms: then it rejects with a `TimeoutError` `DOMException`.
   *
   * @default {Infinity}
   */
  timeout?: number | undefined;
}

/** What an accept that is under way has come to. */
type Accepted = { transport: Transport } | { error: unknown };

/**
 * A socket that listens; made by `listen`.
 *
 * @example Accept one connection
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, listen } from "@hawser/net";
 *
 * await using listener = await listen({ port: 0 });
 * const [server, client] = await Promise.all([listener.accept(), connect(listener.address)]);
 * assert.deepEqual(server.localAddress, listener.address);
 * await Promise.all([server.close(), client.close()]);
 * ```
 */
export class Listener implements AsyncDisposable, AsyncIterable<Connection> {
  /** Where it listens, with the port that was chosen. */
  readonly address: Address;
  readonly #acceptor: Acceptor;
  readonly #options: ConnectionOptions;
  /** The platform's accept under way: parked when its caller gives up, adopted by the next. */
  #pending: Promise<Accepted> | undefined;
  #busy = false;
  #closed = false;
  /** Whether a waiting accept keeps the process alive. */
  readonly #owner = { referenced: true };
  #wake: (() => void) | undefined;
  readonly #entry: WeakRef<InspectableListener>;

  /**
   * Made by `listen`.
   *
   * @param acceptor The platform's.
   * @param options For each connection.
   * @internal
   */
  constructor(acceptor: Acceptor, options: ConnectionOptions) {
    this.address = acceptor.address;
    this.#acceptor = acceptor;
    this.#options = options;
    this.#entry = openListeners.add(this);
  }

  /**
   * Waits for the next connection.
   *
   * Cancel safe: given up, it loses no connection; what arrives is kept for the next call. Then it rejects with
   * `signal.reason`, or with a `TimeoutError` `DOMException`.
   *
   * Known as `accept(2)` in POSIX, `'connection'` in Node.
   *
   * @param options How long to wait.
   * @returns The connection, yours to close.
   * @throws {ConnectionAbortedError} Reason `"closed"`: the listener was closed.
   * @throws {ConnectError} Reason `"resource-exhausted"`: out of descriptors; the next call may succeed. Only Deno's own sockets
   * say so: Node and Bun accept again by themselves, `runtime: "node"` under Deno never does.
   * @throws {BusyError} Another accept is under way.
   * @throws {DOMException} `TimeoutError`: nobody came in time.
   * @example Do something else when nobody comes
   * ```ts
   * import assert from "node:assert/strict";
   * import { connect, listen } from "@hawser/net";
   *
   * await using listener = await listen({ port: 0 });
   * await assert.rejects(listener.accept({ timeout: 10 }), { name: "TimeoutError" });
   * const client = await connect(listener.address);
   * const accepted = await listener.accept();
   * assert.deepEqual(accepted.remoteAddress, client.localAddress);
   * await Promise.all([accepted.close(), client.close()]);
   * ```
   */
  async accept(options?: AcceptOptions): Promise<Connection> {
    checkOptions(options);
    checkNoKeepOpen(options);
    checkSignal(options?.signal);
    checkTimeout("timeout", options?.timeout);
    if (this.#closed) throw this.#closedError(0);
    if (this.#busy) throw new BusyError("accept", "accept");
    options?.signal?.throwIfAborted();
    this.#busy = true;
    try {
      const transport = await this.#next(options);
      noteOrigin(transport, "accept");
      return new Connection(transport, this.#options);
    } finally {
      this.#busy = false;
    }
  }

  /**
   * Stops listening: a pending accept rejects, an iteration ends, what nobody took is reset, a socket file is removed.
   * Idempotent, never rejects. Connections that were accepted live on.
   *
   * @returns When the address is free.
   * @example It ends an iteration
   * ```ts
   * import assert from "node:assert/strict";
   * import { listen } from "@hawser/net";
   *
   * const listener = await listen({ port: 0 });
   * const accepting = (async () => {
   *   for await (const connection of listener) connection.abort();
   *   return "no more";
   * })();
   * await listener.close();
   * assert.equal(await accepting, "no more");
   * ```
   */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    openListeners.remove(this.#entry);
    this.#acceptor.close();
    void this.#pending?.then((late) => "transport" in late && late.transport.abort());
    this.#wake?.();
    return Promise.resolve();
  }

  /**
   * Connections that were reset because `backlog` others waited to be accepted. Node and Bun accept whether anybody asked or
   * not; on Deno it stays 0, since there they wait in the kernel, which refuses or delays what is too much.
   */
  get droppedConnections(): number {
    return this.#acceptor.dropped ?? 0;
  }

  /** Keeps the process alive while it listens (the default). */
  ref(): void {
    this.#owner.referenced = true;
    this.#acceptor.ref();
  }

  /** Lets the process end although it listens. */
  unref(): void {
    this.#owner.referenced = false;
    this.#acceptor.unref();
  }

  /** Accepts until the listener is closed. Breaking out leaves it open, and loses no connection. */
  [Symbol.asyncIterator](): AcceptIterator {
    return new AcceptIterator((signal) => this.accept({ signal }));
  }

  /** `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The platform's next transport, or why there is none. */
  async #next({ signal, timeout }: AcceptOptions = {}): Promise<Transport> {
    const started = now();
    let timedOut = false;
    const wake = (): void => this.#wake?.();
    const forget = signal && onAbort(signal, wake);
    const deadline = timeout === undefined ? undefined : new Deadline(
      () => {
        timedOut = true;
        wake();
      },
      undefined,
      this.#owner,
    );
    deadline?.arm(timeout);
    try {
      const woken = new Promise<undefined>((resolve) => this.#wake = () => resolve(undefined));
      this.#pending ??= this.#acceptor.accept().then((transport) => ({ transport }), (error: unknown) => ({ error }));
      const accepted = await Promise.race([this.#pending, woken]);
      if (this.#closed) throw this.#closedError(now() - started);
      if (signal?.aborted) throw signal.reason;
      if (timedOut) throw this.#timeoutError(timeout!);
      this.#pending = undefined;
      if ("error" in accepted!) throw accepted.error;
      return accepted!.transport;
    } finally {
      this.#wake = undefined;
      forget?.();
      deadline?.dispose();
    }
  }

  #timeoutError(timeout: number): DOMException {
    const message = `Cannot accept a connection on ${formatAddress(this.address)}: nobody came within ${
      duration(timeout)
    }`;
    return new DOMException(`${message}; call again`, "TimeoutError");
  }

  #closedError(elapsed: number): ConnectionAbortedError {
    const localAddress = this.address;
    return new ConnectionAbortedError({
      reason: "closed",
      initiator: "local",
      operation: "accept",
      localAddress,
      elapsed,
    });
  }
}
