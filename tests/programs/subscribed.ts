/** One connection with somebody who listens: `subscribed [enabled]`. Prints the names of what was told, as JSON. */
import { subscribe } from "node:diagnostics_channel";
import process from "node:process";
import { connect, enableDiagnostics, listen } from "../../mod.ts";

const told: string[] = [];
for (const name of ["dial", "open", "close"]) subscribe(`hawser:connection:${name}`, () => told.push(name));
if (process.argv[2] === "enabled") await enableDiagnostics();
const listener = await listen({ port: 0 });
const [client, server] = await Promise.all([connect(listener.address), listener.accept()]);
await Promise.all([client.close(), server.close()]);
await listener.close();
console.log(JSON.stringify(told));
