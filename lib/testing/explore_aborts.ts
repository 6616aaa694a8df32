/**
 * The abort explorer: runs a conversation once for every moment and way in which it can be cut.
 *
 * Theory of operation. The side under test talks over memory to a scripted peer, through a transport that counts: every
 * byte in either direction, every start and end of a read, a write and a half-close, and the release. That gives the cut
 * points. Then the same conversation is run again for each of them and each way of cutting; memory and virtual time make
 * every run the same up to its cut, without a wait and without a chance. After each run the invariants are looked at
 * (`explore/judge.ts`); how a run is driven is told in `explore/run.ts`.
 *
 * @module
 */
import { checkBytes, checkFunction, checkOptions, checkTimeout } from "../arguments.ts";
import { checkConnectionOptions } from "../connection_options.ts";
import { CUT_WAYS, parseCut } from "./explore/cut.ts";
import { onVirtualTime } from "./explore/exploration.ts";
import { type Exploration, ExplorationError, type ExploreOptions } from "./explore/options.ts";
import type { Scenario } from "./explore/scenario.ts";

/** Time and unhandled rejections are the process's: one exploration at a time. */
let latest: Promise<unknown> = Promise.resolve();

/**
 * Runs a conversation once for every moment and every way in which it can be cut, and looks at what your code makes of it.
 *
 * It is run once clean, which gives the cuts: each byte in either direction, and each event at the seam. Then once for
 * each cut and way, on virtual time. Whatever was cut: the scenario settles; it rejects only with errors of this package
 * or yours; it resolves only to what the clean run gave, with nothing that it wrote unsent; its connections are closed; no
 * timeout, timer or listener is left; no rejection is unhandled. It works under every test runner, and prints
 * `explored: C cuts × W ways = N runs`.
 *
 * Timers, `AbortSignal.timeout` and `Date.now` of the whole process are virtual meanwhile: explore in a test of its own.
 *
 * @param scenario The side under test, and its peer.
 * @param options What may happen, and how to run.
 * @returns What was explored.
 * @throws {ExplorationError} A promise was broken: how, by which cut, and how to replay it.
 * @throws {TypeError} A wrong option.
 * @throws {RangeError} A number out of range.
 * @example A client that asks for the time
 * ```ts
 * import assert from "node:assert/strict";
 * import { exploreAborts } from "@hawser/net/testing";
 *
 * const { cuts, runs } = await exploreAborts({
 *   async local({ connection: { reader, writer } }) {
 *     await writer.write("time?\n");
 *     return await reader.readLine({ required: true });
 *   },
 *   async peer({ reader, writer }) {
 *     if (await reader.readLine() === "time?") await writer.write("12:05\n");
 *   },
 * });
 * assert(cuts >= 12);
 * assert.equal(runs, cuts * 8);
 * ```
 */
export async function exploreAborts<T>(scenario: Scenario<T>, options: ExploreOptions<T> = {}): Promise<Exploration> {
  checkScenario(scenario);
  checkExploreOptions(options);
  const exploring = latest.then(() => onVirtualTime(scenario, options));
  latest = exploring.catch(() => {});
  const { exploration, text } = await exploring;
  if (exploration.findings.length > 0) throw new ExplorationError(exploration, text);
  return exploration;
}

function checkScenario(scenario: Scenario<unknown>): void {
  checkOptions(scenario);
  if (typeof scenario?.local !== "function") {
    throw new TypeError("Cannot explore the scenario: it must have a function `local`, the side under test");
  }
  checkFunction("peer", scenario.peer);
}

function checkExploreOptions<T>(options: ExploreOptions<T>): void {
  checkOptions(options);
  checkFunction("allow", options.allow);
  checkFunction("check", options.check);
  checkFunction("checkError", options.checkError);
  checkFunction("print", options.print);
  if (options.connection !== undefined) checkConnectionOptions(options.connection);
  if (options.capacity !== undefined) checkBytes("capacity", options.capacity);
  if (options.step !== undefined) checkBytes("step", options.step);
  if (options.quiet !== undefined && options.quiet !== 0) checkTimeout("quiet", options.quiet);
  if (options.only !== undefined) parseCut(options.only);
  for (const way of options.ways ?? []) {
    if (!CUT_WAYS.includes(way)) {
      throw new TypeError(`Cannot cut by "${way}": the ways are ${CUT_WAYS.join(", ")}`);
    }
  }
}
