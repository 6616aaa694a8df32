/** The places of `far_end.ts`, over TLS: the far end does its part of it, and is otherwise the same. */
import { connect, Connection, type StartTlsOptions, type Transport } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { listen } from "../lib/runtime/node/listener.ts";
import { startTls } from "../lib/runtime/node/tls.ts";
import type { TlsUpgrade } from "../lib/tls_options.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { type Ends, type Place, sendUnread, transportEnd } from "./far_end.ts";
import { onBun, runtimes } from "./raw_peers.ts";

type Role = "client" | "server";

function optionsOf(role: Role): StartTlsOptions & TlsUpgrade {
  const { ca, localhost } = certificates();
  return role === "client" ? { role, serverName: "localhost", caCerts: [ca] } : { role, ...localhost };
}

async function overTls(local: Connection, there: Transport, role: Role): Promise<Ends> {
  const answering = startTls(there, optionsOf(role === "client" ? "server" : "client"));
  await local.startTls(optionsOf(role));
  const far = await answering;
  await sendUnread(local);
  const end = transportEnd(far);
  return {
    local,
    // As with a kernel between the ends: that the connection is cut meanwhile does not show in what was sent before.
    far: { ...end, send: (data) => end.send(data).catch(() => {}) },
    async [Symbol.asyncDispose](): Promise<void> {
      local.abort();
      far.abort();
      await local.closed;
    },
  };
}

const memory = (role: Role): Place => ({
  name: `TLS over memory, as its ${role}`,
  transport: "memory",
  open(options) {
    const [here, there] = memoryPair();
    return overTls(new Connection(here, options), there, role);
  },
});

const sockets = (runtime: "deno" | "node"): Place => ({
  name: `TLS over TCP, ${runtime} sockets`,
  transport: "tcp",
  runtime,
  async open(options) {
    const address = { transport: "tcp", hostname: "127.0.0.1", port: 0 } as const;
    const acceptor = await listen({ address, backlog: 1, reusePort: false, noDelay: true, keepAlive: false });
    try {
      const accepting = acceptor.accept();
      const { port } = acceptor.address as { port: number };
      return await overTls(await connect({ port, runtime, ...options }), await accepting, "client");
    } finally {
      acceptor.close();
    }
  },
});

/** Everything this runtime has. */
export const securePlaces: readonly Place[] = onBun || needsOpenssl.skip
  ? []
  : [memory("client"), memory("server"), ...runtimes.map((runtime) => sockets(runtime as "deno" | "node"))];
