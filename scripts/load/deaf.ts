/** Peers that never read: a server that waits for them is told by `writeTimeout`, one that does not by `writeBufferLimit`. */
import * as net from "node:net";
import process from "node:process";
import { type Connection, serve, type Server } from "../../mod.ts";
import { counted, forEach, holds, pause, type Phase, phaseOf, type PhaseReport, wordOf } from "./phase.ts";
import { connectionsOf, type Plan } from "./plan.ts";

/** For what should come soon. */
const PATIENCE = 30_000;

const CHUNK = 65_536;

/** What may wait for a peer that does not read; beside it the kernel holds some MB of its own. */
const LIMIT = 1_048_576;

/** What the process may grow: all the limits filled at once, twice, and what its runtime takes. */
function mayGrow(peers: number): number {
  return 2 * 2 * peers * LIMIT + 128 * 2 ** 20;
}

/** How many do not read, at each server: the kernel holds up to 10 MB for each. */
function sizes(plan: Plan): { deaf: number; timeout: number } {
  return {
    deaf: Math.max(2, Math.min(25, Math.round(connectionsOf(plan) / 50))),
    timeout: plan.seconds < 20 ? 300 : 2_000,
  };
}

class ShoutingServers {
  readonly #plan: Plan;
  readonly #ends: string[] = [];
  readonly #before = process.memoryUsage().rss;
  #most = 0;
  readonly servers: Server[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  async listen(): Promise<void> {
    const writeTimeout = sizes(this.#plan).timeout;
    const onError = (): void => {}; // Noted where it happens.
    const waits = (connection: Connection): Promise<void> => this.#shout(connection, "timeout", true);
    const runs = (connection: Connection): Promise<void> => this.#shout(connection, "overflow", false);
    this.servers.push(await serve({ port: 0, writeTimeout, writeBufferLimit: LIMIT, onError }, waits));
    this.servers.push(await serve({ port: 0, writeBufferLimit: LIMIT, onError }, runs));
  }

  /** Writes for ever; with regard for the peer, or without. */
  async #shout({ writer, signal }: Connection, wanted: string, waits: boolean): Promise<void> {
    try {
      for (;;) {
        const written = writer.write(new Uint8Array(CHUNK).fill(7)); // Memory of its own, that has been touched.
        if (waits) await written;
        else if (signal.aborted) await written;
        else await pause(0);
        this.#most = Math.max(this.#most, process.memoryUsage().rss);
      }
    } catch (error) {
      const end = wordOf(error);
      this.#ends.push(end === wanted ? "" : `${end}, wanted ${wanted}`);
      throw error;
    }
  }

  async finish(): Promise<PhaseReport> {
    const { deaf } = sizes(this.#plan);
    await holds(() => this.#ends.length >= 2 * deaf, PATIENCE);
    for (const server of this.servers) await server.shutdown({ timeout: 1_000 });
    const grown = this.#most - this.#before;
    const wrong = counted(this.#ends.filter((end) => end !== "")).map((end) =>
      `a deaf peer's connection ended: ${end}`
    );
    const megabytes = Math.round(grown / 2 ** 20);
    return {
      lost: Math.max(0, 2 * deaf - this.#ends.length),
      unexpected: grown <= mayGrow(deaf) ? wrong : [...wrong, `${megabytes} MB more for ${2 * deaf} deaf peers`],
      facts: `${this.#ends.length} of ${2 * deaf} deaf peers given up, memory +${Math.max(0, megabytes)} MB`,
    };
  }
}

class DeafClients {
  readonly #plan: Plan;
  readonly #sockets: net.Socket[] = [];
  #told = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Connects, and reads nothing until the server has given up. */
  async run(ports: readonly number[]): Promise<void> {
    const each = ports.flatMap((port) => Array.from({ length: sizes(this.#plan).deaf }, () => port));
    await forEach(each, each.length, (port) => {
      const socket = net.connect(port, "127.0.0.1").pause();
      socket.on("error", () => {}); // However it is told.
      socket.on("close", () => this.#told++);
      this.#sockets.push(socket);
      return new Promise<void>((resolve) => socket.once("connect", () => resolve()).once("close", () => resolve()));
    });
  }

  /** Now they look: what they find is the end, behind what the kernel has kept. */
  async finish(): Promise<PhaseReport> {
    for (const socket of this.#sockets) socket.resume();
    await holds(() => this.#told >= this.#sockets.length, PATIENCE);
    const lost = this.#sockets.length - this.#told;
    return { lost, unexpected: [], facts: `${this.#told} of them were told` };
  }
}

export const deaf: Phase = phaseOf((plan) => new ShoutingServers(plan), (plan) => new DeafClients(plan));
