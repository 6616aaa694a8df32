/** TLS under the explorer: the handshake and what follows, cut at every event and at a sample of its bytes. */
import assert from "node:assert/strict";
// It is loaded when TLS is first asked for, which takes real time: on virtual time that looks like a run that hangs.
import "../lib/runtime/node/tls.ts";
import { allCertificates, needsOpenssl } from "./certificates.ts";
import { exploreScenario } from "./explored/explore_scenario.ts";
import { secureScenarios } from "./explored/secure.ts";
import { test } from "./harness.ts";
import { onBun } from "./raw_peers.ts";

if (!onBun && !needsOpenssl.skip) {
  const { ca, steady } = allCertificates();
  for (const explored of secureScenarios(ca, steady)) {
    test(`exploreAborts() finds nothing in ${explored.name}`, async () => {
      const { problem } = await exploreScenario(explored);
      assert.equal(problem, undefined);
    });
  }
}
