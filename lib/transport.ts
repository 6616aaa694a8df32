/**
 * The seam: what a socket, a memory pair and a fault have in common.
 *
 * Everything above it (reader, writer, connection) speaks this interface and nothing else; everything that observes
 * or disturbs bytes is a Transport that wraps a Transport.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { TlsInfo } from "./tls_options.ts";

/**
 * What a `write` may return when the kernel took everything within the call: the write queue then goes on at once, without
 * a turn of the microtask queue and what it costs. For everybody else a promise like any other.
 */
export const TAKEN: Promise<void> = Promise.resolve();

/**
 * One socket, as narrow as it can be.
 *
 * The contract, sentence by sentence:
 *
 * 1. At most one `read` and one `write` are outstanding; Reader and Writer guarantee it.
 * 2. `into` belongs to the transport until the read settles, also when everybody has stopped waiting for it (on Deno an
 *    abandoned `conn.read(buffer)` still fills the buffer later). So only the Reader's own memory goes in.
 * 3. A read resolves to the number of bytes put at the start of `into`, 1 or more, or to `null` at the end of stream;
 *    after one `null` every read resolves to `null`.
 * 4. A failure is a `ConnectionAbortedError` with the runtime's error as its `cause`. The first one is latched: later
 *    reads (after the bytes that had arrived) and writes reject with the same reason, and an end of stream is never
 *    reported once an operation failed.
 * 5. A write resolves when the kernel has taken every chunk, in order: resolving is the drain signal. A failed write
 *    does not destroy bytes that had arrived: they can still be read.
 * 6. There is no `AbortSignal` here: an abandoned read is parked by the Reader and adopted by its next one.
 * 7. Transports pull: they may have one chunk armed, they never pump.
 * 8. A `readChunk` is a `read` in every other respect. What it resolves to is the reader's from then on, together with the
 *    whole `ArrayBuffer` around it, which holds nothing else and which the transport never looks at again.
 */
export interface Transport {
  /** This end. A snapshot: valid after the transport has been released. */
  readonly localAddress: Address;
  /** The other end. A snapshot. */
  readonly remoteAddress: Address;
  /** Running total of bytes the kernel has taken, where a transport knows it before `write` settles. */
  readonly bytesTaken?: number;
  /** What TLS has agreed on, where the bytes travel over it. */
  readonly tls?: TlsInfo | undefined;
  /** Tells of a failure that shows while nobody reads or writes, where the runtime notices it (Node, Bun). */
  watch?(onFailure: (error: unknown) => void): void;
  /** Puts 1 or more bytes at the start of `into` and resolves to their number; `null` is the end of stream. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /**
   * Where the runtime has put the bytes into memory that nobody else needs (Node): resolves to them, 1 or more, without a copy.
   * `spare` is memory of an earlier chunk that has become free, for a later one.
   */
  readChunk?(spare?: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Hands all chunks to the kernel, in order. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Half-closes after everything written: FIN, `shutdown(SHUT_WR)`. Idempotent. */
  closeWrite(): Promise<void>;
  /** Lets go now, without RST: the kernel goes on delivering what it has. Idempotent, never throws, wakes pending calls. */
  release(): void;
  /** Lets go now, with RST where the runtime can. Idempotent, never throws, wakes pending calls. */
  abort(): void;
  /** Keeps the process alive again (the default). */
  ref?(): void;
  /** Lets the process end although this transport is open. */
  unref?(): void;
}
