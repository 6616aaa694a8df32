/**
 * The conformance checks over every kind of pair that this runtime has, both ways: one test each.
 */
import assert from "node:assert/strict";
import { bothWays, checks, singleChecks } from "./conformance/checks.ts";
import { makers } from "./conformance/makers.ts";
import { type Check, flipped, type PairMaker } from "./conformance/pair.ts";
import { runBounded } from "./conformance/run_bounded.ts";
import { test } from "./harness.ts";

/** The ends of what it looks at are not alike: there is no other way. */
const ONE_WAY_ONLY = new Set(["TS03"]);

function declare(check: Check, maker: PairMaker): void {
  if (check.id === "TS03" && maker.adoptedLate === undefined) return; // Nothing of this kind can be adopted.
  test(`conformance: ${check.id} over ${maker.name}: ${check.title}`, () => runBounded(check, maker));
}

for (const maker of makers) {
  for (const check of singleChecks) {
    declare(check, maker);
    // This is T34, check by check.
    if (!ONE_WAY_ONLY.has(check.id)) declare(check, flipped(maker));
  }
}

// For runners that do not name tests; above every check ran both ways already.
declare(bothWays, makers[0]!);

test("conformance: no check is missing, and none is there twice", () => {
  const wanted = Array.from({ length: 42 }, (_, i) => `T${String(i + 1).padStart(2, "0")}`);
  const ids = checks.map(({ id }) => id);
  assert.deepEqual([...wanted, "TS01", "TS03", "TS05", "TS06"].filter((id) => !ids.includes(id)), []);
  assert.equal(new Set(ids).size, ids.length);
});
