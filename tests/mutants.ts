/**
 * Sabotages of `lib/`, one line each, with the test that must fail. `deno task mutants` runs them (see
 * `scripts/mutants.ts`). A mutant that survives means: that promise has no test.
 */
import { codecMutants } from "./mutants/codecs.ts";
import { connectionMutants } from "./mutants/connection.ts";
import { faultMutants } from "./mutants/faults.ts";
import { kitMutants } from "./mutants/kit.ts";
import { peerMutants } from "./mutants/peers.ts";
import { programMutants } from "./mutants/programs.ts";
import { refusalMutants } from "./mutants/refusals.ts";
import { runtimeMutants } from "./mutants/runtimes.ts";
import { serverMutants } from "./mutants/servers.ts";
import { streamMutants } from "./mutants/streams.ts";
import { tlsMutants } from "./mutants/tls.ts";
import { trapMutants } from "./mutants/traps.ts";
import { diagnosticsMutants } from "./mutants/diagnostics.ts";
import { explorerMutants } from "./mutants/explorer.ts";
import type { Mutant } from "./mutants/mutant.ts";

export const mutants: readonly Mutant[] = [
  ...codecMutants,
  ...connectionMutants,
  ...diagnosticsMutants,
  ...faultMutants,
  ...kitMutants,
  ...peerMutants,
  ...programMutants,
  ...refusalMutants,
  ...runtimeMutants,
  ...serverMutants,
  ...streamMutants,
  ...tlsMutants,
  ...trapMutants,
  ...explorerMutants,
];
