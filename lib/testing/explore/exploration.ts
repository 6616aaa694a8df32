/**
 * All runs of one exploration: the clean one, and one for each cut.
 *
 * @module
 */
import type { ConnectionOptions } from "../../connection_options.ts";
import { watchUnhandled } from "../../runtime/unhandled.ts";
import { useTimeSource } from "../../time_source.ts";
import { Random } from "../random.ts";
import { type Cut, CUT_WAYS, type CutWay, everyMoment, parseCut } from "./cut.ts";
import { equal } from "./equal.ts";
import { describeFindings, type Finding, findingOf } from "./finding.ts";
import type { Exploration, ExploreOptions } from "./options.ts";
import { Run, type RunSettings } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { useVirtualTimers } from "./virtual_timers.ts";
import { VirtualTime } from "./virtual_time.ts";

/** A stalled peer is given up after it, where nothing else is said: any time does, it is virtual. */
const TIMEOUTS: ConnectionOptions = { readTimeout: 30_000, writeTimeout: 30_000 };

/** Chunks as networks like to make them: single bytes, the odd few, whole segments. */
const CHUNKS = [1, 1, 2, 3, 5, 8, 64, 1_448];

/** Explores with the process's time and its unhandled rejections in hand, and puts them back. */
export async function onVirtualTime<T>(
  scenario: Scenario<T>,
  options: ExploreOptions<T>,
): Promise<{ exploration: Exploration; text: string }> {
  const time = new VirtualTime();
  const unhandled: unknown[] = [];
  const restore = [
    useTimeSource(time),
    useVirtualTimers(time),
    watchUnhandled((reason) => unhandled.push(reason)),
  ];
  try {
    return await explore(scenario, options, time, () => unhandled.splice(0));
  } finally {
    for (const putBack of restore) putBack();
  }
}

async function explore<T>(
  scenario: Scenario<T>,
  options: ExploreOptions<T>,
  time: VirtualTime,
  takeUnhandled: () => unknown[],
): Promise<{ exploration: Exploration; text: string }> {
  const settings: RunSettings<T> = {
    scenario,
    time,
    takeUnhandled,
    peer: scenario.peer,
    connection: { ...TIMEOUTS, ...options.connection },
    capacity: options.capacity ?? 4_096,
    quiet: options.quiet ?? 0,
    chunking: () => chunking(options.seed),
    allow: options.allow ?? (() => false),
    check: () => {},
    checkError: options.checkError ?? (() => {}),
    isClean: () => false,
  };
  const clean = new Run(settings);
  await clean.play();
  const findings: Finding[] = findingsOf(clean, undefined);
  const { bytesIn, bytesOut, events, labels } = clean.stage.seam;
  const ways = waysFor(clean, options.ways);
  const moments = everyMoment({ bytesIn, bytesOut, events }, options.step ?? 1);
  const cuts = options.only === undefined
    ? ways.flatMap((way) => moments.map((moment) => ({ ...moment, way })))
    : [parseCut(options.only)];
  const check = options.check ?? sameAsClean;
  // What is not sent without a cut either is not meant to be.
  const lossy = await clean.losesBytes();
  const cutSettings: RunSettings<T> = {
    ...settings,
    check: (result, cut) => check(result, cut, clean.result as T),
    isClean: (result) => !lossy && equal(result, clean.result),
  };
  let [runs, unreached] = [0, 0];
  // What is wrong without a cut is wrong with every cut: nothing is learnt from ten thousand more of it.
  if (findings.length === 0) {
    for (const cut of cuts) {
      const run = new Run(cutSettings, cut);
      await run.play();
      runs++;
      if (!run.stage.seam.reached) unreached++;
      findings.push(...findingsOf(run, cut));
    }
  }
  const exploration = { bytesIn, bytesOut, events, cuts: moments.length, ways, runs, unreached, findings };
  (options.print ?? console.log)(summary(exploration, options.only));
  return { exploration, text: describeFindings(findings, labels) };
}

function findingsOf<T>({ observations, stage }: Run<T>, cut: Cut | undefined): Finding[] {
  return observations.map((observation) => findingOf(observation, cut, stage.seam.wire));
}

/** All ways that were asked for; without a connection of the explorer nobody can be made to close it. */
function waysFor<T>({ stage }: Run<T>, wanted: readonly CutWay[] = CUT_WAYS): readonly CutWay[] {
  return stage.foreign ? wanted.filter((way) => way !== "close" && way !== "cancel") : wanted;
}

function chunking(seed: number | undefined): () => number {
  if (seed === undefined) return () => Infinity;
  const random = new Random(seed);
  return () => random.pick(CHUNKS);
}

function sameAsClean(result: unknown, _cut: Cut, clean: unknown): void {
  if (equal(result, clean)) return;
  throw new Error(`it resolved to ${show(result)}, where the clean run gave ${show(clean)}`);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

function summary({ cuts, ways, runs, unreached }: Exploration, only: string | undefined): string {
  if (only !== undefined) return `explored: the cut ${only}`;
  const text = `explored: ${cuts} cuts × ${ways.length} ways = ${runs} runs`;
  return unreached === 0 ? text : `${text}, ${unreached} not reached: the scenario does not do the same in every run`;
}
