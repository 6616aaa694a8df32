import type { Change } from "./change.ts";
import { Deadline } from "./clock.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Bound } from "./reasons.ts";

/** The patience of a connection whose next read is bounded; most reads are not, and wait the longest. */
export function patienceFor(lifetime: Lifetime, change: Change, timeout?: number): ReadPatience | undefined {
  const bounded = timeout !== undefined || lifetime.options.readTimeout !== Infinity;
  return bounded ? new ReadPatience(lifetime, change) : undefined;
}

/** How long a read may wait: the timeout of the call as a whole, and that of the connection for a wait without a byte. */
export class ReadPatience {
  /** The bound that was passed while this read waited. */
  passed: Bound | undefined;
  readonly #lifetime: Lifetime;
  readonly #change: Change;
  #call: Deadline | undefined;
  #callTimeout = Infinity;
  #progress: Deadline | undefined;

  /** @param lifetime The connection's. @param change Announces that a bound has been passed. */
  constructor(lifetime: Lifetime, change: Change) {
    this.#lifetime = lifetime;
    this.#change = change;
  }

  /** A read begins to wait. */
  begin(timeout: number | undefined, time: number): void {
    this.passed = undefined;
    if (this.#lifetime.over) return;
    const { readTimeout } = this.#lifetime.options;
    if (timeout !== undefined) {
      this.#callTimeout = timeout;
      (this.#call ??= this.#boundCall()).arm(timeout, time);
    }
    if (readTimeout !== Infinity) (this.#progress ??= this.#boundProgress(readTimeout)).arm(readTimeout, time);
  }

  /** It waits no longer. */
  end(): void {
    this.#call?.disarm();
    this.#progress?.disarm();
  }

  /** The connection is over. */
  dispose(): void {
    this.#call?.dispose();
    this.#progress?.dispose();
  }

  #boundCall(): Deadline {
    return new Deadline(() => this.#expire("timeout", this.#callTimeout), undefined, this.#lifetime);
  }

  #boundProgress(readTimeout: number): Deadline {
    const expire = (): void => this.#expire("readTimeout", readTimeout);
    return new Deadline(expire, () => this.#lifetime.bytesRead, this.#lifetime);
  }

  #expire(option: string, value: number): void {
    this.passed = { option, value };
    this.#change.announce();
  }
}
