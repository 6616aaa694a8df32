import type { Mutant } from "./mutant.ts";

/** The abort explorer, and what it has found. */
export const explorerMutants: Mutant[] = [
  {
    id: "writer-half-close-without-bound",
    file: "lib/write_queue.ts",
    find: "deadline.arm(lifetime.options.writeTimeout);",
    replace: "",
    why: "a half-close that hangs would wait for ever in spite of writeTimeout",
    test: { file: "tests/writer_test.ts", filter: "Writer.closeWrite() is bounded by writeTimeout" },
  },
];
