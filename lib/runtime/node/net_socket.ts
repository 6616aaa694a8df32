/**
 * What is used of a `net.Socket`, so that adopting one needs no platform types.
 *
 * @module
 */

/** A `net.Socket` of Node, Bun, or Deno's compatibility layer. */
export interface NodeSocket {
  readonly destroyed: boolean;
  readonly errored?: Error | null | undefined;
  readonly connecting: boolean;
  readonly readableEnded: boolean;
  readonly readableHighWaterMark: number;
  readonly readableEncoding: string | null;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  allowHalfOpen?: boolean;
  // deno-lint-ignore no-explicit-any
  on(event: string, listener: (...args: any[]) => void): unknown;
  read(): Uint8Array | null;
  resume(): unknown;
  write(chunk: Uint8Array, callback?: (error?: Error | null) => void): boolean;
  end(): unknown;
  cork(): void;
  uncork(): void;
  destroy(error?: Error): unknown;
  resetAndDestroy?(): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** How bytes come out of a socket: `onread` exists only for sockets that were dialled here. */
export type Source = "onread" | "readable";
