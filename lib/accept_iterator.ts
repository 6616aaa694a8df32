import type { Connection } from "./connection.ts";
import { ConnectError, ConnectionAbortedError } from "./errors.ts";

/**
 * An async iterator over the connections of a listener; done when it is closed.
 *
 * Written by hand as `ReadIterator` is: the `return()` of an async generator would wait for the next client.
 *
 * @example Stop from outside, accept afterwards
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, listen } from "@hawser/net";
 *
 * await using listener = await listen({ port: 0 });
 * const connections = listener[Symbol.asyncIterator]();
 * const pending = connections.next();
 * await connections.return();
 * assert.equal((await pending).done, true);
 * const [server, client] = await Promise.all([listener.accept(), connect(listener.address)]);
 * await Promise.all([server.close(), client.close()]);
 * ```
 */
export class AcceptIterator implements AsyncIterableIterator<Connection, undefined, void> {
  readonly #accept: (signal: AbortSignal) => Promise<Connection>;
  #stop: AbortController | undefined;
  /** The step under way. */
  #step: Promise<Connection> | undefined;
  #done = false;

  /**
   * Made by a Listener.
   *
   * @param accept One step.
   * @internal
   */
  constructor(accept: (signal: AbortSignal) => Promise<Connection>) {
    this.#accept = accept;
  }

  /**
   * The next connection, yours to close; `done` when the listener was closed.
   *
   * Out of descriptors, it waits until there are some: else a client could end the loop of a server by opening too many
   * connections. `accept()` says so (on Deno; Node and Bun hide it).
   *
   * @throws {BusyError} Another accept is under way.
   */
  async next(): Promise<IteratorResult<Connection, undefined>> {
    if (this.#done) return { done: true, value: undefined };
    const stop = new AbortController();
    // A step that is refused because another one runs must not take that one's stop.
    const accepting = this.#acceptAtLast(stop.signal);
    const mine = this.#stop === undefined;
    if (mine) [this.#stop, this.#step] = [stop, accepting];
    try {
      return { done: false, value: await accepting };
    } catch (error) {
      const closed = ConnectionAbortedError.is(error) && error.operation === "accept";
      if (!closed && !stop.signal.aborted) throw error;
      this.#done = true;
      return { done: true, value: undefined };
    } finally {
      if (mine) this.#stop = this.#step = undefined;
    }
  }

  /** Ends the iteration: a pending `next()` settles at once, the listener stays open, no connection is lost. */
  async return(): Promise<IteratorResult<Connection, undefined>> {
    this.#done = true;
    this.#stop?.abort();
    await this.#step?.catch(() => {}); // Who called next() hears of it. Afterwards nothing is busy.
    return { done: true, value: undefined };
  }

  /** Being out of descriptors passes; the platform has waited for a while already. */
  async #acceptAtLast(signal: AbortSignal): Promise<Connection> {
    for (;;) {
      try {
        return await this.#accept(signal);
      } catch (error) {
        if (!ConnectError.is(error) || error.reason !== "resource-exhausted") throw error;
      }
    }
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }
}
