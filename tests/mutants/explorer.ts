import type { Mutant } from "./mutant.ts";

/** The abort explorer, and what it has found. */
export const explorerMutants: Mutant[] = [
  {
    id: "fill-loop-keeps-what-comes-too-late",
    file: "lib/fill_loop.ts",
    find: 'else if (this.#lifetime.phase !== "cut") {',
    replace: "else {",
    why: "an aborted connection would hold bytes that nobody can read, and count more than its outcome tells",
    test: { file: "tests/fill_loop_test.ts", filter: "FillLoop drops what a read brings after the connection was cut" },
  },
  {
    id: "writer-half-close-without-bound",
    file: "lib/write_queue.ts",
    find: "deadline.arm(lifetime.options.writeTimeout);",
    replace: "",
    why: "a half-close that hangs would wait for ever in spite of writeTimeout",
    test: { file: "tests/writer_test.ts", filter: "Writer.closeWrite() is bounded by writeTimeout" },
  },
];
