/**
 * A connection whose far end does not use this library: it reads nothing until it is told to, and does exactly what a
 * test says. In memory, and over real TCP and Unix sockets of every platform that this runtime has.
 */
import type * as net from "node:net";
import { connect, Connection, type ConnectionOptions, type RuntimeName, type Transport } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { fate, gone, RawServer, runtimes, temporaryFolder } from "./raw_peers.ts";

/** What a far end got, and whether the stream ended in order. */
export interface Received {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ended: boolean;
}

/** How slowly a far end reads: it rests so long after so many bytes. */
export interface Pace {
  readonly bytes: number;
  readonly rest: number;
}

/** The other end of a connection. */
export interface FarEnd {
  /** Sends, and resolves when the kernel has it. */
  send(data: string | Uint8Array<ArrayBuffer>): Promise<void>;
  /** Half-closes. */
  end(): Promise<void>;
  /** Goes away so that the connection is reset: with RST, or over a Unix socket with bytes unread. */
  reset(): Promise<void>;
  /** Begins to read, up to the end or the failure; slowly where a pace is given. */
  received(pace?: Pace): Promise<Received>;
}

/** Both ends; disposing aborts what is still open. */
export interface Ends extends AsyncDisposable {
  readonly local: Connection;
  readonly far: FarEnd;
}

/** One kind of connection. */
export interface Place {
  /** For the names of tests. */
  readonly name: string;
  readonly transport: "memory" | "tcp" | "unix";
  /** Whose sockets the connection has. */
  readonly runtime?: RuntimeName;
  open(options?: ConnectionOptions): Promise<Ends>;
}

/**
 * The first byte of every connection, which no far end reports. Bytes that it has not read are what makes its going away
 * a reset where there is no RST: on a Unix socket.
 */
const UNREAD = "!";

const encoder: TextEncoder = new TextEncoder();

const memory: Place = {
  name: "memory",
  transport: "memory",
  async open(options) {
    const [here, there] = memoryPair();
    const local = new Connection(here, options);
    await sendUnread(local);
    return {
      local,
      far: transportEnd(there),
      async [Symbol.asyncDispose](): Promise<void> {
        local.abort();
        there.abort();
        await local.closed;
      },
    };
  },
};

function sockets(transport: "tcp" | "unix", runtime: RuntimeName): Place {
  return {
    name: `${transport === "tcp" ? "TCP" : "Unix"}, ${runtime} sockets`,
    transport,
    runtime,
    async open(options) {
      const folder = await temporaryFolder();
      const path = folder.path("s");
      const server = await RawServer.listen(transport === "unix" ? path : undefined);
      const target = transport === "unix" ? { path } : { port: server.port };
      const local = await connect({ ...target, runtime, ...options });
      const socket = await server.next();
      await sendUnread(local);
      return {
        local,
        far: socketEnd(socket),
        async [Symbol.asyncDispose](): Promise<void> {
          local.abort();
          await Promise.all([local.closed, server[Symbol.asyncDispose](), gone(socket)]);
          await folder[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** Everything this runtime has. */
export const places: readonly Place[] = [
  memory,
  ...runtimes.flatMap((runtime) => [sockets("tcp", runtime), sockets("unix", runtime)]),
];

/** Those with a kernel between the ends. */
export const socketPlaces: readonly Place[] = places.filter(({ transport }) => transport !== "memory");

/** Those whose `abort()` the far end can tell from an orderly end: native Deno has no RST, and neither have Unix sockets. */
export function sendsResets({ transport, runtime }: Place): boolean {
  return transport === "memory" || (transport === "tcp" && runtime !== "deno");
}

/** Sends the first byte. */
export async function sendUnread({ writer }: Connection): Promise<void> {
  await writer.write(UNREAD);
  await writer.flush();
}

function bytesOf(data: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return typeof data === "string" ? encoder.encode(data) : data;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Counts what was read, and tells when it is time to rest. */
function resting(pace: Pace = { bytes: Infinity, rest: 0 }): (bytes: number) => Promise<void> | undefined {
  let left = pace.bytes;
  return (bytes) => {
    left -= bytes;
    if (left > 0) return undefined;
    left = pace.bytes;
    return new Promise((resolve) => setTimeout(resolve, pace.rest));
  };
}

/** A far end that is a transport of ours. */
export function transportEnd(transport: Transport): FarEnd {
  return {
    send: (data) => transport.write([bytesOf(data)]),
    end: () => transport.closeWrite(),
    reset: () => Promise.resolve(transport.abort()),
    async received(pace) {
      const chunks: Uint8Array[] = [];
      const rest = resting(pace);
      const into = new Uint8Array(65_536);
      let ended = false;
      try {
        for (let got = await transport.read(into); got !== null; got = await transport.read(into)) {
          chunks.push(into.slice(0, got));
          await rest(got);
        }
        ended = true;
      } catch {
        // The failure is the answer: not ended in order.
      }
      return { bytes: joined(chunks).slice(UNREAD.length), ended };
    },
  };
}

function socketEnd(socket: net.Socket): FarEnd {
  return {
    send: (data) => new Promise((resolve) => socket.write(bytesOf(data), () => resolve())),
    end: () => new Promise((resolve) => socket.end(() => resolve())),
    async reset() {
      try {
        socket.resetAndDestroy();
      } catch {
        // ERR_INVALID_HANDLE_TYPE: a Unix socket has no RST.
      }
      socket.destroy();
      await gone(socket);
    },
    async received(pace) {
      const chunks: Uint8Array[] = [];
      const rest = resting(pace);
      socket.on("data", (chunk: Uint8Array) => {
        chunks.push(chunk);
        const rested = rest(chunk.length);
        if (rested !== undefined) {
          socket.pause();
          void rested.then(() => socket.resume());
        }
      });
      const { ended } = await fate(socket);
      return { bytes: joined(chunks).slice(UNREAD.length), ended };
    },
  };
}
