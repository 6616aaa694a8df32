/** One row on one runtime: its subjects in turn, round after round, every sample in a fresh process. */
import { run } from "../../scripts/run.ts";
import { isRate, type Row, type RuntimeName, type Subject } from "../row.ts";
import type { Outcome } from "../subjects/window.ts";
import { commandOf } from "./programs.ts";
import type { FarProcess } from "./far_process.ts";
import type { Runtime } from "./runtimes.ts";

/** Milliseconds that are not counted: time for the compilers. */
const WARM = 300;
const MEASURE = 160;

/** What a sample may take beyond its window, before it counts as hung. */
const PATIENCE = 20_000;

/** A subject that failed so often in a row is left out of the rest of the session. */
const STRIKES = 2;

/** Significant digits of a sample: enough for every ratio, and `results.json` stays readable. */
const DIGITS = 4;

/** What was measured of one subject: the row's own number first. */
export interface Series {
  values: number[];
  /** More numbers by name: `cpu` in ms per GB, or what the subject counts. */
  also: Record<string, number[]>;
  /** Why there are no more. */
  failure?: string;
}

/** By the subject's role: `ours NAME`, `raw`, or the peer's name. */
export type Session = Map<string, Series>;

/** The subjects of a row on a runtime, by role. */
export function subjectsOf(row: Row, runtime: RuntimeName): Map<string, Subject> {
  const subjects = new Map<string, Subject>();
  const here = (subject: Subject): boolean => subject.on?.includes(runtime) ?? true;
  for (const subject of row.ours.filter(here)) subjects.set(`ours ${subject.name}`, subject);
  for (const subject of row.raw.filter(here)) subjects.set("raw", subject);
  for (const subject of row.peers.filter(here)) subjects.set(subject.name, subject);
  return subjects;
}

/** Where and how often. */
export interface Setting {
  root: string;
  far: FarProcess;
  rounds: number;
}

/** Measures a row on a runtime. A subject that crashes or hangs is a failure in its series, never of the session. */
export async function hold(row: Row, runtime: Runtime, { root, far, rounds }: Setting): Promise<Session> {
  const session: Session = new Map();
  const strikes = new Map<string, number>();
  const subjects = subjectsOf(row, runtime.name);
  for (const role of subjects.keys()) session.set(role, { values: [], also: {} });
  for (let round = 0; round < rounds; round++) {
    for (const [role, subject] of subjects) {
      const series = session.get(role)!;
      if ((strikes.get(role) ?? 0) >= STRIKES) continue;
      try {
        note(series, await sample(row, subject, runtime, root, await far.port()));
        strikes.set(role, 0);
      } catch (error) {
        series.failure = (error as Error).message;
        const lacking = series.failure.startsWith("not measured");
        strikes.set(role, lacking ? STRIKES : (strikes.get(role) ?? 0) + 1);
      }
    }
  }
  return session;
}

function note(series: Series, { value, also = {} }: Outcome): void {
  series.values.push(rounded(value));
  for (const [name, number] of Object.entries(also)) (series.also[name] ??= []).push(rounded(number));
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** One fresh process. */
async function sample(row: Row, subject: Subject, runtime: Runtime, root: string, port: number): Promise<Outcome> {
  const { warm = WARM, measure = MEASURE, record = 1, connections = 1 } = row;
  const task = { way: subject.way, port, feed: subject.feed ?? row.feed, record, connections, warm, measure };
  const command = await commandOf(subject, runtime, root);
  const timeout = warm + measure + PATIENCE;
  const { code, output, timedOut } = await run([...command, JSON.stringify(task)], { cwd: root, timeout });
  if (timedOut) throw new Error(`hung: nothing after ${timeout} ms`);
  const line = output.split("\n").find((line) => line.startsWith("{"));
  if (code !== 0 || line === undefined) throw new Error(`failed: ${reasonIn(output)}`);
  const outcome: Outcome | { units: number; wall: number; cpu: number } = JSON.parse(line);
  return "value" in outcome ? outcome : inUnitsOf(row, outcome);
}

/** The line of a crash that says why. */
function reasonIn(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return (lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "no output").slice(0, 200);
}

/** Units and nanoseconds as the row has them: bytes per ns are GB/s. */
function inUnitsOf(
  { unit, record = 1 }: Row,
  { units, wall, cpu }: { units: number; wall: number; cpu: number },
): Outcome {
  if (!isRate(unit)) return { value: wall / units / (unit === "µs" ? 1_000 : 1) };
  const bytes = units * record;
  return { value: bytes / wall, also: { cpu: cpu / bytes * 1_000 } };
}
