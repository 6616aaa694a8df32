import type { Transport } from "../transport.ts";

/** Memory that is filled from the left: one block serves many small reads. */
const BLOCK_BYTES = 65_536;

/** With less room than this the next block is begun: a read should not be cut short by where a block ends. */
const LEAST_ROOM = 16_384;

/**
 * What comes out of a transport, in memory of its own.
 *
 * A read that somebody asked for and does not want any more stays, and whoever asks next gets what it brings. So a layer
 * can wait for bytes and for something else at once, give up, or be taken out, and no byte is lost.
 */
export class Intake {
  /** Bytes that came and were not taken. */
  length = 0;
  /** The end of stream has come, behind them. */
  ended = false;
  /** A failure has come, behind them. */
  failed = false;
  /** Why. */
  error: unknown;
  /** Told when bytes have come (how many), or the end or a failure (0). */
  onArrival: (bytes: number) => void;
  readonly #transport: Transport;
  #reading = false;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** @param transport Where bytes come from; nobody else reads it. @param onArrival Told when something has come. */
  constructor(transport: Transport, onArrival: (bytes: number) => void) {
    this.#transport = transport;
    this.onArrival = onArrival;
  }

  /** Nothing more will come. */
  get over(): boolean {
    return this.ended || this.failed;
  }

  /** Asks for more, unless that is under way already. */
  pull(): void {
    if (this.#reading || this.over) return;
    this.#reading = true;
    if (this.#block.length < LEAST_ROOM) this.#block = new Uint8Array(BLOCK_BYTES);
    this.#transport.read(this.#block).then(this.#onRead, this.#onError);
  }

  /** The first bytes that are here, at most `most`, taken. */
  take(most: number): Uint8Array<ArrayBuffer> {
    const wanted = Math.min(most, this.length);
    this.length -= wanted;
    if (this.#chunks.length > 0 && this.#chunks[0]!.length >= wanted) return this.#cut(wanted);
    const gathered = new Uint8Array(wanted);
    for (let at = 0; at < wanted;) {
      const part = this.#cut(wanted - at);
      gathered.set(part, at);
      at += part.length;
    }
    return gathered;
  }

  /** Off the first chunk. */
  #cut(most: number): Uint8Array<ArrayBuffer> {
    const first = this.#chunks[0]!;
    if (first.length <= most) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(most);
    return first.subarray(0, most);
  }

  #onRead = (bytes: number | null): void => {
    this.#reading = false;
    if (bytes === null) {
      this.ended = true;
    } else {
      this.#chunks.push(this.#block.subarray(0, bytes));
      this.#block = this.#block.subarray(bytes);
      this.length += bytes;
    }
    this.onArrival(bytes ?? 0);
  };

  #onError = (error: unknown): void => {
    this.#reading = false;
    this.failed = true;
    this.error = error;
    this.onArrival(0);
  };
}
