/** The collector, on every runtime: they are started so that it can be called. */

/** Collects until nothing more is freed, as far as one can tell. */
export async function collect(): Promise<void> {
  const all = globalThis as { gc?: () => void; Bun?: { gc: (sync: boolean) => void } };
  for (let round = 0; round < 4; round++) {
    if (all.Bun) all.Bun.gc(true);
    else all.gc!();
    await new Promise((resolve) => setTimeout(resolve, 20)); // Finalizers, and memory that is given back later.
  }
}
