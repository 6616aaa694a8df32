/** Notes connections in a registry, drops them, collects the garbage, and prints how many it still has: `drop_connections N`. */
import process from "node:process";
import type { InspectableConnection } from "../../lib/inspection.ts";
import { Registry } from "../../lib/registry.ts";
import { collectUntil } from "../garbage.ts";

const registry = new Registry<InspectableConnection>();
const inspect = (): never => {
  throw new Error("nobody looks");
};
for (let i = 0; i < Number(process.argv[2]); i++) registry.add({ inspect });
await collectUntil(() => registry.list().length === 0, 20);
console.log(`listed: ${registry.list().length}`);
