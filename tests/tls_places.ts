/** Two connections over which TLS can be started: in memory, and over real sockets of every platform of this runtime. */
import type { Connection, ConnectionOptions } from "../mod.ts";
import { makers } from "./conformance/makers.ts";

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

/** Everything this runtime has, but for Unix sockets: to TLS they are no other than TCP. */
export const tlsPlaces: readonly TlsPlace[] = makers.filter(({ name }) => /^(memory|TCP)/.test(name))
  .map(({ name, pair }) => ({
    name,
    async open(options): Promise<TlsEnds> {
      const ends = await pair(options);
      return { client: ends.local, server: ends.peer, [Symbol.asyncDispose]: () => ends[Symbol.asyncDispose]() };
    },
  }));
