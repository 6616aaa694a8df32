import type * as tls from "node:tls";
import { type Failure, transportError } from "../../failure.ts";
import type { CipherStream } from "./cipher_stream.ts";

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** The writing half of one TLS socket. What it has taken is with the kernel, not with TLS. */
export class TlsOutbound {
  /** Plaintext. */
  bytesTaken = 0;
  /** Our close_notify has been given to TLS. */
  ended = false;
  readonly #socket: tls.TLSSocket;
  readonly #cipher: CipherStream;
  #writer: Waiter | undefined;
  #ender: Waiter | undefined;
  #failure: Failure | undefined;

  constructor(socket: tls.TLSSocket, cipher: CipherStream) {
    this.#socket = socket;
    this.#cipher = cipher;
  }

  /** Whether a write, or the goodbye, is under way. */
  get waiting(): boolean {
    return this.#writer !== undefined || this.#ender !== undefined;
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(transportError(this.#failure, "write"));
    return new Promise((resolve, reject) => {
      this.#writer = { resolve, reject };
      const last = chunks.length - 1;
      this.#socket.cork();
      for (let i = 0; i < last; i++) this.#socket.write(chunks[i]!);
      this.#socket.write(chunks[last]!, (error) => void this.#onWritten(chunks, error));
      this.#socket.uncork();
    });
  }

  /** Says close_notify. */
  async end(): Promise<void> {
    if (this.#failure !== undefined) throw transportError(this.#failure, "closeWrite");
    if (this.ended) return;
    await new Promise<void>((resolve, reject) => {
      this.#ender = { resolve, reject };
      this.#socket.end(() => resolve());
    });
    this.#ender = undefined;
    this.ended = true;
    await this.#cipher.flushed();
    if (this.#failure !== undefined) throw transportError(this.#failure, "closeWrite");
  }

  /** Nothing more goes out. */
  fail(failure: Failure): void {
    this.#failure ??= failure;
    const [writer, ender] = [this.#writer, this.#ender];
    this.#writer = this.#ender = undefined;
    writer?.reject(transportError(failure, "write"));
    ender?.reject(transportError(failure, "closeWrite"));
  }

  async #onWritten(chunks: readonly Uint8Array[], error?: Error | null): Promise<void> {
    await this.#cipher.flushed();
    if (error || this.#failure !== undefined || this.#socket.destroyed) return; // 'error' or the transport says why.
    for (const { length } of chunks) this.bytesTaken += length;
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.resolve();
  }
}
