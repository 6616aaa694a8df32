import { onAbort } from "./abort_hub.ts";
import { checkBytes, checkFunction, checkOptions, checkTarget, checkTimeout } from "./arguments.ts";
import { now, sleep } from "./clock.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { ConnectionAbortedError } from "./errors.ts";
import { failureOfSignal } from "./failure.ts";
import { isRetriable } from "./retriable.ts";

/** What `onAttempt` is told when a connection has failed and another one will be tried. */
export interface ReconnectAttempt {
  /** How many have failed so far, 1 or more. */
  readonly attempt: number;
  /** Why: of the dial, or of the handler. */
  readonly error: unknown;
  /** Milliseconds until the next dial. */
  readonly delay: number;
}

/** Options of `reconnect`: those of `connect`, and how to go on after a failure. */
export interface ReconnectOptions extends ConnectOptions {
  /**
   * The longest first delay in ms; each failure doubles it. The actual one is a random part of it (full jitter), so that
   * a thousand clients of a server that restarts do not come back at once.
   *
   * @default {100}
   */
  minDelay?: number | undefined;
  /**
   * What the delay grows to, in ms.
   *
   * @default {30000}
   */
  maxDelay?: number | undefined;
  /**
   * How often to try; then the last error is thrown.
   *
   * @default {Infinity}
   */
  maxAttempts?: number | undefined;
  /** Called before each wait: to log it, or to throw what ends it all. */
  onAttempt?: ((attempt: ReconnectAttempt) => void) | undefined;
  /**
   * A number from 0 to below 1, for the jitter.
   *
   * @default {Math.random}
   */
  random?: (() => number) | undefined;
}

/**
 * Keeps a conversation going over connections that may break: dials, runs the handler, closes, and dials again when that
 * is worth it.
 *
 * What the handler had sent before the failure may or may not have been processed: it starts over on a fresh connection
 * and must know what to do (`retrySafe` of the error tells).
 *
 * @param target `"host:port"`, `"[::1]:80"`, `"tls://…"`, `"unix:/run/x.sock"`, or options that name it. `signal` of the
 * options ends it all: the wait, the dial, the connection.
 * @param handler Talks over one connection; when it returns the connection is closed, when it throws it is aborted.
 * @returns What the handler returned.
 * @throws What the handler or the dial rejected with, when that is not retriable (`isRetriable`), or the last of it after
 * `maxAttempts`.
 * @throws {ConnectionAbortedError} Reason `"signal"`.
 * @throws {TypeError} A wrong address or option, or no handler, before any I/O.
 * @throws {RangeError} A port, path length or number out of range, before any I/O.
 * @example A line from a server that hangs up at first
 * ```ts
 * import assert from "node:assert/strict";
 * import { listen, reconnect } from "@hawser/net";
 *
 * await using listener = await listen({ port: 0 });
 * const serving = (async () => {
 *   (await listener.accept()).abort();
 *   await using connection = await listener.accept();
 *   await connection.writer.write("hello\n");
 * })();
 * const line = await reconnect(
 *   listener.address,
 *   { minDelay: 1 },
 *   (connection) => connection.reader.readLine({ required: true }),
 * );
 * assert.equal(line, "hello");
 * await serving;
 * ```
 */
export function reconnect<T>(
  target: string | ReconnectOptions,
  handler: (connection: Connection) => Promise<T> | T,
): Promise<T>;
/** The same, with the options beside the address; they win over what it says of the same thing. */
export function reconnect<T>(
  target: string | ReconnectOptions,
  options: Omit<ReconnectOptions, "hostname" | "port" | "path">,
  handler: (connection: Connection) => Promise<T> | T,
): Promise<T>;
export async function reconnect<T>(target: string | ReconnectOptions, ...rest: unknown[]): Promise<T> {
  const handler = rest.at(-1) as (connection: Connection) => Promise<T> | T;
  const options = given(target, rest.length > 1 ? rest[0] : {}, handler);
  const { minDelay, maxDelay, maxAttempts, onAttempt, random } = paceOf(options);
  let delay = minDelay;
  for (let attempt = 1;; attempt++) {
    let born = Infinity;
    try {
      return await once(() => connect(target, options), (connection) => {
        born = now();
        return handler(connection);
      });
    } catch (error) {
      if (!isRetriable(error) || options.signal?.aborted || attempt >= maxAttempts) throw error;
      // Only a connection that has lived longer than the delay was more than a server that accepts and hangs up. A dial that
      // took long was none: who cannot be reached is not to be asked more often.
      if (now() - born > delay) delay = minDelay;
      const wait = delay * random();
      onAttempt?.({ attempt, error, delay: wait });
      await pause(wait, options);
      delay = Math.min(delay * 2, maxDelay);
    }
  }
}

/** All options, wherever they stand. */
function given(target: string | ReconnectOptions, beside: unknown, handler: unknown): ReconnectOptions {
  if (typeof handler !== "function") throw new TypeError("Cannot reconnect without a handler: it must be a function");
  checkTarget(target);
  checkOptions(beside);
  return typeof target === "string" ? beside as ReconnectOptions : { ...target, ...beside as object };
}

/** How often to try and how long to wait, checked. */
function paceOf(options: ReconnectOptions) {
  const { minDelay = 100, maxDelay = 30_000, maxAttempts = Infinity, onAttempt, random = Math.random } = options;
  checkTimeout("minDelay", minDelay);
  checkTimeout("maxDelay", maxDelay);
  checkBytes("maxAttempts", maxAttempts);
  checkFunction("onAttempt", onAttempt);
  checkFunction("random", random);
  return { minDelay: Math.min(minDelay, maxDelay), maxDelay, maxAttempts, onAttempt, random };
}

async function once<T>(
  dial: () => Promise<Connection>,
  handler: (connection: Connection) => Promise<T> | T,
): Promise<T> {
  const connection = await dial();
  try {
    const result = await handler(connection);
    await connection.close();
    return result;
  } finally {
    connection.abort(); // Nothing, where it was closed.
  }
}

/** Waits; a signal cuts it short. */
async function pause(ms: number, options: ReconnectOptions): Promise<void> {
  const { signal } = options;
  const { done, cancel } = sleep(ms);
  const forget = signal && !signal.aborted ? onAbort(signal, cancel) : cancel;
  if (signal?.aborted) cancel();
  await done;
  if (signal !== undefined) forget();
  if (!signal?.aborted) return;
  throw new ConnectionAbortedError({ ...failureOfSignal(signal.reason), operation: "connect", retrySafe: true });
}
