/** The explorer finds each of the four mistakes of `examples/testing_your_protocol/`, and only those that are there. */
import assert from "node:assert/strict";
import { explored, SYMPTOMS } from "../examples/testing_your_protocol/explored.ts";
import type { Mistakes } from "../examples/testing_your_protocol/ledger_client.ts";
import { test } from "./harness.ts";
import { commandOf, runProgram } from "./program.ts";

const NAMES = Object.keys(SYMPTOMS) as (keyof Mistakes)[];

for (let bits = 0; bits < 2 ** NAMES.length; bits++) {
  const made = NAMES.filter((_, index) => bits & 1 << index);
  test(`exploreAborts() finds just ${made.join(", ") || "nothing"} in the ledger client`, async () => {
    const { findings } = await explored(Object.fromEntries(made.map((name) => [name, true])));
    const found = NAMES.filter((name) => findings.some(SYMPTOMS[name]));
    assert.deepEqual(found, made);
    if (made.length === 0) assert.deepEqual(findings, []);
    // Nothing else is wrong, whatever is combined with whatever.
    const unexplained = findings.filter((finding) => !NAMES.some((name) => SYMPTOMS[name](finding)));
    assert.deepEqual(unexplained, []);
  });
}

test("examples/testing_your_protocol tells that all four were found, and needs no permission", async () => {
  const command = await commandOf("examples/testing_your_protocol/main.ts");
  assert.ok(!command.some((word) => word.startsWith("-")));
  const { stdout, stderr, code } = await runProgram(command);
  assert.equal(stderr, "");
  assert.match(stdout, /\nexplorer: found 4 of 4\n$/);
  assert.equal(code, 0);
});
