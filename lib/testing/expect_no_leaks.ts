/**
 * Fails when something that was opened is still open at the end.
 *
 * @module
 */
import { formatAddress } from "../address.ts";
import { checkOptions, checkTimeout } from "../arguments.ts";
import type { ConnectionInspection } from "../inspection.ts";
import { openConnections, openListeners, type Registry, traceOrigins } from "../registry.ts";
import { openSockets } from "../runtime/sockets.ts";
import { armedDeadlines } from "../time_source.ts";

/** Options of `expectNoLeaks`. */
export interface LeakOptions {
  /**
   * Longest wait in ms for what is just about to go: a runtime closes a socket some turns after it was let go.
   *
   * @default {1000}
   */
  patience?: number | undefined;
}

const PATIENCE = 1_000;

/** Between two looks. */
const LOOK_EVERY = 5;

/**
 * Fails when connections, listeners, timeouts or sockets that were opened inside are still open at the end.
 *
 * With a function it runs that and then looks; without one it looks at the end of an `await using` block. The error names
 * each leak with what it waits for and the line that opened it. An error of the function itself is passed on as it is.
 *
 * Connections, listeners and armed timeouts are this package's own and found everywhere. Sockets are those of the whole
 * process, whoever opened them, also with `node:net` under Deno, where the sanitizers do not see them: told by Linux, else
 * by Node; macOS with Deno or Bun tells nothing. What runs at the same time in the same process is taken for a leak.
 *
 * @param body What must not leave anything open.
 * @param options How long to wait for the last to go.
 * @returns What the body returned.
 * @throws {Error} Something is still open.
 * @example A connection that nobody closes
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair, expectNoLeaks } from "@hawser/net/testing";
 *
 * await expectNoLeaks(async () => {
 *   await using pair = connectionPair();
 *   await pair.local.writer.write("hello\n");
 * });
 *
 * const leaky = expectNoLeaks(() => connectionPair(), { patience: 10 });
 * await assert.rejects(leaky, /2 connections left/);
 * ```
 */
export function expectNoLeaks<T>(body: () => T | Promise<T>, options?: LeakOptions): Promise<T>;
/**
 * The same at the end of a block.
 *
 * @param options How long to wait for the last to go.
 * @returns For `await using`: the end of the block looks.
 */
export function expectNoLeaks(options?: LeakOptions): AsyncDisposable;
export function expectNoLeaks<T>(
  first?: (() => T | Promise<T>) | LeakOptions,
  second?: LeakOptions,
): Promise<T> | AsyncDisposable {
  const body = typeof first === "function" ? first : undefined;
  const options = typeof first === "function" ? second : first;
  checkOptions(options);
  checkTimeout("patience", options?.patience);
  const watch = new Watch(options?.patience ?? PATIENCE);
  return body === undefined ? { [Symbol.asyncDispose]: () => watch.end() } : watch.over(body);
}

/** What was open before. */
class Watch {
  readonly #patience: number;
  readonly #connections = new Set(openConnections.list());
  readonly #listeners = new Set(openListeners.list());
  readonly #sockets = openSockets();
  readonly #deadlines = armedDeadlines();
  readonly #stopTracing = traceOrigins();

  constructor(patience: number) {
    this.#patience = patience;
  }

  async over<T>(body: () => T | Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await body();
    } catch (error) {
      this.#stopTracing();
      throw error;
    }
    await this.end();
    return result;
  }

  async end(): Promise<void> {
    this.#stopTracing();
    const until = performance.now() + this.#patience;
    while (this.#count() > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    if (this.#count() > 0) throw new Error(this.#report());
  }

  #count(): number {
    return this.#newConnections().length + this.#newListeners().length + this.#newSockets().length +
      this.#moreDeadlines();
  }

  #newConnections(): ReturnType<typeof openConnections.list> {
    return openConnections.list().filter((connection) => !this.#connections.has(connection));
  }

  #newListeners(): ReturnType<typeof openListeners.list> {
    return openListeners.list().filter((listener) => !this.#listeners.has(listener));
  }

  #newSockets(): string[] {
    return [...openSockets()].filter((socket) => !this.#sockets.has(socket));
  }

  #moreDeadlines(): number {
    return Math.max(0, armedDeadlines() - this.#deadlines);
  }

  #report(): string {
    const [connections, listeners, sockets] = [this.#newConnections(), this.#newListeners(), this.#newSockets()];
    const counts = [
      counted(connections.length, "connection"),
      counted(listeners.length, "listener"),
      counted(sockets.length, "socket"),
      counted(this.#moreDeadlines(), "timeout"),
    ].filter((text) => text !== "");
    const lines = [
      ...connections.map((one) => describe(one.inspect()) + originOf(openConnections, one)),
      ...listeners.map((one) => `a listener on ${formatAddress(one.address)}${originOf(openListeners, one)}`),
      ...sockets,
    ];
    return `Cannot end: ${counts.join(", ")} left${lines.map((line) => `\n  ${line}`).join("")}`;
  }
}

function counted(count: number, what: string): string {
  if (count === 0) return "";
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function describe(seen: ConnectionInspection): string {
  const { localAddress, remoteAddress, state, age, bufferedBytes, unsentBytes, waiting } = seen;
  const waits = waiting.map(({ operation, elapsed }) => `, ${operation}() waits for ${Math.round(elapsed)} ms`).join(
    "",
  );
  const ends = `${formatAddress(localAddress)} to ${formatAddress(remoteAddress)}`;
  const numbers = `${bufferedBytes} bytes unread, ${unsentBytes} unsent`;
  return `a connection from ${ends}: ${state}, for ${Math.round(age)} ms${waits}, ${numbers}`;
}

/** Who opened it: the stack, each call on a line. */
function originOf<T extends object>(registry: Registry<T>, thing: T): string {
  const lines = registry.originOf(thing)?.split("\n").slice(1) ?? [];
  return lines.map((line) => `\n    ${line.trim()}`).join("");
}
