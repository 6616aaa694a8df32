/**
 * One way to declare a test on every runtime.
 *
 * Deno's leak sanitizers never cover `node:test`, so under Deno this must be `Deno.test` itself: a wrapper would also
 * make every failure point at this file. On Node the tests are collected for `node_runner.ts` where that runs them, and
 * elsewhere it is `node:test`, which Bun understands too.
 */
import process from "node:process";
import { type Body, collector, type TestOptions } from "./declared.ts";

export type { TestOptions };

export interface Test {
  (name: string, body: Body): void;
  (name: string, options: TestOptions, body: Body): void;
}

export const test: Test = "Deno" in globalThis ? Deno.test : collector() ?? (await import("node:test")).test as Test;

/**
 * Options for a test that needs something this machine may not have, such as a Redis server.
 * With `CI` set nothing may be skipped: the missing thing is then a failure.
 *
 * Not for what a runtime can never do: leave such a test out with a plain `if`.
 */
export function skipUnless(condition: boolean, why: string): TestOptions {
  if (condition) return {};
  if (process.env.CI) throw new Error(`Cannot skip a test with CI set: ${why}`);
  console.warn(`skipped: ${why}`);
  return { ignore: true, skip: true };
}
