/** What every phase of the load test has: a half in the server's process, and one in the clients'. */
import type { Server } from "../../mod.ts";
import type { Plan } from "./plan.ts";

/** What a half has to say at its end. */
export interface PhaseReport {
  /** Ends that were never told, answers that never came. */
  readonly lost: number;
  /** What should not have happened, a line each. */
  readonly unexpected: readonly string[];
  /** For people. */
  readonly facts: string;
}

/** The half in the server's process, listening. */
export interface ServerHalf<Report> {
  readonly ports: readonly number[];
  finish(): Promise<Report>;
}

/** The half in the clients' process. */
export interface ClientHalf<Report> {
  /** Settles when the server may finish. */
  readonly ready: Promise<void>;
  /** What became of the clients, after the server has finished. */
  finish(): Promise<Report>;
}

/** A phase: both processes have it, each uses its half. */
export interface Phase<ServerReport = PhaseReport, ClientReport = PhaseReport> {
  serve(plan: Plan): Promise<ServerHalf<ServerReport>>;
  dial(plan: Plan, ports: readonly number[]): ClientHalf<ClientReport>;
}

/** Some servers, once they listen. */
interface Servers {
  readonly servers: readonly Server[];
  listen(): Promise<void>;
  finish(): Promise<PhaseReport>;
}

/** Whatever dials them. */
interface Clients {
  run(ports: readonly number[]): Promise<void>;
  finish(): Promise<PhaseReport>;
}

/** A phase of some servers and their clients. */
export function phaseOf(makeServers: (plan: Plan) => Servers, makeClients: (plan: Plan) => Clients): Phase {
  return {
    async serve(plan) {
      const half = makeServers(plan);
      await half.listen();
      const ports = half.servers.map(({ address }) => (address as { port: number }).port);
      return { ports, finish: () => half.finish() };
    },
    dial(plan, ports) {
      const clients = makeClients(plan);
      return { ready: clients.run(ports), finish: () => clients.finish() };
    },
  };
}

/** Runs `body` for each, so many at a time. */
export async function forEach<T>(
  items: Iterable<T>,
  parallel: number,
  body: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items].reverse();
  await Promise.all(Array.from({ length: parallel }, async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await body(item);
  }));
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until something holds, not for ever; whether it does. */
export async function holds(condition: () => boolean, patience: number): Promise<boolean> {
  for (const until = performance.now() + patience; !condition() && performance.now() < until;) await pause(20);
  return condition();
}

/** An error in one line: its reason where it has one. */
export function wordOf(error: unknown): string {
  const { reason, message } = error as { reason?: unknown; message?: unknown };
  return typeof reason === "string" ? reason : String(message ?? error).split("\n", 1)[0]!;
}

/** Each thing with how often it came. */
export function counted(things: Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
  return [...counts].map(([thing, count]) => count === 1 ? thing : `${thing} (${count} times)`);
}
