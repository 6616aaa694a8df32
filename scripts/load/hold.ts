/** The main phase: many connections, most of them idle, for a while; some are killed; then the server shuts down. */
import process from "node:process";
import {
  connect,
  type Connection,
  ConnectionAbortedError,
  type HandlerContext,
  serve,
  type Server,
} from "../../mod.ts";
import { Random } from "../../lib/testing/random.ts";
import type { HoldClients, HoldServer } from "./judge.ts";
import { forEach, holds, pause, type Phase, wordOf } from "./phase.ts";
import { connectionsOf, isActive, killedOf, mannerOf, type Plan, survivorsOf } from "./plan.ts";

/** Dials at once: fewer than any backlog. */
const PARALLEL = 128;

/** An active client asks, and then thinks for this long at most, in ms. */
const THINKING = 1_000;

/** The longest line of an active client. */
const LINE = 4_000;

/** For what should come at once, on a machine that has other things to do. */
const PATIENCE = 30_000;

const SAMPLE_EVERY = 100;

/** The server's half of one run. */
class Holding {
  readonly #plan: Plan;
  readonly #ends = new Map<number, string>();
  readonly #unexpected: string[] = [];
  readonly #samples: [time: number, megabytes: number][] = [];
  readonly #sampling = setInterval(() => this.#sample(), SAMPLE_EVERY);
  #greeted = 0;
  #collected: number | undefined;
  server!: Server;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Greets, echoes lines, and says goodbye when the server shuts down, unless it is one of those that misbehave. */
  async talk(connection: Connection, { signal }: HandlerContext): Promise<void> {
    const { reader, writer } = connection;
    const id = Number(await reader.readLine({ timeout: PATIENCE, required: true }));
    if (++this.#greeted === connectionsOf(this.#plan)) this.#collected = afterCollection();
    await writer.write("welcome\n");
    try {
      const served = await echo(connection, signal);
      this.#ends.set(id, mannerOf(id));
      if (mannerOf(id) === "never settles") await new Promise(() => {});
      if (mannerOf(id) === "throws") throw new Error("A handler that throws");
      await writer.write(`bye ${served}\n`);
    } catch (error) {
      if (!this.#ends.has(id)) this.#ends.set(id, wordOf(error));
      throw error;
    }
  }

  note(error: unknown): void {
    const theirs = ConnectionAbortedError.is(error) || (error as Error).message === "A handler that throws";
    if (!theirs) this.#unexpected.push(wordOf(error));
  }

  async finish(): Promise<HoldServer> {
    const survivors = survivorsOf(this.#plan);
    const [all, stubborn] = [connectionsOf(this.#plan) - killedOf(this.#plan).size, survivors["never settles"]];
    await holds(() => this.server.connections.size <= all, PATIENCE);
    const open = this.server.connections.size;
    clearInterval(this.#sampling);
    const collected = [this.#collected ?? 0, afterCollection()] as const;
    const shutdown = this.server.shutdown({ timeout: PATIENCE });
    await holds(() => this.server.connections.size <= stubborn, PATIENCE);
    void this.server.shutdown({ timeout: 1 }); // Nobody has to wait for those that never settle.
    const summary = await shutdown;
    const [ends, samples, unexpected] = [[...this.#ends], this.#samples, this.#unexpected];
    return { ends, open, summary, samples, collected, unexpected };
  }

  #sample(): void {
    this.#samples.push([Date.now(), process.memoryUsage().rss / 2 ** 20]);
  }
}

/** What is in use when everything that is not has been collected, in MB. */
function afterCollection(): number {
  (globalThis as { gc?: () => void }).gc!();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

/** Sends every line back until the server shuts down; returns how many there were. */
async function echo({ reader, writer }: Connection, signal: AbortSignal): Promise<number> {
  for (let served = 0;; served++) {
    try {
      const line = await reader.readLine({ signal, keepOpen: true });
      if (line === null) throw new Error("The client ended the stream before the server did");
      await writer.write(`${line}\n`);
    } catch (error) {
      if (signal.aborted && error === signal.reason) return served;
      throw error;
    }
  }
}

/** One client, from dial to end. */
class Client {
  asked = 0;
  answered = 0;
  /** Answers that were not what was asked. */
  wrong = 0;
  /** How it learned that the connection is over. */
  end: string | undefined;
  /** What the server says that it has answered. */
  served: number | undefined;
  killed = false;
  readonly #connection: Connection;
  readonly #random: Random;

  constructor(connection: Connection, random: Random) {
    this.#connection = connection;
    this.#random = random;
  }

  kill(): void {
    this.killed = true;
    this.#connection.abort();
  }

  async run(active: boolean): Promise<void> {
    try {
      this.end = await (active ? this.#askOn() : this.#wait());
      await this.#connection.close();
    } catch (error) {
      this.end = wordOf(error);
    }
  }

  async #wait(): Promise<string> {
    return this.#farewell(await this.#connection.reader.readLine());
  }

  async #askOn(): Promise<string> {
    const { reader, writer } = this.#connection;
    for (;;) {
      const question = `${this.asked++} ${"x".repeat(this.#random.below(LINE))}`;
      await writer.write(`${question}\n`);
      const answer = await reader.readLine();
      if (answer === null || answer.startsWith("bye")) return this.#farewell(answer);
      this.answered++;
      if (answer !== question) this.wrong++;
      await pause(this.#random.below(THINKING));
    }
  }

  /** After the goodbye there is nothing but the end of the stream. */
  async #farewell(line: string | null): Promise<string> {
    if (line === null) return "end of stream";
    this.served = Number(line.slice("bye ".length));
    const more = await this.#connection.reader.read();
    return more === null ? "goodbye" : `${more.length} bytes after the goodbye`;
  }
}

/** The clients' half of one run. */
class Holders {
  readonly #plan: Plan;
  readonly #clients: (Client | undefined)[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #unexpected: string[] = [];
  #from = 0;
  #until = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async hold(port: number): Promise<void> {
    const random = new Random(this.#plan.seed + 1);
    const killed = killedOf(this.#plan);
    const ids = Array.from({ length: connectionsOf(this.#plan) }, (_, id) => id);
    await forEach(ids, PARALLEL, (id) => this.#open(id, port, killed.has(id), random.fork()));
    this.#from = Date.now();
    const length = this.#plan.seconds * 1_000;
    for (const id of killed) setTimeout(() => this.#clients[id]?.kill(), random.next() * length);
    await pause(length + 1);
    this.#until = Date.now();
  }

  async #open(id: number, port: number, killed: boolean, random: Random): Promise<void> {
    try {
      // Only node:net can send an RST: Deno's own sockets end the stream instead.
      const connection = await connect({ port, timeout: PATIENCE, runtime: killed ? "node" : "auto" });
      await connection.writer.write(`${id}\n`);
      await connection.reader.readLine({ timeout: PATIENCE, required: true });
      const client = new Client(connection, random);
      this.#clients[id] = client;
      this.#running.push(client.run(isActive(this.#plan, id)));
    } catch (error) {
      this.#unexpected.push(`a dial: ${wordOf(error)}`);
    }
  }

  async finish(): Promise<HoldClients> {
    await Promise.race([Promise.all(this.#running), pause(PATIENCE)]);
    const clients = this.#clients.flatMap((client, id) => {
      if (client === undefined) return [];
      const { killed, asked, answered, wrong, end, served } = client;
      return [{ id, killed, asked, answered, wrong, end: end ?? null, served: served ?? null }];
    });
    return { clients, from: this.#from, until: this.#until, unexpected: this.#unexpected };
  }
}

export const hold: Phase<HoldServer, HoldClients> = {
  async serve(plan) {
    const holding = new Holding(plan);
    const maxConnections = connectionsOf(plan) + 1;
    const options = {
      port: 0,
      maxConnections,
      backlog: 4 * PARALLEL,
      onError: (error: unknown) => holding.note(error),
    };
    holding.server = await serve(options, (connection, context) => holding.talk(connection, context));
    return { ports: [(holding.server.address as { port: number }).port], finish: () => holding.finish() };
  },
  dial(plan, [port]) {
    const holders = new Holders(plan);
    return { ready: holders.hold(port!), finish: () => holders.finish() };
  },
};
