/**
 * Sabotages of `lib/`, one line each, with the test that must fail. `deno task mutants` runs them (see
 * `scripts/mutants.ts`). A mutant that survives means: that promise has no test.
 */

export interface Mutant {
  /** Unique, kebab-case. */
  id: string;
  /** The file to sabotage, from the repository root. */
  file: string;
  /** Text that occurs exactly once in it. */
  find: string;
  replace: string;
  /** What a user would lose. */
  why: string;
  /** The test that must fail: its file and a part of its name. */
  test: { file: string; filter: string };
  /** Where that test runs: "node" is the compiled package on the machine's Node. @default "deno" */
  runtime?: "deno" | "node";
}

export const mutants: Mutant[] = [];
