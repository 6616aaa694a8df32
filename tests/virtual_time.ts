/** A time that jumps from one timer to the next: seconds of latency take no time, and are exact. */
import { VirtualTime } from "../lib/testing/explore/virtual_time.ts";
import { useTimeSource } from "../lib/time_source.ts";

/** Enough for every chain of awaits over memory to come to rest. */
const TURNS = 3;

/** Runs `body` on virtual time; whenever everything waits, time jumps. Returns how long it took, in virtual ms. */
export async function virtually(body: () => Promise<void>): Promise<number> {
  const time = new VirtualTime();
  const putBack = useTimeSource(time);
  let over = false;
  try {
    const running = body().finally(() => over = true);
    running.catch(() => {}); // Awaited below.
    for (;;) {
      for (let turn = 0; turn < TURNS && !over; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      if (over) break;
      if (!time.jump()) throw new Error("Cannot go on: everything waits, and nothing will ever be due");
    }
    await running;
    const { timers } = time.pending();
    if (timers > 0) throw new Error(`Cannot end: ${timers} timers are left`);
    return time.now();
  } finally {
    putBack();
  }
}
