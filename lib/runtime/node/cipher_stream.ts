/**
 * The underside of `node:tls`: a `Duplex` whose bytes travel over a transport of ours.
 *
 * @module
 */
import { Duplex } from "node:stream";
import { endOfTurn } from "../../clock.ts";
import type { Transport } from "../../transport.ts";
import { RecordBorder } from "./record_border.ts";

/** A TLS record has at most 16 KiB and a little; a few fit. */
const AREA_BYTES = 65_536;

/** What whoever made it is told, and asked. */
export interface CipherEvents {
  /** Whether more should be read: Deno's `node:tls` takes whatever it can get. */
  wantsMore(): boolean;
  /** No more will come, beneath TLS: the peer's end of stream, or a failure. */
  onEnd(failure?: { readonly error: unknown }): void;
  /** A write has failed. What had arrived before can still be read. */
  onFailure(error: unknown): void;
}

/** Ciphertext both ways. It closes nothing: that is up to whoever made it. */
export class CipherStream extends Duplex {
  /** Settles when what TLS has written is with the kernel. */
  #writing: Promise<void> = Promise.resolve();
  #reading = false;
  /** The last read that was asked for; never rejects. */
  #read: Promise<void> = Promise.resolve();
  #started = false;
  readonly #border: RecordBorder = new RecordBorder();
  readonly #area: Uint8Array<ArrayBuffer> = new Uint8Array(AREA_BYTES);
  readonly #transport: Transport;
  readonly #initial: Uint8Array | undefined;
  readonly #events: CipherEvents;

  constructor(transport: Transport, initial: Uint8Array | undefined, events: CipherEvents) {
    super({ allowHalfOpen: true });
    this.#transport = transport;
    this.#initial = initial;
    this.#events = events;
    this.on("error", () => {}); // It is destroyed with the reason of whoever made it, who knows it already.
  }

  /** Lets the first bytes in. Deno's `node:tls` trips over bytes that come before it has started itself. */
  start(): void {
    endOfTurn(() => {
      this.#started = true;
      if (this.#initial !== undefined && this.#initial.length > 0) this.#arrive(this.#initial);
      else this._read();
    });
  }

  /** Somebody waits for plaintext. */
  readMore(): void {
    if (this.readableLength < this.readableHighWaterMark) this._read();
  }

  /** Whether the peer's bytes so far end inside a record. */
  get insideRecord(): boolean {
    return this.#border.inside;
  }

  /** Settles when everything that TLS has given so far is with the kernel; never rejects. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  /** Drops what still comes, to the peer's end or up to so many bytes; nobody else reads any more. Never rejects. */
  async discard(limit: number): Promise<void> {
    await this.#read;
    for (let left = limit; left > 0;) {
      const bytes = await this.#transport.read(this.#area).catch(() => null); // It has failed: nothing more will come.
      if (bytes === null) return;
      left -= bytes;
    }
  }

  /** Reads on, if TLS wants it and whoever made this does. */
  override _read(): void {
    if (this.#reading || !this.#started || this.destroyed || !this.#events.wantsMore()) return;
    this.#reading = true;
    this.#read = this.#transport.read(this.#area).then((bytes) => {
      this.#reading = false;
      if (bytes === null) this.#events.onEnd();
      else if (!this.destroyed) this.#arrive(this.#area.slice(0, bytes));
    }, (error) => this.#events.onEnd({ error }));
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#send([chunk], callback);
  }

  override _writev(chunks: { chunk: Uint8Array }[], callback: (error?: Error | null) => void): void {
    this.#send(chunks.map(({ chunk }) => chunk), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    callback();
  }

  #arrive(bytes: Uint8Array): void {
    this.#border.pass(bytes);
    this.push(bytes);
  }

  #send(chunks: Uint8Array[], callback: (error?: Error | null) => void): void {
    // TLS is not told that a write has failed: it would end, with everything that has arrived and is not decrypted.
    this.#writing = this.#transport.write(chunks).catch((error) => this.#events.onFailure(error)).then(() =>
      callback()
    );
  }
}
