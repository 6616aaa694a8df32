/** Two ways of one operation, in turn in one process: what the second costs over the first. */
import type { Outcome, Task } from "../window.ts";

/** Operations of one turn: some ten milliseconds at most, so that both meet the same machine. */
const TURN = 200;

/** One operation. */
export type Operation = () => Promise<unknown>;

/**
 * @returns The guarded way's time in ns, the bare one's as `raw`, and the difference as `extra`.
 */
export async function inTurn(task: Task, bare: Operation, guarded: Operation): Promise<Outcome> {
  await turns(task.warm, bare, guarded);
  const [raw, value] = await turns(task.measure, bare, guarded);
  return { value, also: { raw, extra: value - raw } };
}

/** Both, as often as they fit: medians of the time of one operation, in ns. */
async function turns(duration: number, bare: Operation, guarded: Operation): Promise<[bare: number, guarded: number]> {
  const times: [number[], number[]] = [[], []];
  for (const until = performance.now() + duration; performance.now() < until;) {
    times[0].push(await turn(bare));
    times[1].push(await turn(guarded));
  }
  return [median(times[0]), median(times[1])];
}

async function turn(operation: Operation): Promise<number> {
  const started = performance.now();
  for (let count = 0; count < TURN; count++) await operation();
  return (performance.now() - started) * 1e6 / TURN;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
