/**
 * Notes connections in a registry, drops all but two, collects the garbage, and prints how many it has besides, and how many
 * went when the two were closed: `drop_connections N`.
 */
import process from "node:process";
import type { InspectableConnection } from "../../lib/inspection.ts";
import { Registry } from "../../lib/registry.ts";
import { collectUntil } from "../garbage.ts";

const registry = new Registry<InspectableConnection>();
const inspect = (): never => {
  throw new Error("nobody looks");
};
const held = [registry.add({ inspect }), registry.add({ inspect })];
for (let i = 0; i < Number(process.argv[2]); i++) registry.add({ inspect });
await collectUntil(() => registry.list().length === held.length, 20);
const listed = registry.list().length;
for (const close of held) close();
console.log(`listed: ${listed - held.length}, closed: ${listed - registry.list().length}`);
