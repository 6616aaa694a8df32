/** Collects garbage on every runtime; under Deno the process needs `--v8-flags=--expose-gc`. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const { Bun, gc } = globalThis as { Bun?: { gc(force: boolean): void }; gc?: () => void };

/** However this runtime collects its garbage. */
function collector(): () => void {
  if (gc !== undefined) return gc;
  if (Bun !== undefined) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Collects until something holds, or for so many rounds. */
export async function collectUntil(holds: () => boolean, rounds = 50): Promise<boolean> {
  const collect = collector();
  for (let round = 0; round < rounds && !holds(); round++) {
    await new Promise((resolve) => setTimeout(resolve, 5)); // A WeakRef that was looked at lives until the turn ends.
    collect();
  }
  return holds();
}
