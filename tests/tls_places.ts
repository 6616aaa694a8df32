/** Two connections over which TLS can be started: in memory, and over real sockets of every platform of this runtime. */
import { connect, type Connection, type ConnectionOptions, listen } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { runtimes } from "./raw_peers.ts";

/** Both ends; disposing aborts what is still open. */
export interface TlsEnds extends AsyncDisposable {
  readonly client: Connection;
  readonly server: Connection;
}

/** One kind. */
export interface TlsPlace {
  readonly name: string;
  open(options?: ConnectionOptions): Promise<TlsEnds>;
}

const memory: TlsPlace = {
  name: "memory",
  open(options) {
    const pair = connectionPair(options);
    return Promise.resolve({
      client: pair.local,
      server: pair.peer,
      [Symbol.asyncDispose]: () => pair[Symbol.asyncDispose](),
    });
  },
};

const sockets = (runtime: "deno" | "node"): TlsPlace => ({
  name: `TCP, ${runtime} sockets`,
  async open(options) {
    await using listener = await listen({ port: 0, runtime });
    const [client, server] = await Promise.all([
      connect({ ...listener.address as { port: number }, runtime, ...options }),
      listener.accept(),
    ]);
    return {
      client,
      server,
      async [Symbol.asyncDispose](): Promise<void> {
        client.abort();
        server.abort();
        await Promise.all([client.closed, server.closed]);
      },
    };
  },
});

/** Everything this runtime has. */
export const tlsPlaces: readonly TlsPlace[] = [
  memory,
  ...runtimes.map((runtime) => sockets(runtime as "deno" | "node")),
];
