/** What makes its own connections, under the explorer: real sockets, whose time is the machine's. */
import assert from "node:assert/strict";
import { exploreScenario } from "./explored/explore_scenario.ts";
import { overSockets } from "./explored/sockets.ts";
import { test } from "./harness.ts";
import { onBun } from "./raw_peers.ts";

// Not on Bun, whose sockets stand still while its timers are virtual.
for (const explored of onBun ? [] : overSockets) {
  test(`exploreAborts() finds nothing in ${explored.name}`, async () => {
    const { problem } = await exploreScenario(explored);
    assert.equal(problem, undefined);
  });
}
