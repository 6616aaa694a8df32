/**
 * What every subject is run by: `run({ way: async (task) => … })` in a process of its own.
 *
 * A subject works until its window says that the time is over. The first part of that time is for the compiler; what is
 * counted comes after it.
 */
import process from "node:process";

/** What the benchmark tells a subject, as JSON in its only argument. */
export interface Task {
  /** Which of the program's ways. */
  way: string;
  /** Where the far end listens. */
  port: number;
  /** What the far end is asked for: a word of `far_end.ts`. */
  feed: string;
  /** Bytes of one record, where a subject counts bytes and the row counts records. */
  record: number;
  /** How many connections at a time. */
  connections: number;
  /** Milliseconds that are not counted, and milliseconds that are. */
  warm: number;
  measure: number;
}

/** A way of doing what the row asks for: until `window.add(units)` is true, or to its own end with a value. */
export type Way = (task: Task, window: Window) => Promise<Outcome | void>;

/** What is measured by the subject itself, where it is not units in a window. */
export interface Outcome {
  value: number;
  /** More numbers by name, for the targets that ask for them. */
  also?: Record<string, number>;
}

/** How often the clock is looked at: about once in so many milliseconds. */
const LOOK = 1;

/** Counts units until the time is over. */
export class Window {
  #units = 0;
  #nextLook = 1;
  #step = 1;
  #lookedAt: number = performance.now();
  #started: { units: number; at: number; cpu: NodeJS.CpuUsage } | undefined;
  readonly #warmUntil: number;
  readonly #measure: number;
  /** What came of it, once the time is over: units, wall and processor time in ns. */
  result: { units: number; wall: number; cpu: number } | undefined;

  /** @param task How long to wait, and to count. */
  constructor(task: Task) {
    this.#warmUntil = performance.now() + task.warm;
    this.#measure = task.measure;
  }

  /**
   * Counts what was done.
   *
   * @returns Whether to stop.
   */
  add(units: number): boolean {
    this.#units += units;
    return this.#units >= this.#nextLook && this.#look();
  }

  #look(): boolean {
    const now = performance.now();
    if (this.#started === undefined) {
      if (now >= this.#warmUntil) this.#started = { units: this.#units, at: now, cpu: process.cpuUsage() };
    } else if (now >= this.#started.at + this.#measure) {
      const { user, system } = process.cpuUsage(this.#started.cpu);
      const wall = (now - this.#started.at) * 1e6;
      this.result = { units: this.#units - this.#started.units, wall, cpu: (user + system) * 1e3 };
      return true;
    }
    const passed = now - this.#lookedAt;
    if (passed < LOOK / 2) this.#step *= 2;
    else if (passed > LOOK * 2) this.#step = Math.max(1, this.#step / 2);
    this.#lookedAt = now;
    this.#nextLook = this.#units + this.#step;
    return false;
  }
}

/** Runs the way that the task names, prints what came of it as one line of JSON, and ends the process. */
export async function run(ways: Record<string, Way>): Promise<void> {
  const task: Task = JSON.parse(process.argv[2]!);
  const way = ways[task.way];
  if (way === undefined) throw new Error(`Cannot run "${task.way}": there are ${Object.keys(ways).join(", ")}`);
  const window = new Window(task);
  const outcome = await way(task, window) ?? window.result;
  if (outcome === undefined) throw new Error(`Cannot measure "${task.way}": it ended before its time`);
  await new Promise((resolve) => process.stdout.write(JSON.stringify(outcome) + "\n", resolve));
  process.exit(0); // Whatever the subject has left open.
}
