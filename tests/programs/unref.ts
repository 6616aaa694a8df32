/** Opens something, lets go of the process, and ends although it is open: `unref listener|connection runtime`. */
import process from "node:process";
import { connect, listen, type RuntimeName } from "../../mod.ts";

const [what, runtime] = process.argv.slice(2) as [string, RuntimeName];

const listener = await listen({ port: 0, runtime });
if (what === "connection") {
  const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime })]);
  for (const connection of [server, client]) {
    connection.unref();
    connection.reader.read().catch(() => {}); // Pending for ever: it must not keep the process either.
  }
} else {
  listener.accept().catch(() => {}); // Pending for ever, too.
}
listener.unref();
process.on("exit", () => console.log("end of program"));
