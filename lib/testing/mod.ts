/**
 * The testing kit: make network failures unit tests.
 *
 * @example A reset in the middle of a line
 * ```ts
 * import assert from "node:assert/strict";
 * import { connectionPair } from "@hawser/net/testing";
 *
 * await using pair = connectionPair();
 * await pair.peer.writer.write("half a li");
 * await pair.peer.writer.flush();
 * pair.peer.abort();
 * const error = await pair.local.reader.readLine().catch((error) => error);
 * assert.equal(error.reason, "reset");
 * assert.equal(error.partial.length, 9);
 * ```
 *
 * @module
 */
export { type ConnectionPair, connectionPair, type ConnectionPairOptions } from "./connection_pair.ts";
export { type Cut, type CutPlace, type CutWay } from "./explore/cut.ts";
export { type Finding, type FindingKind } from "./explore/finding.ts";
export { type Exploration, ExplorationError, type ExploreOptions } from "./explore/options.ts";
export { type Scenario, type ScenarioContext } from "./explore/scenario.ts";
export { exploreAborts } from "./explore_aborts.ts";
export { memoryPair, type MemoryPairOptions } from "./memory_pair.ts";
export {
  type Fault,
  type FaultDirection,
  type FaultOptions,
  type FaultTrigger,
  type RandomFaultOptions,
  resetAt,
  slice,
  type SliceOptions,
  stallAt,
} from "./faults/mod.ts";
