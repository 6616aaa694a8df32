/**
 * Holds thousands of connections for a minute, kills a tenth of them by RST, and shuts the server down: `deno task load`.
 *
 *     deno task load [--idle 10000] [--active 1000] [--seconds 60] [--seed 1] [--runtime deno|node|path/to/node]
 *
 * Both ends are this package, in two processes; `--runtime` is the server's. Further phases: peers that send one byte per
 * second, a flood of handshakes, peers that never read. Exit code 1 unless nothing was lost and nothing unexpected happened.
 * It needs the `openssl` command line for a certificate, and a shell.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { certificates } from "../tests/certificates.ts";
import { buildNpm } from "./build_npm.ts";
import { Child } from "./load/child.ts";
import type { PhaseName, Start } from "./load/half.ts";
import { type HoldClients, type HoldServer, judge } from "./load/judge.ts";
import { descriptorLimits, raisedLimit, withLimit } from "./load/limits.ts";
import type { PhaseReport } from "./load/phase.ts";
import { connectionsOf, type Plan } from "./load/plan.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

const OTHERS: readonly PhaseName[] = ["slowloris", "handshakes", "deaf"];

function planOf(args: string[]): { plan: Plan; node: string } {
  const { values } = parseArgs({
    args,
    options: {
      idle: { type: "string", default: "10000" },
      active: { type: "string", default: "1000" },
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: "1" },
      runtime: { type: "string", default: "deno" },
    },
  });
  const number = (name: "idle" | "active" | "seconds" | "seed"): number => {
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < 0) {
      throw new Error(`Cannot use --${name} ${values[name]}: it must be a number`);
    }
    return value;
  };
  const { ca, localhost } = certificates();
  const plan: Plan = {
    idle: number("idle"),
    active: number("active"),
    seconds: number("seconds"),
    seed: number("seed"),
    runtime: values.runtime === "deno" ? "deno" : "node",
    tls: { ...localhost, ca },
  };
  return { plan, node: values.runtime };
}

/** Both processes; the clients' is always this Deno. */
async function processes(plan: Plan, node: string, limit: number): Promise<{ server: Child; clients: Child }> {
  const flags = ["-A", "--no-check", "--quiet", "--v8-flags=--expose-gc"];
  const deno = [Deno.execPath(), "run", ...flags, `${root}scripts/load/half.ts`];
  if (plan.runtime === "node") await buildNpm(root);
  const server = plan.runtime === "deno" ? deno : [node, "--expose-gc", `${root}npm/scripts/load/half.js`];
  return {
    server: new Child(withLimit(limit, [...server, "server"])),
    clients: new Child(withLimit(limit, [...deno, "clients"])),
  };
}

/** One phase: the server listens, the clients do their part, the server finishes, then the clients. */
async function run<ServerReport, ClientReport>(
  { server, clients }: { server: Child; clients: Child },
  phase: PhaseName,
  plan: Plan,
): Promise<[ServerReport, ClientReport]> {
  const ports = await server.call<number[]>("start", { phase, plan, ports: [] } satisfies Start);
  await clients.call("start", { phase, plan, ports } satisfies Start);
  const told = await server.call<ServerReport>("finish");
  return [told, await clients.call<ClientReport>("finish")];
}

async function main(args: string[]): Promise<boolean> {
  const { plan, node } = planOf(args);
  const [limits, total] = [descriptorLimits(), connectionsOf(plan)];
  const limit = raisedLimit(limits, total);
  console.log(`descriptors: soft limit ${limits.soft}, hard ${limits.hard}; ${limit} for each of the two processes`);
  const both = await processes(plan, node, limit);
  await using _server = both.server;
  await using _clients = both.clients;
  console.log(
    `${plan.idle} idle and ${plan.active} active connections for ${plan.seconds} s, server on ${plan.runtime}`,
  );
  const [server, clients] = await run<HoldServer, HoldClients>(both, "hold", plan);
  const { finished, aborted, failed } = server.summary;
  const answered = clients.clients.reduce((sum, client) => sum + client.answered, 0);
  console.log(
    `hold: ${answered} answers; of ${server.open} at the shutdown ${finished} finished, ${aborted} aborted, ` +
      `${failed} failed`,
  );
  const [before, after] = server.collected.map((megabytes) => megabytes.toFixed(1));
  console.log(`memory in use, collected: ${before} MB when all were open, ${after} MB at the end`);
  const others: PhaseReport[] = [];
  for (const phase of OTHERS) {
    const reports = await run<PhaseReport, PhaseReport>(both, phase, plan);
    others.push(...reports);
    console.log(`${phase}: ${reports.map(({ facts }) => facts).join("; ")}`);
  }
  const { line, complaints, passed } = judge(plan, server, clients, others);
  for (const complaint of complaints) console.log(complaint);
  console.log(line);
  return passed;
}

try {
  if (!await main(Deno.args)) Deno.exit(1);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
