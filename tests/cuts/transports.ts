/** Transports that show and hold back what passes: how a run knows that exactly so many bytes are through. */
import type { Transport } from "../../mod.ts";

/** Bytes that have arrived, so that a cut can wait for the ones that come before it. */
export class Arriving implements Transport {
  readonly #inner: Transport;
  #arrived = 0;
  #waiting: Array<{ bytes: number; resolve: () => void }> = [];

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  /** Settles when so many bytes have been read. */
  reached(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, resolve });
      this.#tell();
    });
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const bytes = await this.#inner.read(into);
    this.#arrived += bytes ?? 0;
    this.#tell();
    return bytes;
  }

  #tell(): void {
    for (const { bytes, resolve } of this.#waiting) if (this.#arrived >= bytes) resolve();
  }

  get localAddress(): Transport["localAddress"] {
    return this.#inner.localAddress;
  }
  get remoteAddress(): Transport["remoteAddress"] {
    return this.#inner.remoteAddress;
  }
  get bytesTaken(): number {
    return this.#inner.bytesTaken ?? 0;
  }
  write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#inner.write(chunks);
  }
  closeWrite(): Promise<void> {
    return this.#inner.closeWrite();
  }
  release(): void {
    this.#inner.release();
  }
  abort(): void {
    this.#inner.abort();
  }
}

/** Takes so many bytes and then nothing more, as a peer that has stopped reading, until it is opened. */
export class Taking implements Transport {
  bytesTaken = 0;
  /** Settles when all that it takes is taken and something more waits, or would. */
  reached: Promise<void> = Promise.resolve();
  readonly #inner: Transport;
  #room = Infinity;
  #tellReached: () => void = () => {};
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => {};

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  /** From now on takes so many bytes. */
  limit(bytes: number): void {
    this.#room = bytes;
    this.reached = new Promise((resolve) => this.#tellReached = resolve);
    this.#opened = new Promise((resolve) => this.#open = resolve);
  }

  /** Takes everything again. */
  open(): void {
    this.#room = Infinity;
    this.#open();
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        await this.#passable();
        const part = chunk.subarray(at, at + Math.min(this.#room, chunk.length));
        await this.#inner.write([part]);
        at += part.length;
        this.bytesTaken += part.length;
        this.#room -= part.length;
        if (this.#room === 0) this.#tellReached();
      }
    }
  }

  async closeWrite(): Promise<void> {
    await this.#passable();
    await this.#inner.closeWrite();
  }

  release(): void {
    this.#inner.release();
    this.open(); // What waits asks the transport, which says why it is over.
  }

  abort(): void {
    this.#inner.abort();
    this.open();
  }

  async #passable(): Promise<void> {
    if (this.#room > 0) return;
    this.#tellReached();
    await this.#opened;
  }

  get localAddress(): Transport["localAddress"] {
    return this.#inner.localAddress;
  }
  get remoteAddress(): Transport["remoteAddress"] {
    return this.#inner.remoteAddress;
  }
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.#inner.read(into);
  }
}
