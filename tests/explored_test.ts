/** This library under its own explorer: conversations of every kind, cut at every byte and event in every way. */
import assert from "node:assert/strict";
import { exploreScenario } from "./explored/explore_scenario.ts";
import { scenarios } from "./explored/scenarios.ts";
import { test } from "./harness.ts";

for (const explored of scenarios) {
  test(`exploreAborts() finds nothing in ${explored.name}`, async () => {
    const { problem } = await exploreScenario(explored);
    assert.equal(problem, undefined);
  });
}
