/**
 * Every conformance check over pairs with a fault around both ends that loses nothing: a connection must not notice, however
 * badly the bytes are cut, held back or delayed.
 */
import { Connection } from "../mod.ts";
import { type Fault, memoryPair } from "../lib/testing/mod.ts";
import { singleChecks } from "./conformance/checks.ts";
import { makers } from "./conformance/makers.ts";
import { type ConnectionPair, pairOf } from "../lib/testing/connection_pair.ts";
import { type Check, flipped, type PairMaker } from "./conformance/pair.ts";
import { runBounded } from "./conformance/run_bounded.ts";
import { test } from "./harness.ts";
import { losslessFaults } from "./lossless_faults.ts";

/** T23 aborts right behind an end of stream: where that is delayed the reset overtakes it, and the peer sees that. */
const DELAY_THE_END = new Set(["latency()", "slowClose()", "all of them"]);

/** Memory pairs, disturbed at both ends. */
function disturbed(name: string, makeFault: () => Fault): PairMaker {
  const memory = makers[0]!;
  return {
    name: `memory and ${name}`,
    pair(): Promise<ConnectionPair> {
      const [here, there] = memoryPair();
      const fault = makeFault();
      const local = new Connection(here, { wrap: fault });
      const peer = new Connection(there, { wrap: fault });
      return Promise.resolve(pairOf(local, peer));
    },
    adoptedLate: memory.adoptedLate!.bind(memory),
  };
}

function declare(check: Check, maker: PairMaker): void {
  test(`faults: ${check.id} over ${maker.name}: ${check.title}`, () => runBounded(check, maker));
}

for (const [name, fault] of Object.entries(losslessFaults)) {
  for (const check of singleChecks) {
    if (check.id === "TS03") continue; // It adopts a transport of its own.
    if (check.id === "T23" && DELAY_THE_END.has(name)) continue;
    declare(check, disturbed(name, fault));
    if (name === "no flaw") declare(check, flipped(disturbed(name, fault)));
  }
}
