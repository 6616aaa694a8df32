/** Where the cuts happen: both ends of a connection, in memory or over real sockets. */
import { createServer, type Socket } from "node:net";
import { connect, Connection, type ConnectionOptions, listen, type RuntimeName } from "../../mod.ts";
import { memoryPair } from "../../lib/testing/mod.ts";
import { temporaryFolder } from "../raw_peers.ts";

/** Both ends; the peer is what a test does to the local one. */
export interface Ends {
  readonly local: Connection;
  readonly peer: Connection;
}

/** The far end of a Unix socket that leaves what it is sent in the kernel. */
export interface DeafPeer {
  send(bytes: Uint8Array): Promise<void>;
  /** Unread bytes turn a close into a reset: the only one that Unix sockets have. */
  close(): void;
}

/** One kind of connection. */
export interface Place extends AsyncDisposable {
  readonly name: string;
  /** In memory everything that a test waits for happens within microtasks. */
  readonly memory: boolean;
  /** What a cut on this side looks like from the other one: native Deno has no RST, and neither have Unix sockets. */
  readonly abortIsSeenAs: readonly ("reset" | "end")[];
  open(options: ConnectionOptions): Promise<Ends>;
  /** Only over Unix sockets, whose peers cannot reset otherwise. */
  openDeaf?(options: ConnectionOptions): Promise<{ local: Connection; peer: DeafPeer }>;
}

/** Pairs in memory. */
export function memoryPlace(): Place {
  return {
    name: "memory",
    memory: true,
    abortIsSeenAs: ["reset"],
    open(options) {
      // Small: thousands of them live at once.
      const [here, there] = memoryPair({ capacity: 256 });
      return Promise.resolve({ local: new Connection(here, options), peer: new Connection(there) });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Real sockets. The peer is one of `node:net` everywhere: native Deno cannot send an RST. */
export async function socketPlace(transport: "tcp" | "unix", runtime: RuntimeName): Promise<Place> {
  const folder = await temporaryFolder();
  const path = folder.path("all.sock");
  const listener = await listen(transport === "tcp" ? { port: 0, runtime: "node" } : { path, runtime: "node" });
  const deaf = await deafServer(folder.path("deaf.sock"));
  const inTurn = queue();
  const noReset = transport === "unix" || (runtime === "auto" && "Deno" in globalThis);
  const dial = (options: ConnectionOptions): Promise<Connection> => {
    const { address } = listener;
    const target = address.transport === "tcp" ? { port: address.port } : { path };
    return connect({ ...target, runtime, ...options });
  };
  return {
    name: `${transport} (${runtime === "auto" ? "the runtime's own sockets" : runtime})`,
    memory: false,
    abortIsSeenAs: noReset ? ["reset", "end"] : ["reset"],
    open: (options) =>
      inTurn(async () => {
        const [local, peer] = await Promise.all([dial(options), listener.accept()]);
        return { local, peer };
      }),
    ...(transport === "unix" && {
      openDeaf: (options: ConnectionOptions) =>
        inTurn(async () => {
          const accepted = deaf.accept();
          const local = await connect({ path: deaf.path, runtime, ...options });
          return { local, peer: deafPeer(await accepted) };
        }),
    }),
    async [Symbol.asyncDispose]() {
      await Promise.all([listener.close(), deaf.close()]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Runs one at a time: what is accepted next must be what was dialled last. */
function queue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => {}); // The one who waits for it is told.
    return next;
  };
}

interface DeafServer {
  readonly path: string;
  accept(): Promise<Socket>;
  close(): Promise<void>;
}

async function deafServer(path: string): Promise<DeafServer> {
  let arrived: (socket: Socket) => void = () => {};
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => arrived(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    accept: () => new Promise((resolve) => arrived = resolve),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function deafPeer(socket: Socket): DeafPeer {
  socket.on("error", () => {}); // The local end goes first in some runs.
  return {
    send: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    close: () => void socket.destroy(),
  };
}
