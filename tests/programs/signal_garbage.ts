/** Puts connections on one signal, ends and forgets them, and counts what the garbage collector leaves: `signal_garbage N`. */
import process from "node:process";
import { Connection } from "../../mod.ts";
import { memoryPair } from "../../lib/testing/mod.ts";
import { collectUntil } from "../garbage.ts";

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

const alive = (): number => held.filter((ref) => ref.deref() !== undefined).length;
await collectUntil(() => alive() === 0);
console.log(`kept alive: ${alive()}${signal.aborted ? ", aborted" : ""}`);
