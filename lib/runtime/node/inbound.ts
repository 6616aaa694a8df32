/**
 * What comes out of a `net.Socket`.
 *
 * Theory of operation. The socket pushes, the seam pulls: at most one chunk is armed. What arrives goes to the read that
 * waits, else to a stash of one chunk, and then the socket is told to stop. While a write is pending the stash may grow to
 * 1 MiB: a failed write destroys the socket together with everything the kernel had received, and servers answer before
 * they close.
 *
 * @module
 */
import { endOfTurn } from "../../clock.ts";
import { type Failure, transportError } from "../../failure.ts";
import type { NodeSocket, Source } from "./net_socket.ts";
import { readUnread } from "./read_unread.ts";

/** Received while a write is pending, at most. */
const STASH_BYTES = 1_048_576;

/** Behind an end of stream there is hardly ever anything: no large buffer for each connection that ends. */
const LOOK_BYTES = 1_024;

/** The reading half of one socket. */
export class Inbound {
  /** A write is pending: read ahead, so that an answer does not die with it. */
  writing = false;
  ended: boolean;
  readonly #socket: NodeSocket;
  readonly #source: Source;
  /** The socket goes on reading by itself. */
  #flowing = false;
  #stopped = false;
  #stash: Uint8Array[] = [];
  #stashed = 0;
  #into: Uint8Array | undefined;
  #resolve: ((bytes: number | null) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #failure: Failure | undefined;

  constructor(socket: NodeSocket, source: Source) {
    this.#socket = socket;
    this.#source = source;
    this.ended = socket.readableEnded;
    if (source === "readable") socket.on("readable", () => this.pull());
  }

  /** Whether a read waits. */
  get waiting(): boolean {
    return this.#resolve !== undefined;
  }

  /** Resolves to the bytes put into `into`, `null` at the end, rejects with the failure behind the last bytes. */
  read(into: Uint8Array): Promise<number | null> {
    if (this.#stashed > 0) return Promise.resolve(this.#unstash(into));
    return new Promise((resolve, reject) => {
      this.#into = into;
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#failure !== undefined) this.#settle(null);
      else if (this.ended) this.#settleEnd();
      else this.pull();
    });
  }

  /** The `onread` callback: takes a view of a shared buffer, answers whether to go on reading. */
  receive(chunk: Uint8Array): boolean {
    this.#arrive(chunk, true);
    return this.#flowing = this.#wantsMore();
  }

  /** Takes what is here and goes on reading while there is room. */
  pull(): void {
    if (this.#stopped || this.#flowing || !this.#wantsMore()) return;
    if (this.#source === "onread") {
      this.#flowing = true;
      this.#socket.resume();
      return;
    }
    while (this.#wantsMore()) {
      const chunk = this.#socket.read();
      if (chunk === null) return;
      this.#arrive(chunk, false);
    }
  }

  /** In the `'error'` handler: what had arrived is still in the Readable, for the last time. */
  rescue(): void {
    if (this.#source !== "readable" || this.#stopped) return;
    for (let chunk = this.#socket.read(); chunk !== null; chunk = this.#socket.read()) this.#arrive(chunk, false);
  }

  /** In the callback of a write that failed: the socket is about to go, with what the kernel holds for it. */
  salvage(): void {
    if (this.#stopped || this.ended) return;
    this.rescue(); // What the Readable holds came first.
    for (const chunk of readUnread(this.#socket, STASH_BYTES).chunks) this.#arrive(chunk, false);
  }

  /**
   * At an end of stream that may be a reset (`mistakesResets`): takes what is behind it, and returns the failure that the
   * kernel has kept, if there is one. When the kernel has nothing to say the runtime is believed: TLS ends by a word of its own.
   */
  lookBehind(): Error | undefined {
    const { chunks, error } = readUnread(this.#socket, Infinity, LOOK_BYTES);
    for (const chunk of chunks) this.#arrive(chunk, false);
    return error;
  }

  /** The peer's end of stream. */
  end(): void {
    this.ended = true;
    if (this.#resolve !== undefined) this.#settleEnd();
  }

  /** It failed: what had arrived can still be read. */
  fail(failure: Failure): void {
    this.#failure ??= failure;
    this.#settle(null);
  }

  /** Let go: nothing can be read any more. */
  stop(failure: Failure): void {
    this.#stopped = true;
    this.#failure = failure;
    this.#stash = [];
    this.#stashed = 0;
    this.#settle(null);
  }

  #wantsMore(): boolean {
    return this.#stashed === 0 || (this.writing && this.#stashed < STASH_BYTES);
  }

  #arrive(chunk: Uint8Array, shared: boolean): void {
    let rest = chunk;
    if (this.#into !== undefined) {
      const bytes = Math.min(chunk.length, this.#into.length);
      const all = bytes === chunk.length;
      this.#into.set(all ? chunk : chunk.subarray(0, bytes));
      this.#settle(bytes);
      if (all) return;
      rest = chunk.subarray(bytes);
    }
    this.#stash.push(shared ? rest.slice() : rest);
    this.#stashed += rest.length;
  }

  #unstash(into: Uint8Array): number {
    const first = this.#stash[0]!;
    const bytes = Math.min(first.length, into.length);
    into.set(first.subarray(0, bytes));
    if (bytes < first.length) this.#stash[0] = first.subarray(bytes);
    else this.#stash.shift();
    this.#stashed -= bytes;
    if (this.#stashed === 0 && !this.ended) this.pull();
    return bytes;
  }

  /** A failure beats an end of stream: one turn for it to show, when a write is under way. */
  #settleEnd(): void {
    if (this.writing) endOfTurn(() => this.#settle(null));
    else this.#settle(null);
  }

  #settle(bytes: number | null): void {
    const [resolve, reject] = [this.#resolve, this.#reject];
    this.#into = this.#resolve = this.#reject = undefined;
    if (bytes === null && this.#failure !== undefined) reject?.(transportError(this.#failure, "read"));
    else resolve?.(bytes);
  }
}
