/** One sabotage of `lib/`, and the test that must notice. */
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
