/**
 * The kinds of pairs that the checks run over: memory, and real TCP and Unix sockets of each platform.
 */
import {
  connect,
  Connection,
  type ConnectionOptions,
  listen,
  type ListenOptions,
  type RuntimeName,
} from "../../mod.ts";
import { connectionPair, memoryPair } from "../../lib/testing/mod.ts";
import { onBun, runtimes, temporaryFolder } from "../raw_peers.ts";
import { certificates, needsOpenssl } from "../certificates.ts";
import { type ConnectionPair, pairOf } from "../../lib/testing/connection_pair.ts";
import type { PairMaker } from "./pair.ts";
import { type Kind, lateDeno, lateNode, type Place } from "./raw_sockets.ts";

const memory: PairMaker = {
  name: "memory",
  pair: (options) => Promise.resolve(connectionPair(options)),
  async adoptedLate(text) {
    const [here, there] = memoryPair();
    await there.write([new TextEncoder().encode(text)]);
    await there.closeWrite();
    there.release();
    return new Connection(here);
  },
};

/** Somewhere to listen that no other test uses; the folder of a Unix socket goes when the connection stands. */
async function inPlace<T>(kind: Kind, use: (place: Place) => Promise<T>): Promise<T> {
  if (kind === "TCP") return await use({ port: 0 });
  await using folder = await temporaryFolder();
  return await use({ path: folder.path("s") });
}

/** Dials a listener of its own. */
async function socketPair(where: ListenOptions, options?: ConnectionOptions): Promise<ConnectionPair> {
  await using listener = await listen(where);
  const { runtime } = where;
  const address = listener.address;
  const target = address.transport === "unix" ? { path: address.path } : address;
  const [local, peer] = await Promise.all([connect({ ...target, runtime, ...options }), listener.accept()]);
  return pairOf(local, peer);
}

function sockets(kind: Kind, runtime: RuntimeName): PairMaker {
  const late = runtime === "deno" ? lateDeno : lateNode;
  return {
    name: `${kind}, ${runtime} sockets`,
    pair: (options) => inPlace(kind, (place) => socketPair({ ...place, runtime }, options)),
    adoptedLate: (text) => inPlace(kind, (place) => late(place, text)),
  };
}

/** TLS over memory: plaintext both ways, as any other connection. Not on Bun, which has no TLS that could be relied on. */
const tlsOverMemory: PairMaker = {
  name: "TLS over memory",
  async pair() {
    const { ca, localhost } = certificates();
    const pair = connectionPair();
    await Promise.all([
      pair.local.startTls({ serverName: "localhost", caCerts: [ca] }),
      pair.peer.startTls({ role: "server", ...localhost }),
    ]);
    return pair;
  },
};

/** Everything this runtime has. */
export const makers: readonly PairMaker[] = [
  memory,
  ...(needsOpenssl.skip || onBun ? [] : [tlsOverMemory]),
  ...runtimes.flatMap((runtime) => [sockets("TCP", runtime), sockets("Unix", runtime)]),
];
