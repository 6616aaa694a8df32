/** Drops connections unclosed, collects the garbage, and prints how many the registry still has: `drop_connections N`. */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openConnections } from "../../lib/registry.ts";
import { connectionPair } from "../../lib/testing/mod.ts";

const { Bun, gc } = globalThis as { Bun?: { gc(force: boolean): void }; gc?: () => void };

/** However this runtime collects its garbage. */
function collector(): () => void {
  if (gc !== undefined) return gc;
  if (Bun !== undefined) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

const collect = collector();
for (let i = 0; i < Number(process.argv[2]); i++) connectionPair();
for (let turn = 0; turn < 20; turn++) {
  collect();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
console.log(`listed: ${openConnections.list().length}`);
