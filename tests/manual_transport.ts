import type { Address, Transport } from "../mod.ts";
import { ConnectionAbortedError } from "../mod.ts";

interface PendingRead {
  into: Uint8Array<ArrayBuffer>;
  resolve(bytes: number | null): void;
  reject(error: unknown): void;
}

interface PendingWrite {
  /** The very chunks that were given. */
  chunks: readonly Uint8Array[];
  /** A copy of their bytes, as they were then. */
  bytes: Uint8Array;
  /** The kernel has taken them. */
  take(): void;
  reject(error: unknown): void;
}

/** A transport that does nothing by itself: reads and writes settle when, and as, a test says. */
export class ManualTransport implements Transport {
  readonly localAddress: Address = { transport: "unix", path: "manual:local" };
  readonly remoteAddress: Address = { transport: "unix", path: "manual:remote" };
  /** Every read that was ever asked for. */
  readonly reads: PendingRead[] = [];
  /** Every write that was ever given. */
  readonly writes: PendingWrite[] = [];
  /** What was called besides, in order. */
  readonly calls: string[] = [];
  #answered = 0;

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return new Promise((resolve, reject) => this.reads.push({ into, resolve, reject }));
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    const bytes = concat(chunks);
    return new Promise((resolve, reject) => this.writes.push({ chunks, bytes, take: resolve, reject }));
  }

  closeWrite(): Promise<void> {
    this.calls.push("closeWrite");
    return Promise.resolve();
  }

  release(): void {
    this.calls.push("release");
  }

  abort(): void {
    this.calls.push("abort");
  }

  ref(): void {
    this.calls.push("ref");
  }

  unref(): void {
    this.calls.push("unref");
  }

  /** Answers the read that waits. */
  deliver(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const { into, resolve } = this.#next();
    into.set(bytes);
    resolve(bytes.length);
  }

  /** Answers the read that waits with the end of stream. */
  end(): void {
    this.#next().resolve(null);
  }

  /** Fails the read that waits. */
  failRead(error: unknown = reset()): void {
    this.#next().reject(error);
  }

  #next(): PendingRead {
    const read = this.reads[this.#answered++];
    if (read === undefined) throw new Error("Cannot answer a read: none waits");
    return read;
  }
}

/** What a transport rejects with when the peer has reset. */
export function reset(): ConnectionAbortedError {
  return new ConnectionAbortedError({ reason: "reset", initiator: "peer", operation: "read", code: "ECONNRESET" });
}

export function brokenPipe(): ConnectionAbortedError {
  return new ConnectionAbortedError({ reason: "broken-pipe", initiator: "peer", operation: "write", code: "EPIPE" });
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
