/**
 * A listener with a handler for each connection.
 *
 * @module
 */
import { onAbort } from "./abort_hub.ts";
import type { Address } from "./address.ts";
import { checkBytes, checkFunction, checkOptions, checkTimeout } from "./arguments.ts";
import { Change } from "./change.ts";
import { Deadline, sleep } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { ConnectError, ConnectionAbortedError } from "./errors.ts";
import { type ListenOptions, listenWith } from "./listen.ts";
import type { Listener } from "./listener.ts";

/** A connection that nobody has thought of; a server of small things holds as many. */
const MAX_CONNECTIONS = 10_000;

/** How long accepting rests when descriptors or memory have run out. */
const REST = 100;

/** How long a shutdown waits for the handlers. */
const SHUTDOWN_TIMEOUT = 30_000;

/** What a handler is given beside the connection. */
export interface HandlerContext {
  /** Aborts when the server shuts down: finish what is under way, and return. */
  readonly signal: AbortSignal;
}

/** Talks over one connection. Returned: the connection is closed in order. Thrown: it is aborted. */
export type Handler = (connection: Connection, context: HandlerContext) => Promise<void> | void;

/** Options of `serve`: those of `listen`, and what to do with the connections. */
export interface ServeOptions extends ListenOptions {
  /**
   * Connections at the same time, those in their goodbye too; accepting pauses meanwhile.
   *
   * @default {10000}
   */
  maxConnections?: number | undefined;
  /**
   * Told what a handler threw, what a close lost, which TLS handshake failed, why accepting rests or has ended. By default
   * it is printed with `console.error`, except handshakes and a connection's own `ConnectionAbortedError`: clients go away
   * all the time.
   */
  onError?: ((error: unknown, connection?: Connection) => void) | undefined;
}

/** Options of `shutdown`. */
export interface ShutdownOptions {
  /**
   * How long handlers may go on, in ms; then their connections are aborted. A second call may shorten it.
   *
   * @default {30000}
   */
  timeout?: number | undefined;
}

/** What became of the connections that a shutdown found, and of those accepted meanwhile. */
export interface ShutdownSummary {
  /** Their handler returned, and they were closed. */
  readonly finished: number;
  /** They were aborted: the time had passed. */
  readonly aborted: number;
  /** Their handler threw. */
  readonly failed: number;
}

/**
 * Listens, and runs a handler for each connection.
 *
 * A handler that returns has its connection closed in order, one that throws has it aborted: half a reply must not look
 * whole. One connection's failure is nobody else's. Out of descriptors or memory, accepting rests for 100 ms; a client that
 * reset before it was accepted is passed over.
 *
 * Known as `asyncio.start_server`, `net.createServer` in Node, `Deno.serve` for HTTP.
 *
 * @param target `"host:port"`, `"[::1]:80"`, `"unix:/run/x.sock"`, or options that name it.
 * @param handler Talks over one connection, and is told by a signal when the server shuts down.
 * @returns The server, listening.
 * @throws {ConnectError} It could not bind: `"address-in-use"`, `"permission-denied"`, … operation `"listen"`.
 * @throws {TypeError} A wrong address or option, or no handler, before any I/O.
 * @throws {RangeError} A port, path length or number out of range, before any I/O.
 * @example An echo server
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, serve } from "@hawser/net";
 *
 * await using server = await serve({ port: 0 }, async (connection) => {
 *   for await (const line of connection.reader.lines()) await connection.writer.write(`echo ${line}\n`);
 * });
 * {
 *   await using client = await connect(server.address);
 *   await client.writer.write("hello\n");
 *   assert.equal(await client.reader.readLine({ timeout: 5_000 }), "echo hello");
 * }
 * assert.deepEqual(await server.shutdown(), { finished: 0, aborted: 0, failed: 0 });
 * ```
 */
export function serve(target: string | ServeOptions, handler: Handler): Promise<Server>;
/** The same, with the options beside a text address. */
export function serve(
  target: string,
  options: Omit<ServeOptions, "hostname" | "port" | "path">,
  handler: Handler,
): Promise<Server>;
export async function serve(target: string | ServeOptions, ...rest: unknown[]): Promise<Server> {
  const handler = rest.at(-1);
  if (typeof handler !== "function") throw new TypeError("Cannot serve without a handler: it must be a function");
  const options = (rest.length > 1 ? rest[0] : typeof target === "string" ? {} : target) as ServeOptions;
  checkOptions(options);
  if (options?.maxConnections !== undefined) checkBytes("maxConnections", options.maxConnections);
  checkFunction("onError", options?.onError);
  const onFailure = (error: unknown): void => tell(options.onError ?? report, error);
  const listener = await listenWith(target, typeof target === "string" ? options : {}, onFailure);
  return new Server(listener, handler as Handler, options);
}

/**
 * A server that runs; made by `serve`.
 *
 * @example Look at it while it runs
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, serve } from "@hawser/net";
 *
 * await using server = await serve({ port: 0 }, async ({ reader, writer }) => {
 *   await writer.write("hello\n");
 *   await reader.read();
 * });
 * assert.equal(server.connections.size, 0);
 * {
 *   await using client = await connect(server.address);
 *   assert.equal(await client.reader.readLine(), "hello");
 *   assert.equal(server.connections.size, 1);
 * }
 * await server.shutdown();
 * await server.finished;
 * ```
 */
export class Server implements AsyncDisposable {
  /** Where it listens, with the port that was chosen. */
  readonly address: Address;
  /** Settles when it accepts no more and every handler has: with `shutdown()`, or rejects when accepting failed for good. */
  readonly finished: Promise<void>;
  readonly #listener: Listener;
  readonly #handler: Handler;
  readonly #maxConnections: number;
  readonly #onError: (error: unknown, connection?: Connection) => void;
  readonly #connections: Set<Connection> = new Set();
  readonly #stop: AbortController = new AbortController();
  /** Announces that a connection has gone, or that the server stops. */
  readonly #change: Change = new Change();
  readonly #summary: { finished: number; aborted: number; failed: number } = { finished: 0, aborted: 0, failed: 0 };
  #shutdown: Promise<ShutdownSummary> | undefined;
  /** Settles when no connection is accepted any more. */
  #accepting: Promise<void> = Promise.resolve();
  readonly #deadline: Deadline = new Deadline(() => this.#abortAll());
  #timedOut = false;

  /**
   * Made by `serve`.
   *
   * @param listener Bound.
   * @param handler For each connection.
   * @param options Limits.
   * @internal
   */
  constructor(listener: Listener, handler: Handler, options: ServeOptions) {
    this.address = listener.address;
    this.#listener = listener;
    this.#handler = handler;
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    this.#onError = options.onError ?? report;
    this.finished = this.#run(options.signal);
    this.finished.catch(() => {}); // onError is told; who wants to wait for it may.
  }

  /** The connections that are open now, those in their goodbye too. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /** Connections that were reset because `backlog` others waited, while `maxConnections` were served: see `Listener`. */
  get droppedConnections(): number {
    return this.#listener.droppedConnections;
  }

  /**
   * Stops accepting, tells the handlers (`signal`), waits for them, and aborts what is left when the time has passed.
   *
   * Bounded and idempotent: it resolves on time even if a handler never settles.
   *
   * Known as `Server.close()` and `wait_closed()` in asyncio, `server.close()` in Node, which both wait for ever.
   *
   * @param options How long handlers may go on.
   * @returns What became of the connections.
   * @throws {TypeError} A wrong option.
   * @throws {RangeError} A `timeout` that is 0, negative or NaN.
   * @example Handlers finish what is under way
   * ```ts
   * import assert from "node:assert/strict";
   * import { connect, serve } from "@hawser/net";
   *
   * await using server = await serve({ port: 0 }, async ({ writer }, { signal }) => {
   *   await writer.write("working\n");
   *   await new Promise((done) => signal.addEventListener("abort", done));
   *   await writer.write("done\n");
   * });
   * const client = await connect(server.address);
   * assert.equal(await client.reader.readLine(), "working");
   * const stopping = server.shutdown({ timeout: 10_000 });
   * assert.equal(await client.reader.readLine(), "done");
   * await client.close();
   * assert.deepEqual(await stopping, { finished: 1, aborted: 0, failed: 0 });
   * ```
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownSummary> {
    try {
      checkOptions(options);
      checkTimeout("timeout", options?.timeout);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#shutdown === undefined || options?.timeout !== undefined) {
      this.#deadline.arm(options?.timeout ?? SHUTDOWN_TIMEOUT);
    }
    return this.#shutdown ??= this.#shutDown();
  }

  /** Keeps the process alive while it listens (the default). */
  ref(): void {
    this.#listener.ref();
  }

  /** Lets the process end although it listens. */
  unref(): void {
    this.#listener.unref();
  }

  /** `shutdown()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #shutDown(): Promise<ShutdownSummary> {
    Object.assign(this.#summary, { finished: 0, aborted: 0, failed: 0 });
    this.#stop.abort(new DOMException("The server shuts down", "AbortError"));
    await this.#listener.close();
    this.#change.announce();
    await this.#accepting.catch(() => {}); // `finished` tells. One that had been taken already is served, and counts.
    while (this.#connections.size > 0 && !this.#timedOut) await this.#change.next();
    this.#deadline.dispose();
    return { ...this.#summary };
  }

  /** The time of the shutdown has passed: what has not settled counts as aborted. */
  #abortAll(): void {
    this.#timedOut = true;
    this.#summary.aborted += this.#connections.size;
    for (const connection of this.#connections) connection.abort(this.#stop.signal.reason);
    this.#change.announce();
  }

  async #run(signal: AbortSignal | undefined): Promise<void> {
    const forget = signal && !signal.aborted ? onAbort(signal, () => void this.shutdown()) : undefined;
    if (signal?.aborted) void this.shutdown();
    try {
      await (this.#accepting = this.#accept());
    } catch (error) {
      tell(this.#onError, error);
      await this.#listener.close();
      throw error;
    } finally {
      forget?.();
      while (this.#connections.size > 0 && !this.#timedOut) await this.#change.next();
    }
  }

  async #accept(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#connections.size >= this.#maxConnections) {
        await this.#change.next();
        continue;
      }
      let connection: Connection;
      try {
        connection = await this.#listener.accept();
      } catch (error) {
        if (this.#stop.signal.aborted && ConnectionAbortedError.is(error)) return;
        await this.#afterFailure(error);
        continue;
      }
      void this.#serve(connection);
    }
  }

  /** Out of descriptors or memory it rests and goes on; anything else is the end of accepting. */
  async #afterFailure(error: unknown): Promise<void> {
    if (!ConnectError.is(error) || error.reason !== "resource-exhausted") throw error;
    tell(this.#onError, error);
    const rest = sleep(REST);
    const forget = onAbort(this.#stop.signal, rest.cancel);
    await rest.done;
    forget();
  }

  /** One connection, from its first byte to its release; never rejects. */
  async #serve(connection: Connection): Promise<void> {
    this.#connections.add(connection);
    let outcome: "finished" | "failed" = "finished";
    try {
      await this.#handler(connection, { signal: this.#stop.signal });
      await connection.close();
    } catch (error) {
      outcome = "failed";
      connection.abort(error);
      tell(this.#onError, error, connection);
    }
    await connection.closed;
    this.#connections.delete(connection);
    if (!this.#timedOut) this.#summary[outcome]++;
    this.#change.announce();
  }
}

/** What goes wrong while an error is told is the last that is to be told. */
function tell(onError: NonNullable<ServeOptions["onError"]>, error: unknown, connection?: Connection): void {
  try {
    onError(error, connection);
  } catch (failure) {
    console.error(failure);
  }
}

/** Clients go away all the time, and some never were any: that is theirs, and not printed. */
function report(error: unknown, connection?: Connection): void {
  if (ConnectError.is(error) && error.operation === "handshake") return;
  const own = connection !== undefined && ConnectionAbortedError.is(error) &&
    error.remoteAddress === connection.remoteAddress;
  if (!own) console.error(error);
}
