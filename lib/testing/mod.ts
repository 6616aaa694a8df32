/**
 * The testing kit: make network failures unit tests.
 *
 * A connection without a network is `connectionPair()` or `memoryPair()`. What goes wrong with it is a **fault**, for the
 * `wrap` of every door (`connect`, `listen`, `new Connection`, both pairs). Each strikes at a byte, after a time or with a
 * seeded probability, in the direction that this end reads, writes, or both:
 *
 * | fault | what it does | loses |
 * |---|---|---|
 * | `slice(size)` | cuts into small chunks | nothing |
 * | `coalesce(size)` | gathers chunks, as Nagle's algorithm | nothing |
 * | `shortWrites(most)` | takes writes in short pieces | nothing |
 * | `latency(ms)` | delays everything, many chunks in flight | nothing |
 * | `throttle(bytesPerSecond)` | limits the bandwidth | nothing |
 * | `pauseAt(when, ms)` | stops for a while | nothing |
 * | `slowClose(ms)` | delays the end of stream | nothing |
 * | `stallAt(when)` | nothing passes any more | nothing: it waits |
 * | `resetAt(when)` | resets the connection | what comes after |
 * | `failAt(when, code)` | fails with a system error | what comes after |
 * | `endAt(when)` | ends both directions in order | what comes after |
 * | `halfCloseAt(when)` | ends one direction in order | what comes after |
 * | `refuse(n)` | resets the nth connection at once | everything |
 * | `acceptThenSilence()` | takes what is written, answers nothing | everything |
 * | `blackhole(when)` | pulls the cable: no bytes, no end, no reset | what comes after |
 * | `dropTailAt(when)` | swallows the rest, and says nothing | what comes after |
 * | `dropAt(when, length)` | loses bytes in the middle | those |
 * | `duplicateAt(when, length)` | sends bytes twice | nothing |
 * | `corruptAt(when)` | flips a bit | nothing |
 * | `compose(...faults)` | several at once | |
 * | `sometimes(probability, fault)` | some connections only | |
 *
 * `faultProxy()` puts the same faults between two real sockets, for programs that cannot be given a `wrap`. `script()` plays the
 * other end, `record()` writes such a script; `exploreAborts()` tries every failure at every byte; `checkTransport()` and
 * `checkCodec()` are the contracts as tests; `expectNoLeaks()` and `inspectConnections()` tell what is still open.
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
export { type Check, type CheckOptions, runChecks } from "./check.ts";
export { checkCodec, type CheckCodecOptions, type CodecSamples } from "./check_codec.ts";
export { checkTransport, type TransportMaker, type TransportPair } from "./check_transport.ts";
export { type ConnectionPair, connectionPair, type ConnectionPairOptions } from "./connection_pair.ts";
export { type Cut, type CutPlace, type CutWay } from "./explore/cut.ts";
export { type Finding, type FindingKind } from "./explore/finding.ts";
export { type Exploration, ExplorationError, type ExploreOptions } from "./explore/options.ts";
export { type Scenario, type ScenarioContext } from "./explore/scenario.ts";
export { expectNoLeaks, type LeakOptions } from "./expect_no_leaks.ts";
export { exploreAborts } from "./explore_aborts.ts";
export { inspectConnections } from "./inspect_connections.ts";
export type { ConnectionInspection, ConnectionState, WaitingOperation } from "../inspection.ts";
export { record, type Recording } from "./record.ts";
export {
  type Script,
  script,
  type ScriptedConnection,
  type ScriptedPeer,
  type ScriptedServer,
  type ScriptOptions,
} from "./script.ts";
export type { ScriptBytes, ScriptLine, ScriptStep } from "./script/step.ts";
export {
  type FaultProxy,
  faultProxy,
  type FaultProxyOptions,
  type ProxyAddress,
  type ProxyFault,
  type ProxyFlow,
} from "./fault_proxy.ts";
export { memoryPair, type MemoryPairOptions } from "./memory_pair.ts";
export {
  acceptThenSilence,
  blackhole,
  coalesce,
  type CoalesceOptions,
  compose,
  corruptAt,
  dropAt,
  dropTailAt,
  duplicateAt,
  endAt,
  failAt,
  type Fault,
  type FaultDirection,
  type FaultOptions,
  type FaultTrigger,
  halfCloseAt,
  latency,
  type LatencyOptions,
  pauseAt,
  type RandomFaultOptions,
  refuse,
  resetAt,
  shortWrites,
  slice,
  type SliceOptions,
  slowClose,
  sometimes,
  stallAt,
  throttle,
} from "./faults/mod.ts";
export type { ProxiedConnection, ProxyState } from "./proxied_connection.ts";
