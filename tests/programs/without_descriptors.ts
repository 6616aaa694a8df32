/** Dials and listens without a descriptor left; prints what it is told. Started with few of them: `… RUNTIME`. */
import process from "node:process";
import { connect, type ConnectionError, listen } from "../../mod.ts";
import { useUpDescriptors } from "../matrix/exhausted.ts";

const runtime = process.argv[2] as "auto" | "node";
const listener = await listen({ port: 0, runtime });
const { port } = listener.address as { port: number };
(await connect({ port, runtime })).abort(); // Modules are loaded at the first dial.
const free = useUpDescriptors();
const failures = await Promise.allSettled([connect({ port, runtime }), listen({ port: 0, runtime })]);
free(); // Before anything is printed: Deno panics when it looks for a source map without a descriptor.
await listener.close();
console.log(JSON.stringify(failures.map((failure) => {
  const { reason, code } = (failure as PromiseRejectedResult).reason as ConnectionError;
  return `${reason} ${code}`;
})));
process.exit();
