/**
 * Lets the abort explorer loose on a client with four mistakes, and on the same client without them.
 *
 *     deno run examples/testing_your_protocol/main.ts
 */
import process from "node:process";
import { explored, SYMPTOMS } from "./explored.ts";
import type { Mistakes } from "./ledger_client.ts";

const ALL: Mistakes = {
  readsOnAfterTimeout: true,
  takesCutLines: true,
  dropsWriteErrors: true,
  leaksOnFailedHandshake: true,
};

const { findings } = await explored(ALL, console.log);
let found = 0;
for (const [mistake, isSymptom] of Object.entries(SYMPTOMS)) {
  const first = findings.find(isSymptom);
  if (first !== undefined) found++;
  console.log(`\n${mistake}: ${first === undefined ? "not found" : `${first.kind}: ${first.message}`}`);
  if (first?.cut !== undefined) {
    console.log(`${first.wire}\n    replay: { only: "${first.cut.place}:${first.cut.index}:${first.cut.way}" }`);
  }
}

const repaired = await explored({}, (line) => console.log(`\nrepaired: ${line}`));
console.log(`findings: ${repaired.findings.length}`);
if (found < 4 || repaired.findings.length > 0) process.exitCode = 1;
console.log(`explorer: found ${found} of ${Object.keys(ALL).length}`);
