/**
 * Peers that send one byte per second. A bound on each wait (`readTimeout`) catches them when it is shorter than their pause; a
 * bound on the whole call (`timeout`) catches them whatever they do. Other clients must not notice.
 */
import * as net from "node:net";
import { connect, type Connection, serve, type Server } from "../../mod.ts";
import { counted, forEach, holds, pause, type Phase, phaseOf, type PhaseReport, wordOf } from "./phase.ts";
import { connectionsOf, type Plan } from "./plan.ts";

/** For what should come soon. */
const PATIENCE = 30_000;

/** Clients that behave, at each of the two servers. */
const GOOD = 5;

const QUESTIONS = 10;

/** How many drip, at each server, and how long they pause: a second, less in a short run. */
function sizes(plan: Plan): { slow: number; pauseOf: number } {
  return { slow: Math.ceil(connectionsOf(plan) / 100), pauseOf: Math.min(1_000, plan.seconds * 100) };
}

class SlowServers {
  readonly #plan: Plan;
  readonly #ends: string[] = [];
  readonly servers: Server[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** One bounds each wait, the other each line. */
  async listen(): Promise<void> {
    const { pauseOf } = sizes(this.#plan);
    const onError = (): void => {}; // Noted where it happens.
    for (const [readTimeout, timeout] of [[pauseOf / 2, Infinity], [Infinity, pauseOf * 3]] as const) {
      const talk = (connection: Connection): Promise<void> => this.#talk(connection, timeout);
      this.servers.push(await serve({ port: 0, readTimeout, onError }, talk));
    }
  }

  async #talk({ reader, writer }: Connection, timeout: number): Promise<void> {
    try {
      for (;;) {
        const line = await reader.readLine({ timeout });
        if (line === null) return;
        await writer.write(`${line}\n`);
      }
    } catch (error) {
      this.#ends.push(wordOf(error));
      throw error;
    }
  }

  async finish(): Promise<PhaseReport> {
    const wanted = 2 * sizes(this.#plan).slow;
    await holds(() => this.#ends.length >= wanted, PATIENCE);
    for (const server of this.servers) await server.shutdown({ timeout: 1_000 });
    const others = this.#ends.filter((end) => end !== "timeout");
    return {
      lost: Math.max(0, wanted - this.#ends.length),
      unexpected: counted(others).map((end) => `a slow peer's connection ended with "${end}"`),
      facts: `${this.#ends.length - others.length} of ${wanted} slow peers timed out`,
    };
  }
}

class SlowClients {
  readonly #plan: Plan;
  readonly #unexpected: string[] = [];
  #told = 0;
  #answers = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async run(ports: readonly number[]): Promise<void> {
    const { slow, pauseOf } = sizes(this.#plan);
    const each = ports.flatMap((port) => Array.from({ length: slow }, () => port));
    const dripping = forEach(each, each.length, (port) => this.#drip(port, pauseOf));
    const good = ports.flatMap((port) => Array.from({ length: GOOD }, () => port));
    await forEach(good, good.length, (port) => this.#behave(port).catch((error) => this.#note(error)));
    await Promise.race([dripping, pause(PATIENCE)]);
  }

  #note(error: unknown): void {
    this.#unexpected.push(`a client beside slow ones: ${wordOf(error)}`);
  }

  /** Plain `node:net`: what attacks a server does not use this library. */
  #drip(port: number, pauseOf: number): Promise<void> {
    return new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      const timer = setInterval(() => socket.write("x"), pauseOf);
      socket.on("connect", () => socket.write("x"));
      socket.on("error", () => {}); // However it is told.
      socket.on("close", () => {
        clearInterval(timer);
        this.#told++;
        resolve();
      });
      socket.resume();
    });
  }

  async #behave(port: number): Promise<void> {
    await using connection = await connect({ port, timeout: PATIENCE });
    for (let n = 0; n < QUESTIONS; n++) {
      await connection.writer.write(`${n}\n`);
      const answer = await connection.reader.readLine({ timeout: PATIENCE, required: true });
      if (answer === `${n}`) this.#answers++;
    }
  }

  finish(): Promise<PhaseReport> {
    const [peers, questions] = [2 * sizes(this.#plan).slow, 2 * GOOD * QUESTIONS];
    return Promise.resolve({
      lost: peers - this.#told + questions - this.#answers,
      unexpected: this.#unexpected,
      facts: `${this.#answers} of ${questions} answers beside them`,
    });
  }
}

export const slowloris: Phase = phaseOf((plan) => new SlowServers(plan), (plan) => new SlowClients(plan));
