/** Tries one door and prints what it said: `try_door connect|listen runtime address`. */
import process from "node:process";
import { connect, ConnectionError, listen, type RuntimeName } from "../../mod.ts";

const [door, runtime, target] = process.argv.slice(2) as [string, RuntimeName, string];

try {
  if (door === "connect") (await connect(target, { runtime })).abort();
  else await (await listen(target, { runtime })).close();
  console.log(JSON.stringify({ name: "connected", message: "", isOurs: false }));
} catch (error) {
  const { name, message } = error as Error;
  console.log(JSON.stringify({ name, message, isOurs: ConnectionError.is(error) }));
}
