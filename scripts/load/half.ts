/** One of the two processes of the load test: `half.ts server` or `half.ts clients`, called by `scripts/load.ts`. */
import process from "node:process";
import { answerCalls } from "./child.ts";
import { deaf } from "./deaf.ts";
import { handshakes } from "./handshakes.ts";
import { hold } from "./hold.ts";
import type { ClientHalf, Phase, ServerHalf } from "./phase.ts";
import type { Plan } from "./plan.ts";
import { slowloris } from "./slowloris.ts";

/** What the calls `start` and `dial` are given. */
export interface Start {
  readonly phase: PhaseName;
  readonly plan: Plan;
  /** Where the server listens: for the clients. */
  readonly ports: readonly number[];
}

export type PhaseName = "hold" | "slowloris" | "handshakes" | "deaf";

const phases: Record<PhaseName, Phase<unknown, unknown>> = { hold, slowloris, handshakes, deaf };

let half: ServerHalf<unknown> | ClientHalf<unknown> | undefined;

await answerCalls(async ({ name, argument }) => {
  if (name === "finish") return await half!.finish();
  const { phase, plan, ports } = argument as Start;
  if (process.argv[2] === "server") {
    const server = half = await phases[phase].serve(plan);
    return server.ports;
  }
  const clients = half = phases[phase].dial(plan, ports);
  await clients.ready;
  return null;
});
process.exit(0); // A handler that never settles must not keep it, nor a client that was never told.
