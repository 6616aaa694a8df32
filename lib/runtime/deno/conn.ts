/**
 * A Transport over a `Deno.Conn`.
 *
 * @module
 */
import type { Address } from "../../address.ts";
import { endOfTurn } from "../../clock.ts";
import { CLOSED, type Failure, failureOf, transportError } from "../../failure.ts";
import type { Transport } from "../../transport.ts";
import { denoCode } from "./failure.ts";

/** An address as Deno gives it. */
export type DenoAddress =
  | { readonly transport: "tcp" | "udp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix" | "unixpacket"; readonly path: string }
  | { readonly transport: "vsock"; readonly cid: number; readonly port: number };

/** What is used of a `Deno.Conn`, so that this file needs no platform types. */
export interface DenoConn {
  /** This end. */
  readonly localAddr: DenoAddress;
  /** The other end. */
  readonly remoteAddr: DenoAddress;
  /** Reads once. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes once, perhaps in part. */
  write(bytes: Uint8Array): Promise<number>;
  /** Half-closes. */
  closeWrite(): Promise<void>;
  /** Closes. */
  close(): void;
  /** Keeps the process alive. */
  ref?(): void;
  /** Lets the process end. */
  unref?(): void;
}

/** Deno's address in this package's words. */
export function fromDenoAddress(address: DenoAddress): Address {
  // The dialling end of a Unix socket has no path: Deno says null.
  if ("path" in address) return { transport: "unix", path: address.path ?? "" };
  const hostname = "hostname" in address ? address.hostname : `vsock:${address.cid}`;
  return { transport: "tcp", hostname, port: address.port };
}

/** One turn of the event loop: long enough for a cause that is there already to arrive. */
const oneTurn = (): Promise<void> => new Promise((resolve) => endOfTurn(resolve));

/**
 * Deno's own sockets, with their traps closed:
 *
 * - A socket error is one-shot (`SO_ERROR`): whoever asks first gets it, afterwards reads say end of stream. So the first
 *   failure is latched, and an end of stream after it, or in the same turn as a failing write, is that failure.
 * - `write` is partial as soon as the send buffer is full: it is called until everything is taken.
 * - There is no RST: `abort()` closes.
 */
export class DenoTransport implements Transport {
  bytesTaken = 0;
  readonly #conn: DenoConn;
  #failure: Failure | undefined;
  #reading = false;
  #writing = false;
  #gone = false;
  #local: Address | undefined;
  #remote: Address | undefined;

  constructor(conn: DenoConn) {
    this.#conn = conn;
  }

  get localAddress(): Address {
    return this.#local ??= fromDenoAddress(this.#conn.localAddr);
  }

  get remoteAddress(): Address {
    return this.#remote ??= fromDenoAddress(this.#conn.remoteAddr);
  }

  /** Not `async`: while it waits that costs 240 bytes more, and most connections wait most of the time. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (this.#gone) return Promise.reject(transportError(CLOSED, "read"));
    this.#reading = true;
    return this.#conn.read(into).then(this.#onRead, this.#onReadFailed);
  }

  #onRead = (bytes: number | null): number | Promise<null> => {
    this.#reading = false;
    return bytes ?? this.#onEnd();
  };

  #onReadFailed = (error: unknown): never => {
    this.#reading = false;
    throw this.#fail(error, "read");
  };

  async #onEnd(): Promise<null> {
    if (this.#writing && this.#failure === undefined) await oneTurn();
    if (this.#failure !== undefined) throw transportError(this.#failure, "read");
    return null;
  }

  /** Mostly one chunk that the kernel takes whole: without an async function that is 140 ns less. */
  write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#writing = true;
    const chunk = chunks[0]!;
    if (chunks.length !== 1 || this.#failure !== undefined) return this.#writeRest(chunks, 0);
    const writing = this.#conn.write(chunk);
    return writing.then((bytes) => this.#onWritten(chunks, bytes), (error) => this.#onWriteFailed(error));
  }

  #onWritten(chunks: readonly Uint8Array[], bytes: number): Promise<void> | void {
    this.bytesTaken += bytes;
    if (bytes < chunks[0]!.length) return this.#writeRest(chunks, bytes);
    this.#writing = false;
  }

  /** What is left behind the first `done` bytes. */
  async #writeRest(chunks: readonly Uint8Array[], done: number): Promise<void> {
    let at = done;
    try {
      for (const chunk of chunks) {
        while (at < chunk.length) {
          if (this.#failure !== undefined) throw transportError(this.#failure, "write");
          const bytes = await this.#conn.write(at === 0 ? chunk : chunk.subarray(at));
          this.bytesTaken += bytes;
          at += bytes;
        }
        at = 0;
      }
      this.#writing = false;
    } catch (error) {
      await this.#onWriteFailed(error);
    }
  }

  /** "The pipe is broken" is a consequence. Its cause, when a read is about to be told, arrives within the turn. */
  async #onWriteFailed(error: unknown): Promise<never> {
    if (this.#reading && denoCode(error) === "EPIPE") await oneTurn();
    this.#writing = false;
    throw this.#fail(error, "write");
  }

  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch (error) {
      throw this.#fail(error, "closeWrite");
    }
  }

  release(): void {
    if (this.#gone) return;
    this.#gone = true;
    try {
      this.#conn.close();
    } catch {
      // BadResource: it was closed underneath, which is what was wanted.
    }
  }

  abort(): void {
    this.release();
  }

  ref(): void {
    this.#conn.ref?.();
  }

  unref(): void {
    this.#conn.unref?.();
  }

  /** Latches the first failure. A local close makes Deno say Interrupted or BadResource: own state beats them. */
  #fail(error: unknown, operation: "read" | "write" | "closeWrite"): Error {
    const underneath = error instanceof Error && (error.name === "BadResource" || error.name === "Interrupted");
    this.#failure ??= this.#gone || underneath ? { ...CLOSED, cause: error } : failureOf(error, denoCode(error));
    return transportError(this.#failure, operation);
  }
}
