import type { Check, PairMaker } from "./pair.ts";

/** A check that hangs must fail with its name, not hold the whole run. */
const PATIENCE = 30_000;

/** Runs a check, for so long at most. */
export async function runBounded(check: Check, maker: PairMaker): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${check.id} hangs`)), PATIENCE);
  });
  try {
    await Promise.race([check.run(maker), late]);
  } finally {
    clearTimeout(timer);
  }
}
