/**
 * One way to declare a test on every runtime.
 *
 * Deno's leak sanitizers never cover `node:test`, so under Deno this must be `Deno.test` itself: a wrapper would also
 * make every failure point at this file. Elsewhere it is `node:test`, which Bun understands too.
 */
import process from "node:process";

/** Both spellings, since Deno reads `ignore` and Node reads `skip`. */
export interface TestOptions {
  ignore?: boolean;
  skip?: boolean;
}

type Body = () => void | Promise<void>;

export interface Test {
  (name: string, body: Body): void;
  (name: string, options: TestOptions, body: Body): void;
}

export const test: Test = "Deno" in globalThis ? Deno.test : (await import("node:test")).test as Test;

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
