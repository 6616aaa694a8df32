/**
 * Notes things in the registry of connections and drops them, holds two connections, collects the garbage, and prints how
 * many are listed besides, and how many went when the two were closed: `drop_connections N`.
 */
import process from "node:process";
import { openConnections } from "../../lib/registry.ts";
import { memoryPair } from "../../lib/testing/mod.ts";
import { Connection } from "../../mod.ts";
import { collectUntil } from "../garbage.ts";

const inspect = (): never => {
  throw new Error("nobody looks");
};
const held = memoryPair().map((transport) => new Connection(transport));
for (let i = 0; i < Number(process.argv[2]); i++) openConnections.add({ inspect });
await collectUntil(() => openConnections.list().length === held.length, 20);
const listed = openConnections.list().length;
for (const connection of held) connection.abort();
console.log(`listed: ${listed - held.length}, closed: ${listed - openConnections.list().length}`);
