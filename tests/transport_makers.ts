/**
 * Pairs of raw transports of every kind that this runtime has: for what is said of transports, not of connections.
 */
import { once } from "node:events";
import * as net from "node:net";
import { connect, type ConnectionOptions, fromDeno, fromNode, listen, type ListenOptions } from "../mod.ts";
import type { RuntimeName, Transport } from "../mod.ts";
import { type Fault, memoryPair, type TransportMaker, type TransportPair } from "../lib/testing/mod.ts";
import { WrappedTransport } from "../lib/testing/wrapped_transport.ts";
import { losslessFaults } from "./lossless_faults.ts";
import { ManualTransport } from "./manual_transport.ts";
import { onDeno, rawDial, runtimes, temporaryFolder } from "./raw_peers.ts";

export interface NamedMaker {
  /** For the names of tests: `"TCP, deno sockets"`. */
  readonly name: string;
  readonly make: TransportMaker;
  /** Its ends are alike: what holds for one holds for the other. */
  readonly symmetric?: boolean;
}

/** Takes the transport out of a connection that is about to be made; the connection gets one that does nothing. */
class Catch {
  readonly options: ConnectionOptions = {
    wrap: (transport) => {
      this.#caught.push(transport);
      return new ManualTransport();
    },
  };
  readonly #caught: Transport[] = [];

  get transport(): Transport {
    return this.#caught[0]!;
  }
}

async function socketPair(options: ListenOptions): Promise<TransportPair> {
  const [here, there] = [new Catch(), new Catch()];
  await using listener = await listen({ ...options, ...there.options });
  const { runtime } = options;
  const { address } = listener;
  const target = address.transport === "unix" ? { path: address.path } : address;
  const made = await Promise.all([connect({ ...target, runtime, ...here.options }), listener.accept()]);
  for (const connection of made) connection.abort(); // They hold nothing.
  return [here.transport, there.transport];
}

/** Somewhere to listen that no other test uses; the folder of a Unix socket goes when the connection stands. */
async function inFolder<T>(use: (path: string) => Promise<T>): Promise<T> {
  await using folder = await temporaryFolder();
  return await use(folder.path("s"));
}

function sockets(runtime: RuntimeName): NamedMaker[] {
  return [
    { name: `TCP, ${runtime} sockets`, make: () => socketPair({ port: 0, runtime }) },
    { name: `Unix, ${runtime} sockets`, make: () => inFolder((path) => socketPair({ path, runtime })) },
  ];
}

function adoptNode(socket: net.Socket): Transport {
  const caught = new Catch();
  fromNode(socket, caught.options).abort();
  return caught.transport;
}

async function adoptedNodePair(path?: string): Promise<TransportPair> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(path === undefined ? { port: 0, host: "127.0.0.1" } : { path });
  await once(server, "listening");
  const accepting = once(server, "connection");
  const address = server.address() as net.AddressInfo | string;
  const dialled = await rawDial(typeof address === "string" ? { path: address } : { port: address.port });
  const [accepted] = await accepting as [net.Socket];
  server.close(); // Not waited for: the connection outlives it.
  return [adoptNode(dialled), adoptNode(accepted)];
}

function adoptDeno(conn: Deno.Conn): Transport {
  const caught = new Catch();
  fromDeno(conn, caught.options).abort();
  return caught.transport;
}

async function adoptedDenoPair(): Promise<TransportPair> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const dialled = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  return [adoptDeno(dialled), adoptDeno(await accepting)];
}

/** The same pairs with the ends exchanged. */
export function exchanged({ name, make }: NamedMaker): NamedMaker {
  return {
    name: `${name}, other end`,
    make: async () => {
      const [local, peer] = await make();
      return [peer, local];
    },
  };
}

/** The memory pair. */
export const memoryMaker: NamedMaker = { name: "memory", make: () => memoryPair(), symmetric: true };

/** A memory pair with a fault around each end. */
function disturbed([name, makeFault]: [string, () => Fault]): NamedMaker {
  return {
    name: `memory and ${name}`,
    symmetric: true,
    make() {
      const fault = makeFault();
      const [local, peer] = memoryPair();
      return [fault(local), fault(peer)];
    },
  };
}

/** Reads by chunks what it is asked for, and gives the memory back: a transport that has both has to keep both promises. */
class ByChunks extends WrappedTransport {
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #memory: Uint8Array<ArrayBuffer> | undefined;

  override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (this.#rest.length === 0) {
      const chunk = await this.inner.readChunk!(this.#memory);
      if (chunk === null) return null;
      this.#rest = chunk;
      this.#memory = new Uint8Array(chunk.buffer, chunk.byteOffset);
    }
    const bytes = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, bytes));
    this.#rest = this.#rest.subarray(bytes);
    return bytes;
  }
}

function byChunks({ name, make }: NamedMaker): NamedMaker {
  return {
    name: `${name}, by chunks`,
    async make() {
      const [local, peer] = await make();
      return [new ByChunks(local), new ByChunks(peer)];
    },
  };
}

const nodeSockets: readonly NamedMaker[] = [
  ...sockets("node"),
  { name: "TCP, adopted net.Socket", make: () => adoptedNodePair() },
  { name: "Unix, adopted net.Socket", make: () => inFolder((path) => adoptedNodePair(path)) },
];

/** Everything this runtime has, the memory pair first. */
export const transportMakers: readonly NamedMaker[] = [
  memoryMaker,
  { name: "memory in lockstep", make: () => memoryPair({ capacity: 0 }), symmetric: true },
  ...Object.entries(losslessFaults).map(disturbed),
  ...runtimes.filter((runtime) => runtime !== "node").flatMap(sockets),
  ...nodeSockets,
  ...nodeSockets.map(byChunks),
  ...(onDeno ? [{ name: "TCP, adopted Deno.Conn", make: adoptedDenoPair }] : []),
];
