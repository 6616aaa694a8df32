import { ConnectError, ConnectionAbortedError } from "./errors.ts";
import type { AbortReason, ConnectFailureReason } from "./reasons.ts";

/** Waiting and dialling again does not change these: the name, the path, the rights or the certificate must change. */
const LASTING: ReadonlySet<ConnectFailureReason> = new Set<ConnectFailureReason>([
  "name-not-found",
  "permission-denied",
  "address-in-use",
  "tls",
  "other",
]);

/** These were decided on this side: a new connection would meet the same decision. */
const DECIDED: ReadonlySet<AbortReason> = new Set<AbortReason>(["signal", "closed", "overflow"]);

/**
 * Whether a *new connection* may succeed after this error.
 *
 * It says nothing about sending a request twice: that is `retrySafe`. The `cause` of a `RetryError` of `@std/async` is
 * looked through.
 *
 * @example The whole line for a dial that is tried again
 * ```ts
 * import assert from "node:assert/strict";
 * import { retry } from "@std/async/retry";
 * import { connect, isRetriable } from "@hawser/net";
 *
 * const dial = () => connect("127.0.0.1:1");
 * const error = await retry(dial, { isRetriable, maxAttempts: 2, minTimeout: 10 }).catch((error) => error);
 * assert(isRetriable(error));
 * assert(!isRetriable(new TypeError("a bug")));
 * ```
 *
 * @param error What was caught.
 * @returns `true` when dialling again is worth it.
 */
export function isRetriable(error: unknown): boolean {
  if (ConnectError.is(error)) return error.operation !== "listen" && !LASTING.has(error.reason);
  if (ConnectionAbortedError.is(error)) return !DECIDED.has(error.reason);
  if (error instanceof Error && error.name === "RetryError") return isRetriable(error.cause);
  return false;
}
