/**
 * What is used of a `net.Socket`, so that adopting one needs no platform types.
 *
 * @module
 */

import { endOfTurn } from "../../clock.ts";

/** A `net.Socket` of Node, Bun, or Deno's compatibility layer. */
export interface NodeSocket {
  /** It is gone. */
  readonly destroyed: boolean;
  /** Why it is gone. */
  readonly errored?: Error | null | undefined;
  /** It is not connected yet. */
  readonly connecting: boolean;
  /** The peer's end was read. */
  readonly readableEnded: boolean;
  /** What it reads ahead. */
  readonly readableHighWaterMark: number;
  /** It decodes text. */
  readonly readableEncoding: string | null;
  /** `end()` was called. */
  readonly writableEnded: boolean;
  /** The end was sent. */
  readonly writableFinished: boolean;
  /** Bytes of writes that are not done. */
  readonly writableLength?: number;
  /** This end. */
  readonly localAddress?: string | undefined;
  /** This end. */
  readonly localPort?: number | undefined;
  /** The other end. */
  readonly remoteAddress?: string | undefined;
  /** The other end. */
  readonly remotePort?: number | undefined;
  /** Answer a half-close by going on. */
  allowHalfOpen?: boolean;
  /** Listens to an event. */
  // deno-lint-ignore no-explicit-any
  on(event: string, listener: (...args: any[]) => void): unknown;
  /** Takes what is buffered. */
  read(): Uint8Array | null;
  /** Goes on reading. */
  resume(): unknown;
  /** Keeps what it reads. */
  pause(): unknown;
  /** Queues bytes. */
  write(chunk: Uint8Array, callback?: (error?: Error | null) => void): boolean;
  /** Half-closes after what is queued. */
  end(): unknown;
  /** Gathers writes. */
  cork(): void;
  /** Sends what was gathered. */
  uncork(): void;
  /** Closes now. */
  destroy(error?: Error): unknown;
  /** Closes now, with RST. */
  resetAndDestroy?(): unknown;
  /** Keeps the process alive. */
  ref(): unknown;
  /** Lets the process end. */
  unref(): unknown;
}

/** How bytes come out of a socket: `onread` exists only for sockets that were dialled here. */
export type Source = "onread" | "data";

function versions(): Record<string, string | undefined> {
  return (globalThis as { process?: { versions: Record<string, string | undefined> } }).process?.versions ?? {};
}

/** Whether this is Deno's compatibility layer. */
export function underDeno(): boolean {
  return versions().deno !== undefined;
}

/** Whether this is Bun's `node:net`. */
export function underBun(): boolean {
  return versions().bun !== undefined;
}

/**
 * Whether a write that is done when the call returns can be told: Node tries the system call at once, and counts the bytes
 * as done before it calls back. Bun and Deno's compatibility layer have a queue of their own in between.
 */
export function tellsAtOnce(): boolean {
  const { uv, bun, deno } = versions();
  return uv !== undefined && bun === undefined && deno === undefined;
}

/**
 * Deno's compatibility layer fails a write that waits (EPIPE) before it looks at what the peer had sent, and destroys the
 * socket at once: an answer that came just before the peer's close was lost in 6 of 10 runs on a Unix socket. One turn
 * later it has been read, and so has the cause (ECONNRESET). A destroy of our own has no error and waits for nothing.
 */
export function failInATurn(socket: NodeSocket): void {
  const destroy = socket.destroy;
  socket.destroy = (error) => {
    if (error === undefined || error === null) return destroy.call(socket);
    endOfTurn(() => destroy.call(socket, error));
    return socket;
  };
}

/**
 * Whether an end of stream may be a reset: libuv before 1.52 (Node 20, 22) answers POLLHUP after a partial read with an end,
 * without reading what is behind it. Every second reset right behind data is told so; the kernel still knows better.
 */
export function mistakesResets(): boolean {
  const { uv, bun, deno } = versions();
  if (uv === undefined || bun !== undefined || deno !== undefined) return false;
  const [major = 0, minor = 0] = uv.split(".").map(Number);
  return major === 1 && minor < 52;
}
