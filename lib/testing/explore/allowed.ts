/**
 * With what a scenario may reject when its connection is cut.
 *
 * @module
 */
import { ConnectionError, DecodeError, LimitExceededError } from "../../errors.ts";

/** Wrappers that say nothing themselves: `retry` of `@std/async`, and an `await using` whose close failed, too. */
const WRAPPERS: ReadonlyMap<string, readonly string[]> = new Map([
  ["RetryError", ["cause"]],
  ["SuppressedError", ["error", "suppressed"]],
]);

/**
 * Whether it is an error of this package, or one that its reads are documented to reject with: the signal's own reason,
 * or the `TimeoutError` of a read with `keepOpen`. A `BusyError` is a bug in the caller, and not allowed.
 */
export function isAllowed(error: unknown, signal: AbortSignal): boolean {
  if (ConnectionError.is(error) || LimitExceededError.is(error) || DecodeError.is(error)) return true;
  if (signal.aborted && error === signal.reason) return true;
  if (!(error instanceof Error)) return false;
  if (error instanceof DOMException) return error.name === "TimeoutError";
  const parts = WRAPPERS.get(error.name) ?? [];
  return parts.length > 0 && parts.every((part) => isAllowed((error as never)[part], signal));
}
