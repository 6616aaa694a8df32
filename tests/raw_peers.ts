/**
 * Peers that do not use this library: plain `node:net`, which every runtime has. What a test provokes must not depend on
 * what it tests, and only `node:net` can send an RST.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { RuntimeName } from "../mod.ts";

const versions = process.versions as Record<string, string | undefined>;

export const onDeno: boolean = versions.deno !== undefined;
export const onBun: boolean = versions.bun !== undefined;

/** The platforms that this runtime has. */
export const runtimes: readonly RuntimeName[] = onDeno ? ["deno", "node"] : ["node"];

/** A listening `net.Server` that keeps what it accepts, unread until somebody reads. */
export class RawServer implements AsyncDisposable {
  /** Everything that was accepted, also what is closed by now. */
  readonly accepted: net.Socket[] = [];
  readonly #server: net.Server;
  readonly #queue: net.Socket[] = [];
  #wake: () => void = () => {};

  private constructor(server: net.Server) {
    this.#server = server;
    server.on("connection", (socket: net.Socket) => {
      socket.on("error", () => {}); // Seen by the other end, which is the one under test.
      this.accepted.push(socket);
      this.#queue.push(socket);
      this.#wake();
    });
  }

  /** Listens on a port of the system's choice, or on a path. */
  static async listen(path?: string, hostname = "127.0.0.1"): Promise<RawServer> {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
    if (path === undefined) server.listen(0, hostname);
    else server.listen(path);
    await once(server, "listening");
    return new RawServer(server);
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** The next connection that was accepted. */
  async next(): Promise<net.Socket> {
    while (this.#queue.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.#queue.shift()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.accepted) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Dials with `node:net`; nothing is read until somebody reads. */
export async function rawDial(where: { port: number } | { path: string }): Promise<net.Socket> {
  const socket = net.connect({ allowHalfOpen: true, ...where, ...("port" in where && { host: "127.0.0.1" }) });
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

/** Settles when a socket is closed; at once when it is already. */
export async function gone(socket: net.Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}

/** Reads to the end and ends: settles only when the other end has let go. */
export async function letGo(socket: net.Socket): Promise<void> {
  socket.resume();
  socket.end();
  await gone(socket);
}

/** Node 20 and 22 say 'end' to a reset that follows data: a socket whose peer has ended in order still has a peer. */
function endedByReset(socket: net.Socket): boolean {
  const handle = (socket as unknown as { _handle?: { getpeername?(out: object): number } | null })._handle;
  return !socket.writableEnded && handle?.getpeername !== undefined && handle.getpeername({}) !== 0;
}

/** How a socket ended: reads it to the end, or to the error. */
export function fate(socket: net.Socket): Promise<{ bytes: number; ended: boolean; code: string | undefined }> {
  return new Promise((resolve) => {
    let bytes = 0;
    let ended = false;
    let code: string | undefined = (socket.errored as { code?: string } | null)?.code;
    socket.on("data", (chunk: Uint8Array) => bytes += chunk.length);
    socket.on("end", () => {
      if (!endedByReset(socket)) ended = true;
      else {
        code = "ECONNRESET";
        socket.destroy(); // For Node 20 and 22 this is half of a connection, to be kept open.
      }
      resolve({ bytes, ended, code });
    });
    socket.on("error", (error: { code?: string }) => code = error.code);
    socket.on("close", () => resolve({ bytes, ended, code }));
    if (socket.destroyed) resolve({ bytes, ended, code });
    else socket.resume();
  });
}

/** A port that nobody listens on, for a program that cannot choose one itself. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A folder for socket files, removed at the end of the block. */
export async function temporaryFolder(): Promise<{ path(name: string): string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "hawser_"));
  return {
    path: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

export { countsSockets, openSockets } from "./matrix/open_sockets.ts";

/** Waits, in turns of the event loop, until something holds; fails when it never does. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (holds()) return;
    await new Promise<void>((resolve) => setTimeout(resolve, turn < 100 ? 0 : 1));
  }
  throw new Error(`Cannot go on: never happened: ${what}`);
}

/** What a promise rejects with. */
// deno-lint-ignore no-explicit-any
export async function rejection(promise: Promise<unknown>): Promise<any> {
  const none = Symbol();
  const error = await promise.then(() => none, (error: unknown) => error);
  if (error === none) throw new Error("Cannot go on: the promise was fulfilled");
  return error;
}

/** A name that is free in every run: nothing resolves below it (RFC 6761). */
export const NO_SUCH_HOST = "no-such-host.invalid";
