/** From samples to an entry of `results.json`. Pure: `--check` does it again and compares. */
import {
  isRate,
  quantileOf,
  type Row,
  type RuntimeName,
  RUNTIMES,
  type Target,
  type Unit,
  type Variant,
} from "../row.ts";
import { type Session, subjectsOf } from "./session.ts";

/** A raw reference that varies more is no reference: p85 over median. */
const STEADY = 1.6;

/** The low end of the processor time is what the subject needs, the rest is the machine. */
const CPU_QUANTILE = 0.15;

/** One target, and what came of it. */
export interface Condition {
  target: string;
  actual: number | null;
  pass: boolean | null;
}

/** What must be known of a run beside its samples. */
export interface Circumstances {
  /** The runtime, and the peers that are packages or other languages. */
  versions: Record<string, string>;
  at: string;
  machine: string;
  command: string;
}

/** One variant of one row on one runtime. */
export interface Entry extends Circumstances {
  id: string;
  title: string;
  runtime: RuntimeName;
  /** Which of our ways. */
  variant: string;
  unit: Unit;
  per?: string;
  /** 85th percentile of a rate, otherwise the median. */
  quantile: number;
  ours: number | null;
  raw: number | null;
  rawName: string | null;
  /** The best one. */
  peer: number | null;
  peerName: string | null;
  peers: Record<string, number>;
  /** How many times as fast, or as small, as the raw API and as the best peer. */
  vsRaw: number | null;
  vsPeer: number | null;
  /** Whatever else was measured: `cpu` is ms per GB, its 15th percentile. */
  also: Record<string, Record<string, number>>;
  target: string;
  conditions: Condition[];
  /** `null`: informative, rejected, or not measured. */
  pass: boolean | null;
  note?: string;
  n: number;
  /** 15th and 85th percentile of ours. */
  spread: [number, number] | null;
  samples: Record<string, number[]>;
  alsoSamples: Record<string, Record<string, number[]>>;
  failures: Record<string, string>;
}

/** Linear between the two nearest. */
function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)]!;
  return round(low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at)));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** The raw reference's p85 over its median, where that is too much to compare with. */
export function unsteady(session: Session): number | null {
  const values = session.get("raw")?.values ?? [];
  if (values.length < 2) return null;
  const ratio = round(quantile(values, 0.85) / quantile(values, 0.5));
  return ratio > STEADY ? ratio : null;
}

/** The lines of the table. */
export function variantsOf(row: Row, runtime: RuntimeName): Variant[] {
  return row.ours.filter(({ on, reference }) => !reference && (on?.includes(runtime) ?? true));
}

/** A target in words. */
export function wordsOf({ what, than, is, bound }: Target, { unit, per }: Row): string {
  if (what === "value") return `${is} ${bound} ${unit}${per ? ` a ${per}` : ""}`;
  if (than === undefined) return `${what} ${is} ${bound}`;
  const other = than === "peer" ? "the best peer" : than;
  const subject = what === "speed"
    ? ""
    : what === "cost"
    ? (unit === "ns" || unit === "µs" ? "time " : "size ")
    : `${what} `;
  return `${subject}${is} ${bound}x ${other}`;
}

/** The entry of a variant, from what was measured. */
export function judge(
  row: Row,
  variant: Variant,
  runtime: RuntimeName,
  session: Session,
  circumstances: Circumstances,
): Entry {
  const roles = rolesOf(row, variant, runtime);
  const q = quantileOf(row.unit);
  const samples: Record<string, number[]> = {};
  const alsoSamples: Entry["alsoSamples"] = {};
  const failures: Record<string, string> = {};
  for (const [name, role] of roles) {
    const series = session.get(role);
    if (series === undefined) continue;
    if (series.values.length > 0) samples[name] = series.values;
    for (const [what, values] of Object.entries(series.also)) (alsoSamples[what] ??= {})[name] = values;
    if (series.failure !== undefined) failures[name] = series.failure;
  }
  // The bare way, which the subject itself has measured in turn with its own.
  if (row.raw.length === 0 && alsoSamples.raw?.ours) samples.raw = alsoSamples.raw.ours;
  const values = mapValues(samples, (list) => quantile(list, q));
  const also = mapValues(
    alsoSamples,
    (byName, what) => mapValues(byName, (list) => quantile(list, what === "cpu" ? CPU_QUANTILE : 0.5)),
  );
  const peers = Object.fromEntries(
    row.peers.flatMap(({ name }) => values[name] === undefined ? [] : [[name, values[name]]]),
  );
  const peerName = bestOf(peers, row.unit);
  const speed = (other: string | null): number | null => {
    const [mine, theirs] = [values.ours, other === null ? undefined : values[other]];
    if (mine === undefined || theirs === undefined) return null;
    return round(isRate(row.unit) ? mine / theirs : theirs / mine);
  };
  const rejected = unsteady(session);
  const conditions = variant.targets.filter((target) => (target.on ?? RUNTIMES).includes(runtime)).map((target) => {
    const actual = reach(target, { values, also, peerName, speed });
    const reached = actual !== null && (target.is === "≥" ? actual >= target.bound : actual <= target.bound);
    return { target: wordsOf(target, row), actual, pass: actual === null || rejected !== null ? null : reached };
  });
  const subjects = subjectsOf(row, runtime);
  const noteText = notesOf(failures, rejected, values.ours !== undefined);
  return {
    id: row.id,
    title: row.title,
    runtime,
    variant: variant.name,
    unit: row.unit,
    ...(row.per && { per: row.per }),
    quantile: q,
    ours: values.ours ?? null,
    raw: values.raw ?? null,
    rawName: subjects.get("raw")?.name ?? (samples.raw ? "bare" : null),
    peer: peerName === null ? null : peers[peerName]!,
    peerName,
    peers,
    vsRaw: speed("raw"),
    vsPeer: speed(peerName),
    also,
    target: conditions.map(({ target }) => target).join("; "),
    conditions,
    pass: verdict(conditions),
    ...(noteText && { note: noteText }),
    n: samples.ours?.length ?? 0,
    spread: samples.ours ? [quantile(samples.ours, 0.15), quantile(samples.ours, 0.85)] : null,
    ...circumstances,
    samples,
    alsoSamples,
    failures,
  };
}

/** What an entry calls each series: ours, raw, the peers, and our other variants that a target names. */
export function rolesOf(row: Row, variant: Variant, runtime: RuntimeName): Map<string, string> {
  const roles = new Map([["ours", `ours ${variant.name}`]]);
  for (const role of subjectsOf(row, runtime).keys()) {
    if (role === "raw" || (variant.against?.includes(role) ?? !role.startsWith("ours "))) roles.set(role, role);
    else if (variant.targets.some(({ than }) => role === `ours ${than}`)) roles.set(role.slice("ours ".length), role);
  }
  return roles;
}

interface Measured {
  values: Record<string, number>;
  also: Record<string, Record<string, number>>;
  peerName: string | null;
  speed: (other: string | null) => number | null;
}

function reach({ what, than }: Target, { values, also, peerName, speed }: Measured): number | null {
  const other = than === "peer" ? peerName : than ?? null;
  if (what === "value") return values.ours ?? null;
  if (what === "speed") return speed(other);
  if (what === "cost") {
    const times = speed(other);
    return times === null ? null : round(1 / times);
  }
  const mine = also[what]?.ours;
  if (mine === undefined || than === undefined) return mine ?? null;
  const theirs = other === null ? undefined : also[what]?.[other];
  return theirs === undefined ? null : round(mine / theirs);
}

function verdict(conditions: readonly Condition[]): boolean | null {
  if (conditions.some(({ pass }) => pass === false)) return false;
  return conditions.length > 0 && conditions.every(({ pass }) => pass === true) ? true : null;
}

function bestOf(peers: Record<string, number>, unit: Unit): string | null {
  const names = Object.keys(peers).sort((a, b) => isRate(unit) ? peers[b]! - peers[a]! : peers[a]! - peers[b]!);
  return names[0] ?? null;
}

function notesOf(failures: Record<string, string>, rejected: number | null, measured: boolean): string {
  const notes = Object.entries(failures).map(([name, failure]) => `${name}: ${failure}`);
  if (rejected !== null) notes.unshift(`rejected: the raw reference has p85/median ${rejected}`);
  if (!measured && failures.ours === undefined) notes.unshift("not measured");
  return notes.join("; ");
}

function mapValues<In, Out>(record: Record<string, In>, map: (value: In, name: string) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
