/** What a run of the load test is to do; all of it follows from the options and the seed. */
import { Random } from "../../lib/testing/random.ts";

/** Which sockets the server has, and in which process it runs. */
export type ServerRuntime = "deno" | "node";

/** One run, as both processes are told. */
export interface Plan {
  readonly idle: number;
  readonly active: number;
  readonly seconds: number;
  readonly seed: number;
  readonly runtime: ServerRuntime;
  /** For the TLS phase: the server's certificate and key, and who signed it, PEM. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** The part of the connections that is killed by RST. */
const KILLED = 0.1;

/** What a server's handler does with one connection when the server shuts down. */
export type Manner = "finishes" | "never settles" | "throws";

/** Connections are numbered from 0; the active ones come first. */
export function connectionsOf(plan: Plan): number {
  return plan.idle + plan.active;
}

export function isActive(plan: Plan, id: number): boolean {
  return id < plan.active;
}

/** One in a hundred handlers never settles, one throws: a shutdown has to report those, too. */
export function mannerOf(id: number): Manner {
  return id % 100 === 1 ? "never settles" : id % 100 === 2 ? "throws" : "finishes";
}

/** Who is killed: a tenth of all, at random. */
export function killedOf(plan: Plan): Set<number> {
  const random = new Random(plan.seed);
  const total = connectionsOf(plan);
  const killed = new Set<number>();
  while (killed.size < Math.round(total * KILLED)) killed.add(random.below(total));
  return killed;
}

/** How many of those that are not killed are of which manner. */
export function survivorsOf(plan: Plan): Record<Manner, number> {
  const killed = killedOf(plan);
  const survivors = { "finishes": 0, "never settles": 0, "throws": 0 };
  for (let id = 0; id < connectionsOf(plan); id++) if (!killed.has(id)) survivors[mannerOf(id)]++;
  return survivors;
}
