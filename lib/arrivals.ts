import { CLOSED, transportError } from "./failure.ts";
import type { Transport } from "./transport.ts";

interface Waiter {
  resolve(transport: Transport): void;
  reject(error: unknown): void;
}

/** Connections that have arrived at an acceptor, and whoever waits for the next one: at most one does. */
export class Arrivals {
  closed = false;
  readonly #untaken: Transport[] = [];
  #waiter: Waiter | undefined;

  /** How many nobody has taken. */
  get length(): number {
    return this.#untaken.length;
  }

  /** Somebody waits. */
  get wanted(): boolean {
    return this.#waiter !== undefined;
  }

  /** The next one; rejects when it is closed, or with a failure that comes first. */
  next(): Promise<Transport> {
    if (this.closed) return Promise.reject(closedError());
    const transport = this.#untaken.shift();
    if (transport !== undefined) return Promise.resolve(transport);
    return new Promise((resolve, reject) => this.#waiter = { resolve, reject });
  }

  /** One has arrived; one that comes too late is aborted. */
  add(transport: Transport): void {
    if (this.closed) transport.abort();
    else if (this.#waiter === undefined) this.#untaken.push(transport);
    else this.#settle((waiter) => waiter.resolve(transport));
  }

  /** Told to whoever waits, and to nobody else. */
  fail(error: unknown): void {
    this.#settle((waiter) => waiter.reject(error));
  }

  /** Aborts what nobody has taken, and wakes who waits. */
  close(): void {
    this.closed = true;
    for (const transport of this.#untaken.splice(0)) transport.abort();
    this.fail(closedError());
  }

  #settle(how: (waiter: Waiter) => void): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter !== undefined) how(waiter);
  }
}

function closedError(): Error {
  return transportError(CLOSED, "read");
}
