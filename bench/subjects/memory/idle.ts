/** What an idle connection weighs: many of them, each with a read waiting. */
import process from "node:process";
import { collect } from "../garbage.ts";
import type { Outcome, Task } from "../window.ts";

/** Dialled at a time. */
const BATCH = 50;
/** The first ones bring code and pools into memory. */
const FIRST = 200;

/** Opens one connection and begins to read. What it returns is kept. */
export type Open = (task: Task) => Promise<unknown>;

/** @returns Bytes of resident memory for each, in KiB. */
export async function weigh(task: Task, open: Open): Promise<Outcome> {
  const kept: unknown[] = [];
  const openAll = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += BATCH) {
      kept.push(...await Promise.all(Array.from({ length: BATCH }, () => open(task))));
    }
    await collect();
  };
  await openAll(FIRST);
  const before = process.memoryUsage().rss;
  await openAll(task.connections);
  return { value: (process.memoryUsage().rss - before) / task.connections / 1_024, also: { kept: kept.length } };
}
