/**
 * Runs a client against ports on which something goes wrong, one after the other, and prints one JSON line for each:
 * what every operation came to, and what escaped. Started by `scripts/findings.ts`, on Node.
 */
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import { pgCases } from "./pg_cases.mjs";
import { redisCases } from "./redis_cases.mjs";

/** An operation that has not settled after so many ms hangs: longer than any default timeout of the clients (5 s). */
const PATIENCE = 8_000;

const require = createRequire(`${process.env.CLIENTS}/`);
const cases = process.argv[2] === "redis" ? redisCases(require("redis")) : pgCases(require("pg"));

/** What escaped while a case ran: without these two listeners it would have ended the process. */
let escaped = [];
process.on("uncaughtException", (error) => escaped.push(`uncaught: ${text(error)}`));
process.on("unhandledRejection", (error) => escaped.push(`unhandled: ${text(error)}`));

function text(error) {
  const { name, message, code } = error ?? {};
  return `${name ?? "Error"}${code === undefined ? "" : ` ${code}`}: ${message ?? String(error)}`;
}

/** One operation: `ok`, `wrong: …`, `error: …` or `hangs`. */
async function step(run, wanted) {
  let timer;
  const late = new Promise((resolve) => timer = setTimeout(resolve, PATIENCE, "hangs"));
  const result = (async () => {
    try {
      const got = JSON.stringify(await run());
      return wanted === undefined || got === JSON.stringify(wanted) ? "ok" : `wrong: ${got}`;
    } catch (error) {
      return `error: ${text(error)}`;
    }
  })();
  const outcome = await Promise.race([result, late]);
  clearTimeout(timer);
  return outcome;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { name, port, at } = JSON.parse(line);
  escaped = [];
  const steps = {};
  await cases[name]({
    port,
    async step(what, run, wanted) {
      // Behind an operation that hangs nothing new is learnt.
      if (Object.values(steps).includes("hangs")) return "skipped";
      return steps[what] = await step(run, wanted);
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 20)); // For what escapes a little later.
  console.log(JSON.stringify({ name, at, steps, escaped }));
}
process.exit(0); // Clients that hang keep the process alive.
