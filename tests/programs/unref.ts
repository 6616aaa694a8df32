/** Opens something, lets go of the process, and ends although it is open: `unref listener|connection runtime`. */
import process from "node:process";
import { connect, listen, type RuntimeName } from "../../mod.ts";

/** Longer than any test waits: an armed timeout must not keep the process. */
const LATER = 600_000;

const [what, runtime] = process.argv.slice(2) as [string, RuntimeName];

const TIMEOUTS = { readTimeout: LATER, writeTimeout: LATER, idleTimeout: LATER };

const listener = await listen({ port: 0, runtime, ...TIMEOUTS });
if (what === "connection") {
  const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime, ...TIMEOUTS })]);
  for (const connection of [server, client]) {
    connection.unref();
    connection.reader.read({ timeout: LATER }).catch(() => {}); // Pending for ever: it must not keep the process either.
  }
} else {
  listener.accept({ timeout: LATER }).catch(() => {}); // Pending for ever, too.
}
listener.unref();
process.on("exit", () => console.log("end of program"));
