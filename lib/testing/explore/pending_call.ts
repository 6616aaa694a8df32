import { type Failure, transportError } from "../../failure.ts";

/** A call of the transport that settles from outside: by the transport inside, or by a cut. */
export class PendingCall<T> {
  /** What the caller has. */
  readonly promise: Promise<T>;
  /** Resolves it. */
  settle!: (value: T) => void;
  #reject!: (error: unknown) => void;
  readonly #operation: "read" | "write" | "closeWrite";

  /** @param operation For the error. */
  constructor(operation: "read" | "write" | "closeWrite") {
    this.#operation = operation;
    this.promise = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.#reject = reject;
    });
  }

  /** Rejects it: with what the transport inside rejected with, or as a cut demands. */
  fail(cause: Failure | Error): void {
    this.#reject(cause instanceof Error ? cause : transportError(cause, this.#operation));
  }
}
