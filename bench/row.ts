/** What a row of the benchmark is: data. A subject is a small program, a target a number to reach. */

/** Where a row runs. Bun is measured, but has no targets. */
export type RuntimeName = "deno" | "node20" | "node26" | "bun";

/** The runtimes that the targets are for. */
export const RUNTIMES: readonly RuntimeName[] = ["deno", "node20", "node26"];

/** What is measured, and in which unit. */
export type Unit = "GB/s" | "ns" | "µs" | "KiB" | "MiB" | "bytes";

/** One program in one of its ways. */
export interface Subject {
  /** What the table calls it. */
  name: string;
  /** Its file in `subjects/`, or in `outside/` with an extension. */
  program: string;
  way: string;
  /** Where it runs; everywhere unless said. */
  on?: readonly RuntimeName[];
  /** The npm package whose version is published with it. */
  package?: string;
  /** What the far end does, where it is not what the row says. */
  feed?: string;
}

/** One number to reach: what, than what, how much, where. */
export interface Target {
  /**
   * `speed`: so many times as fast as the other. `cost`: so many times its time or memory. `cpu`: of its processor
   * time. `value`: in the unit of the row. Any other name: a number that the subject itself measures.
   */
  what: string;
  /** `raw`, `peer` (the best one), the name of a peer or of a variant; the value itself unless said. */
  than?: string;
  is: "≥" | "≤";
  bound: number;
  /** Where it holds; on every runtime but Bun unless said. */
  on?: readonly RuntimeName[];
}

/** One way of ours: a line of the table. */
export interface Variant extends Subject {
  targets: readonly Target[];
  /** No line of the table: it is there to be compared with. */
  reference?: boolean;
  /** Which peers it is compared with; all unless said. */
  against?: readonly string[];
}

/** One scenario. */
export interface Row {
  id: string;
  title: string;
  unit: Unit;
  /** What a time or a size is of: `line`, `frame`, … */
  per?: string;
  /** The word of `far_end.ts`. */
  feed: string;
  /** Bytes of one record on the wire. */
  record?: number;
  connections?: number;
  /** The runtimes it is for; Bun must be named. */
  on?: readonly RuntimeName[];
  ours: readonly Variant[];
  raw: readonly Subject[];
  peers: readonly Subject[];
  /** Fewer rounds where a sample is expensive and hardly varies. */
  rounds?: number;
  /** Milliseconds that are not counted, and milliseconds that are. */
  warm?: number;
  measure?: number;
}

/** Whether more is better: only where the unit is a rate. */
export function isRate(unit: Unit): boolean {
  return unit === "GB/s";
}

/** Bulk rows take the 85th percentile, because loopback has two gears; the others the median. */
export function quantileOf(unit: Unit): number {
  return isRate(unit) ? 0.85 : 0.5;
}
