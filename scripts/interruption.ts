/**
 * What a script must not leave behind when somebody interrupts it. Ctrl-C and SIGTERM run no `finally`, and a process in a
 * group of its own does not hear the Ctrl-C of the terminal.
 */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** With the exit code that shells give to them. */
const LISTENERS = ([["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]] as const)
  .map(([signal, code]) => ({ signal, listener: () => void interrupt(code) }));

const cleanUps = new Set<() => unknown>();
let interrupted = false;

/** Has something done when the script is interrupted, the latest first; what is returned takes it back. */
export function whenInterrupted(cleanUp: () => unknown): () => void {
  if (cleanUps.size === 0) { for (const { signal, listener } of LISTENERS) Deno.addSignalListener(signal, listener); }
  cleanUps.add(cleanUp);
  return () => {
    cleanUps.delete(cleanUp);
    if (cleanUps.size === 0) {
      for (const { signal, listener } of LISTENERS) {
        Deno.removeSignalListener(signal, listener);
      }
    }
  };
}

/** Resolves, but never in a script that was interrupted: while it cleans up, nothing new is to begin. */
export function uninterrupted(): Promise<void> {
  return interrupted ? new Promise(() => {}) : Promise.resolve();
}

/** A folder that is removed at the end of the block, or of the script. */
export function temporaryFolder(prefix: string): { readonly path: string } & AsyncDisposable {
  const path = mkdtempSync(join(tmpdir(), prefix));
  // Processes that were killed a moment ago may still be writing.
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 });
  const forget = whenInterrupted(remove);
  return {
    path,
    async [Symbol.asyncDispose](): Promise<void> {
      await remove();
      forget();
    },
  };
}

async function interrupt(code: number): Promise<void> {
  if (interrupted) Deno.exit(code); // A second time: at once.
  interrupted = true;
  for (const cleanUp of [...cleanUps].reverse()) {
    await Promise.resolve().then(cleanUp).catch((error) => console.error(error));
  }
  Deno.exit(code);
}
