import { checkTimeout } from "../arguments.ts";

/** One promise that must hold, as data: declare it under any test runner, or run it yourself. */
export interface Check {
  /** Short and stable, for filters and reports. */
  readonly id: string;
  /** What must hold, with the id: the name of a test. */
  readonly name: string;
  /** Rejects when it does not hold. Needs no `this`. */
  readonly run: () => Promise<void>;
}

/** Options of the conformance checks. */
export interface CheckOptions {
  /**
   * Longest time of one check in ms: one that hangs fails with its own name.
   *
   * @default {10000}
   */
  timeout?: number | undefined;
}

const TIMEOUT = 10_000;

/** The time one check may take. */
export function timeoutOf(options: CheckOptions): number {
  checkTimeout("timeout", options.timeout);
  return options.timeout ?? TIMEOUT;
}

/** Runs what must end in time; the timer goes with it. */
export async function inTime<T>(timeout: number, body: () => T | Promise<T>): Promise<T> {
  if (timeout === Infinity) return await body();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Cannot finish the check: it hangs, after ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([body(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs checks one after the other, without a test runner, and says which of them failed.
 *
 * All of them run, also after a failure.
 *
 * @param checks Of `checkTransport` and its siblings.
 * @throws {AggregateError} At least one check failed: the message names them, `errors` has why, in the same order.
 * @example Everything at once
 * ```ts
 * import { checkTransport, memoryPair, runChecks } from "@hawser/net/testing";
 *
 * await runChecks(checkTransport(() => memoryPair()));
 * ```
 */
export async function runChecks(checks: Iterable<Check>): Promise<void> {
  let count = 0;
  const errors: unknown[] = [];
  const lines: string[] = [];
  for (const { name, run } of checks) {
    count++;
    try {
      await run();
    } catch (error) {
      errors.push(error);
      lines.push(`\n  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (errors.length === 0) return;
  throw new AggregateError(errors, `Cannot pass: ${errors.length} of ${count} checks failed${lines.join("")}`);
}
