import type { Flaw, Lane } from "./flaw.ts";

/** What a kernel takes for somebody who does not read. */
const WINDOW_BYTES = 65_536;

const NOTHING: Uint8Array = new Uint8Array(0);

/** A flaw that lets nothing through, not even an end or a failure; of what is written a window full is swallowed. */
export function silent(direction: Lane["direction"]): Flaw {
  let window = direction === "write" ? WINDOW_BYTES : 0;
  return {
    admit: (waiting) => Math.min(waiting, window),
    admitEnd: () => false,
    alter: () => NOTHING,
    passed(bytes): void {
      window -= bytes;
    },
  };
}
