/** A TLS server under a flood of clients that say nothing, or garbage. Clients that shake hands must still be served. */
import * as net from "node:net";
import { connect, serve, type Server } from "../../mod.ts";
import { openSockets } from "../../lib/runtime/sockets.ts";
import { Random } from "../../lib/testing/random.ts";
import { counted, forEach, holds, pause, type Phase, type PhaseReport, wordOf } from "./phase.ts";
import { connectionsOf, type Plan } from "./plan.ts";

/** Silent ones are waited for, so many at a time: this is what the flood can cost. */
const PATIENCE = 60_000;

/** Clients that shake hands. */
const GOOD = 10;

/** Sockets of the process that are not of the flood: listeners, pipes. */
const OTHERS = 16;

const SAMPLE_EVERY = 20;

/** The flood is half silence, half garbage; the silent ones fill what may be pending four times over. */
function sizes(plan: Plan): { flood: number; pending: number; timeout: number } {
  const flood = 8 * Math.ceil(Math.min(480, connectionsOf(plan) / 8) / 8);
  return { flood, pending: flood / 8, timeout: Math.min(2_000, plan.seconds * 150) };
}

class FloodedServer {
  readonly #plan: Plan;
  readonly #failures: string[] = [];
  readonly #sampling = setInterval(() => this.#sample(), SAMPLE_EVERY);
  #served = 0;
  #most = 0;
  server!: Server;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async listen(): Promise<void> {
    const { pending, timeout } = sizes(this.#plan);
    const { cert, key } = this.#plan.tls;
    const options = { port: 0, tls: { cert, key }, maxPendingHandshakes: pending, handshakeTimeout: timeout };
    const onError = (error: unknown): void => void this.#failures.push(wordOf(error));
    this.server = await serve({ ...options, onError }, async ({ reader, writer }) => {
      const line = await reader.readLine({ required: true });
      await writer.write(`${line}\n`);
      this.#served++;
    });
  }

  async finish(): Promise<PhaseReport> {
    const { flood } = sizes(this.#plan);
    await holds(() => this.#failures.length >= flood, PATIENCE);
    await this.server.shutdown({ timeout: 5_000 });
    clearInterval(this.#sampling);
    const others = this.#failures.filter((word) => !["timeout", "tls", "reset"].includes(word));
    const wrong = counted(others).map((word) => `a handshake of the flood ended with "${word}"`);
    const most = `at most ${this.#most} sockets open`;
    return {
      lost: Math.max(0, flood - this.#failures.length),
      unexpected: this.#most <= this.#allowed() ? wrong : [...wrong, `${most}, wanted ${this.#allowed()}`],
      facts: `${this.#failures.length} of ${flood} handshakes failed, ${this.#served} clients served, ${most}`,
    };
  }

  /** What is not accepted holds no descriptor of the server; Node accepts up to its backlog, whoever asks. */
  #allowed(): number {
    return this.#plan.runtime === "deno" ? sizes(this.#plan).pending + GOOD + OTHERS : Infinity;
  }

  #sample(): void {
    this.#most = Math.max(this.#most, openSockets().size);
  }
}

class Flood {
  readonly #plan: Plan;
  readonly #unexpected: string[] = [];
  #told = 0;
  #answers = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async run(port: number): Promise<void> {
    const random = new Random(this.#plan.seed + 2);
    const { flood } = sizes(this.#plan);
    const flooding = forEach(Array.from({ length: flood }, (_, n) => n), flood, (n) => {
      return this.#attack(port, n % 2 === 0 ? undefined : garbage(random));
    });
    await forEach(Array.from({ length: GOOD }, (_, n) => n), GOOD, (n) => this.#behave(port, `${n}`));
    await Promise.race([flooding, pause(PATIENCE)]);
  }

  /** Connects, and says nothing, or something that is no ClientHello, until the server lets go. */
  #attack(port: number, garbage: Uint8Array | undefined): Promise<void> {
    return new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      if (garbage !== undefined) socket.on("connect", () => socket.write(garbage));
      socket.on("error", () => {}); // However it is told.
      socket.on("close", () => {
        this.#told++;
        resolve();
      });
      socket.resume();
    });
  }

  async #behave(port: number, line: string): Promise<void> {
    try {
      const tls = { caCerts: [this.#plan.tls.ca], serverName: "localhost" };
      await using connection = await connect({ port, tls, timeout: PATIENCE });
      await connection.writer.write(`${line}\n`);
      if (await connection.reader.readLine({ timeout: PATIENCE, required: true }) === line) this.#answers++;
    } catch (error) {
      this.#unexpected.push(`a client in the flood: ${wordOf(error)}`);
    }
  }

  finish(): Promise<PhaseReport> {
    return Promise.resolve({
      lost: sizes(this.#plan).flood - this.#told + GOOD - this.#answers,
      unexpected: this.#unexpected,
      facts: `${this.#answers} of ${GOOD} clients answered in the flood`,
    });
  }
}

function garbage(random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: 64 }, () => random.below(256));
  bytes[0] = 0x47; // "G", as of "GET": no record of TLS begins so.
  return bytes;
}

export const handshakes: Phase = {
  async serve(plan) {
    const flooded = new FloodedServer(plan);
    await flooded.listen();
    return { ports: [(flooded.server.address as { port: number }).port], finish: () => flooded.finish() };
  },
  dial(plan, [port]) {
    const flood = new Flood(plan);
    return { ready: flood.run(port!), finish: () => flood.finish() };
  },
};
