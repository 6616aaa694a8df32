/** Puts connections on one signal, ends and forgets them, and counts what the garbage collector leaves: `signal_garbage N`. */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Connection } from "../../mod.ts";
import { memoryPair } from "../../lib/testing/mod.ts";

const { Bun, gc } = globalThis as { Bun?: { gc(force: boolean): void }; gc?: () => void };

/** However this runtime collects its garbage. */
function collector(): () => void {
  if (gc !== undefined) return gc;
  if (Bun !== undefined) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Opens a connection that waits on the signal in every way, ends it, and keeps only a weak hold. */
async function once(signal: AbortSignal): Promise<WeakRef<Connection>> {
  const connection = new Connection(memoryPair()[0], { signal });
  const reading = connection.reader.read({ signal }).catch(() => {});
  connection.abort();
  await reading;
  return new WeakRef(connection);
}

const { signal } = new AbortController();
const held: WeakRef<Connection>[] = [];
for (let i = 0; i < Number(process.argv[2]); i++) held.push(await once(signal));

const collect = collector();
let alive = held.length;
for (let round = 0; round < 50 && alive > 0; round++) {
  await new Promise((resolve) => setTimeout(resolve, 5)); // A WeakRef that was looked at lives until the turn ends.
  collect();
  alive = held.filter((ref) => ref.deref() !== undefined).length;
}
console.log(`kept alive: ${alive}${signal.aborted ? ", aborted" : ""}`);
