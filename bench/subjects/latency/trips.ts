/** Round trips on several connections at a time. */
import type { Task, Window } from "../window.ts";

/** One message there and back. */
export type Trip = () => Promise<unknown>;

/** Runs trips on each connection, one behind the other, until the time is over. */
export async function trips(task: Task, window: Window, open: () => Promise<Trip>): Promise<void> {
  const all: Trip[] = [];
  for (let count = 0; count < task.connections; count++) all.push(await open());
  let over = false;
  await Promise.all(all.map(async (trip) => {
    while (!over) {
      await trip();
      over = window.add(1) || over;
    }
  }));
}
