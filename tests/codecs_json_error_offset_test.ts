import assert from "node:assert/strict";
import { jsonErrorOffset } from "../lib/codecs/json_error_offset.ts";
import { test } from "./harness.ts";

// A stroke marks the first character that cannot be.
const CASES: readonly string[] = [
  "|",
  "  |",
  '{"id": 1,|}',
  "[1,|]",
  "[1 |2]",
  "[1|",
  "[|,1]",
  "{|1:2}",
  '{"a"|}',
  '{"a":|}',
  '{"a":1 |"b":2}',
  '{"a":1,|,"b":2}',
  '{"a":1|]',
  "[1|}",
  "|]",
  "1 |2",
  "1|]",
  "null|l",
  "nul|",
  "tru|x",
  "|undefined",
  "|'a'",
  "0|1",
  "-|",
  "|+1",
  "1.|",
  "1e|",
  "1.5e+|",
  "1.|e5",
  "-1.5e-|x",
  "[1.5e+3,|.5]",
  '"a|',
  '"a|\nb"',
  '"a\\|x"',
  '"a\\u12|g4"',
  '"a\\|',
  '"a\\u|',
  '"\\u0041\\n\\"\\\\" |x',
  "|\u00a01",
  "|\ufeff1",
  "1 |// a comment",
];

for (const marked of CASES) {
  const text = marked.replace("|", "");
  test(`jsonErrorOffset() is where ${JSON.stringify(marked)} has a stroke`, () => {
    assert.throws(() => JSON.parse(text), SyntaxError);
    assert.equal(jsonErrorOffset(text), marked.indexOf("|"));
  });
}

test("jsonErrorOffset() goes as deep as a peer likes", () => {
  const deep = 200_000;
  assert.equal(jsonErrorOffset("[".repeat(deep)), deep);
  assert.equal(jsonErrorOffset('{"a":'.repeat(deep)), 5 * deep);
});

test("jsonErrorOffset() goes through long strings", () => {
  const text = `"${"a".repeat(1_000_000)}`;
  assert.equal(jsonErrorOffset(text), text.length);
});
