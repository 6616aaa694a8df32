/**
 * A Transport over a pair of WHATWG streams: a worker's port, a WebSocket stream, a subprocess.
 *
 * @module
 */
import type { Address } from "./address.ts";
import { CLOSED, type Failure, failureOf, transportError } from "./failure.ts";
import type { Transport } from "./transport.ts";

/** Two streams that are one conversation. */
export interface StreamPair {
  /** What the peer sends, in chunks. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Where to send. */
  readonly writable: WritableStream<Uint8Array>;
}

/** Streams have no address. */
const NOWHERE: Address = { transport: "unix", path: "" };

/**
 * One pair of streams.
 *
 * What a stream is waiting for cannot be taken back, and `abort()` of a stream waits for its write: so each call here has
 * a promise of its own, which `release()` and `abort()` reject.
 */
export class WebTransport implements Transport {
  readonly localAddress: Address = NOWHERE;
  readonly remoteAddress: Address = NOWHERE;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** What came with a chunk that was larger than it was asked for. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Rejects the calls that wait. */
  readonly #waiting: Set<() => void> = new Set();
  #failure: Failure | undefined;
  #writeEnded = false;
  #gone = false;

  constructor({ readable, writable }: StreamPair) {
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => {}); // What fails is told to the call that waits for it.
    this.#reader.closed.catch(() => {});
  }

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.#run("read", async () => {
      while (this.#rest.length === 0) {
        const { done, value } = await this.#reader.read();
        if (done && this.#failure !== undefined) throw this.#failure.cause;
        if (done) return null;
        this.#rest = checkChunk(value);
      }
      const part = this.#rest.subarray(0, into.length);
      into.set(part);
      this.#rest = this.#rest.subarray(part.length);
      return part.length;
    });
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#run("write", async () => {
      // A copy each (`slice` of a Buffer is none): a stream may keep or transfer what it is given, and these bytes are the Writer's.
      for (const chunk of chunks) if (chunk.length > 0) await this.#writer.write(new Uint8Array(chunk));
    });
  }

  closeWrite(): Promise<void> {
    if (this.#writeEnded) return Promise.resolve();
    this.#writeEnded = true;
    return this.#run("closeWrite", () => this.#writer.close());
  }

  release(): void {
    if (!this.#leave()) return;
    this.#reader.cancel().catch(() => {}); // Its source may refuse: nobody reads from it any more.
    if (!this.#writeEnded) this.#writer.close().catch(() => {}); // Failed before: that was told.
  }

  abort(): void {
    if (!this.#leave()) return;
    const reason = transportError(CLOSED, "write");
    this.#reader.cancel(reason).catch(() => {}); // Nobody reads from it any more.
    this.#writer.abort(reason).catch(() => {}); // Failed before: that was told.
  }

  #run<T>(operation: "read" | "write" | "closeWrite", work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // After a failed write what had arrived can still be read.
      const over = operation === "read" ? this.#gone : this.#failure !== undefined;
      if (over) return reject(transportError(this.#failure ?? CLOSED, operation));
      const wake = (): void => reject(transportError(CLOSED, operation));
      this.#waiting.add(wake);
      work().then(resolve, (error) => {
        this.#failure ??= failureOf(error);
        reject(transportError(this.#failure, operation));
      }).finally(() => this.#waiting.delete(wake));
    });
  }

  #leave(): boolean {
    if (this.#gone) return false;
    this.#gone = true;
    this.#failure = CLOSED;
    for (const reject of this.#waiting) reject();
    this.#waiting.clear();
    return true;
  }
}

function checkChunk(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(`Cannot read a chunk of type ${typeof chunk} from the stream: it must be a Uint8Array`);
}
