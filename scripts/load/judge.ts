/** Decides what both processes of the load test have seen: what was lost, what was unexpected, whether memory was flat. */
import type { PhaseReport } from "./phase.ts";
import { connectionsOf, killedOf, mannerOf, type Plan, survivorsOf } from "./plan.ts";

/** What the server's process says of the main phase. */
export interface HoldServer {
  /** How each connection ended for its handler, by its number. */
  readonly ends: readonly (readonly [id: number, end: string])[];
  /** Open when the shutdown began. */
  readonly open: number;
  readonly summary: { readonly finished: number; readonly aborted: number; readonly failed: number };
  /** Resident memory, in MB, at times of `Date.now()`. */
  readonly samples: readonly (readonly [time: number, megabytes: number])[];
  /** What was in use after a garbage collection, in MB: when all were open, and before the shutdown. */
  readonly collected: readonly [before: number, after: number];
  readonly unexpected: readonly string[];
}

/** One client of the main phase. */
export interface HeldClient {
  readonly id: number;
  readonly killed: boolean;
  readonly asked: number;
  readonly answered: number;
  readonly wrong: number;
  /** How it learned of the end; `null`: it never did. */
  readonly end: string | null;
  /** How many questions the server says that it has answered, in its goodbye. */
  readonly served: number | null;
}

/** What the clients' process says of the main phase. */
export interface HoldClients {
  readonly clients: readonly HeldClient[];
  /** All were open from here … */
  readonly from: number;
  /** … to here. */
  readonly until: number;
  readonly unexpected: readonly string[];
}

/** What came of it all. */
export interface Verdict {
  /** The last line of the program. */
  readonly line: string;
  /** What was lost, and what was unexpected, in words. */
  readonly complaints: readonly string[];
  readonly passed: boolean;
}

/** What may be in use more at the end, though a tenth of the connections has gone: tallies of the test, compiled code. */
const GROWTH = { part: 0.02, megabytes: 4 };

/** Resident memory grows as long as the collector sees no need: by no more than this part, from the first third to the last. */
const RESIDENT_GROWTH = { part: 0.5, megabytes: 24 };

/** Shorter is no measure of resident memory: a young heap grows. In seconds. */
const SHORTEST_MEASURE = 20;

/** What a server may hear of a peer that sent an RST: the second where it was writing after it had seen an end. */
const RESETS = new Set(["reset", "broken-pipe"]);

/** Weighs the reports of the main phase and of those after it. */
export function judge(
  plan: Plan,
  server: HoldServer,
  clients: HoldClients,
  others: readonly PhaseReport[],
): Verdict {
  const lost = [
    ...lostOf(plan, server, clients),
    ...others.flatMap(({ lost }) => lost > 0 ? [`${lost} in a phase`] : []),
  ];
  const count = lostOf(plan, server, clients).length + others.reduce((sum, { lost }) => sum + lost, 0);
  const unexpected = [
    ...server.unexpected,
    ...clients.unexpected,
    ...wrongEnds(plan, server, clients),
    ...wrongSummary(plan, server),
    ...others.flatMap(({ unexpected }) => unexpected),
  ];
  const memory = memoryOf(plan, server, clients);
  const killed = clients.clients.filter(({ killed }) => killed).length;
  const numbers = [
    `${clients.clients.length} connections`,
    `${killed} killed`,
    `${count} lost`,
    `${unexpected.length} unexpected errors`,
    `memory ${memory.least}..${memory.most} MB`,
  ];
  const complaints = [
    ...lost.map((text) => `lost: ${text}`),
    ...unexpected.map((text) => `unexpected: ${text}`),
    ...memory.complaints,
  ];
  return { line: `load: ${numbers.join(", ")}`, complaints, passed: complaints.length === 0 };
}

/** Answers that did not come or came wrong, and ends that nobody was told. */
function lostOf(plan: Plan, server: HoldServer, { clients }: HoldClients): string[] {
  const known = new Set(server.ends.map(([id]) => id));
  const reached = new Set(clients.map(({ id }) => id));
  const missing = Array.from({ length: connectionsOf(plan) }, (_, id) => id).filter((id) => !reached.has(id));
  return [
    ...missing.map((id) => `connection ${id} was never opened`),
    ...clients.flatMap(({ id, killed, answered, wrong, end, served }) => [
      ...(known.has(id) ? [] : [`the server was never told of the end of ${id}`]),
      ...(end === null ? [`client ${id} was never told of its end`] : []),
      ...(wrong > 0 ? [`client ${id} had ${wrong} wrong answers`] : []),
      ...(!killed && served !== null && served !== answered
        ? [`client ${id} has ${answered} of the ${served} answers that were sent`]
        : []),
    ]),
  ];
}

/** Ends of another kind than the one that was provoked. */
function wrongEnds(plan: Plan, server: HoldServer, { clients }: HoldClients): string[] {
  const ends = new Map(server.ends);
  const planned = killedOf(plan);
  return clients.flatMap(({ id, killed, end }) => {
    const told = ends.get(id);
    if (planned.has(id) !== killed) return [`client ${id} was ${killed ? "" : "not "}killed, against the plan`];
    if (killed) {
      return told === undefined || RESETS.has(told) ? [] : [`the server was told "${told}" of a reset (${id})`];
    }
    const manner = mannerOf(id);
    const own = told === undefined || told === manner ? [] : [`the handler of ${id} ended with "${told}"`];
    const fits = end === null || (end === "goodbye") === (manner === "finishes");
    return fits ? own : [...own, `client ${id} ended with "${end}", its handler ${manner}`];
  });
}

/** The shutdown's account of what was open. */
function wrongSummary(plan: Plan, { open, summary }: HoldServer): string[] {
  const survivors = survivorsOf(plan);
  const wanted = { finished: survivors.finishes, aborted: survivors["never settles"], failed: survivors.throws };
  const said = JSON.stringify(summary);
  const sum = summary.finished + summary.aborted + summary.failed;
  return [
    ...(sum === open ? [] : [`the shutdown reported ${said}, of ${open} connections that were open`]),
    ...(said === JSON.stringify(wanted) ? [] : [`the shutdown reported ${said}, wanted ${JSON.stringify(wanted)}`]),
  ];
}

function memoryOf(
  plan: Plan,
  { samples, collected }: HoldServer,
  { from, until }: HoldClients,
): { least: number; most: number; complaints: string[] } {
  const held = samples.filter(([time]) => time >= from && time <= until).map(([, megabytes]) => megabytes);
  if (held.length === 0) return { least: 0, most: 0, complaints: ["memory was never measured"] };
  const [least, most] = [Math.round(Math.min(...held)), Math.round(Math.max(...held))];
  const third = Math.max(1, Math.floor(held.length / 3));
  const [before, after] = [mean(held.slice(0, third)), mean(held.slice(-third))];
  const resident = plan.seconds < SHORTEST_MEASURE ? [] : growth("resident memory", before, after, RESIDENT_GROWTH);
  return { least, most, complaints: [...growth("memory in use", ...collected, GROWTH), ...resident] };
}

function growth(what: string, before: number, after: number, allowed: typeof GROWTH): string[] {
  if (after <= before * (1 + allowed.part) + allowed.megabytes) return [];
  return [`${what} is not flat: from ${before.toFixed(1)} to ${after.toFixed(1)} MB`];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
