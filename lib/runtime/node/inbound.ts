/**
 * What comes out of a `net.Socket`.
 *
 * Theory of operation. The socket pushes, the seam pulls: at most one chunk is armed. What arrives goes to the read that
 * waits, else to a stash of one chunk, and then the socket is told to stop. While a write is pending the stash may grow to
 * 1 MiB: a failed write destroys the socket together with everything the kernel had received, and servers answer before
 * they close.
 *
 * A `net.Server` gives Buffers of its own. A socket that was dialled reads where we say: into one buffer of the process, copied
 * at once, as long as it is idle or reads are small; into a block of 64 KiB for each chunk while a busy reader takes those. One
 * block is with the reader, one with Node, and one comes back when the reader has moved on: three in turn, and no copy.
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

/** A block of its own for each large chunk, with room before it for what an earlier one has left: see `byte_queue.ts`. */
const HEADROOM = 4_096;
const BLOCK_BYTES = 65_536;

/** Where every `onread` socket reads that has not been asked for chunks: copied before the callback returns. */
const shared: Uint8Array<ArrayBuffer> = new Uint8Array(BLOCK_BYTES);

/** Not zeroed, where the runtime has such: of the cost of large chunks that is a fifth. */
function freshBlock(): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as { Buffer?: { allocUnsafeSlow(bytes: number): Uint8Array<ArrayBuffer> } };
  const buffer = Buffer?.allocUnsafeSlow(HEADROOM + BLOCK_BYTES).buffer ?? new ArrayBuffer(HEADROOM + BLOCK_BYTES);
  new Uint8Array(buffer, 0, HEADROOM).fill(0);
  return new Uint8Array(buffer, HEADROOM);
}

let next = shared;

/** Where an `onread` socket puts its next bytes: Node asks when it connects, and right behind each callback. */
export function nextMemory(): Uint8Array<ArrayBuffer> {
  const memory = next;
  next = shared;
  return memory;
}

/** The reading half of one socket. */
export class Inbound {
  /** A write is pending: read ahead, so that an answer does not die with it. */
  writing = false;
  ended: boolean;
  readonly #socket: NodeSocket;
  readonly #source: Source;
  /** The socket goes on reading by itself. */
  #flowing = false;
  #rescuing = false;
  #stopped = false;
  #stash: Uint8Array[] = [];
  #stashed = 0;
  #into: Uint8Array | undefined;
  /** Reads take chunks, so what comes next may stay where it is. */
  #lends = false;
  #spare: Uint8Array<ArrayBuffer> | undefined;
  /** The block that is being filled has not been written to before. */
  #fresh = false;
  // deno-lint-ignore no-explicit-any
  #resolve: ((got: any) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #failure: Failure | undefined;

  constructor(socket: NodeSocket, source: Source) {
    this.#socket = socket;
    this.#source = source;
    this.ended = socket.readableEnded;
    if (source === "onread") return;
    socket.pause(); // Else it would flow by itself from here on.
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    this.pull();
  }

  /** Whether a read waits. */
  get waiting(): boolean {
    return this.#resolve !== undefined;
  }

  /** Resolves to the bytes put into `into`, `null` at the end, rejects with the failure behind the last bytes. */
  read(into: Uint8Array): Promise<number | null> {
    this.#lends = false;
    this.#spare = undefined;
    return this.#stashed > 0 ? Promise.resolve(this.#unstash(into)) : this.#wait<number>(into);
  }

  /** As `read`, with the memory that the bytes are in. */
  readChunk(spare: Uint8Array<ArrayBuffer> | undefined): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#lends = true;
    if (spare?.length === BLOCK_BYTES) this.#spare = spare;
    return this.#stashed > 0 ? Promise.resolve(this.#unstashChunk()) : this.#wait<Uint8Array<ArrayBuffer>>(undefined);
  }

  #wait<T>(into: Uint8Array | undefined): Promise<T | null> {
    return new Promise((resolve, reject) => {
      this.#into = into;
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#failure !== undefined) this.#settle(null);
      else if (this.ended) this.#settleEnd();
      else this.pull();
    });
  }

  /** The `onread` callback: takes bytes at the start of `memory`, answers whether to go on reading. */
  receive(bytes: number, memory: Uint8Array<ArrayBuffer>): boolean {
    const chunk = new Uint8Array(memory.buffer, memory.byteOffset, bytes);
    const kept = this.#arrive(chunk, memory !== shared);
    if (kept && this.#fresh) memory.fill(0, bytes); // Whoever looks around a chunk shall see nothing of others.
    if (this.#lends) next = kept || memory === shared ? this.#block() : memory;
    return this.#flowing = this.#wantsMore();
  }

  #block(): Uint8Array<ArrayBuffer> {
    const spare = this.#spare;
    this.#spare = undefined;
    this.#fresh = spare === undefined;
    return spare ?? freshBlock();
  }

  /** Goes on reading while there is room. */
  pull(): void {
    if (this.#stopped || this.#flowing || !this.#wantsMore()) return;
    this.#flowing = true;
    this.#socket.resume();
  }

  #onData(chunk: Uint8Array): void {
    if (this.#stopped || this.#rescuing) return;
    this.#arrive(chunk, true);
    if (this.#wantsMore()) return;
    this.#flowing = false;
    this.#socket.pause();
  }

  /** In the `'error'` handler: what had arrived is still in the Readable, for the last time. */
  rescue(): void {
    if (this.#source === "onread" || this.#stopped) return;
    this.#rescuing = true; // It may say 'data' too.
    for (let chunk = this.#socket.read(); chunk !== null; chunk = this.#socket.read()) this.#arrive(chunk, true);
    this.#rescuing = false;
  }

  /** In the callback of a write that failed: the socket is about to go, with what the kernel holds for it. */
  salvage(): void {
    if (this.#stopped || this.ended) return;
    this.rescue(); // What the Readable holds came first.
    for (const chunk of readUnread(this.#socket, STASH_BYTES).chunks) this.#arrive(chunk, true);
  }

  /**
   * At an end of stream that may be a reset (`mistakesResets`): takes what is behind it, and returns the failure that the
   * kernel has kept, if there is one. When the kernel has nothing to say the runtime is believed: TLS ends by a word of its own.
   */
  lookBehind(): Error | undefined {
    const { chunks, error } = readUnread(this.#socket, Infinity, LOOK_BYTES);
    for (const chunk of chunks) this.#arrive(chunk, true);
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

  /** Hands on what has come. Answers whether its memory is in use from now on, which `ours` may be. */
  #arrive(chunk: Uint8Array, ours: boolean): boolean {
    let rest = chunk;
    if (this.#resolve !== undefined) {
      const into = this.#into;
      if (into === undefined) {
        this.#settle(ours ? this.#owned(chunk) : new Uint8Array(chunk));
        return ours;
      }
      const bytes = Math.min(chunk.length, into.length);
      const all = bytes === chunk.length;
      into.set(all ? chunk : chunk.subarray(0, bytes));
      this.#settle(bytes);
      if (all) return false;
      rest = chunk.subarray(bytes);
    }
    const keeps = ours && (this.#source === "data" || rest.length >= BLOCK_BYTES / 4);
    this.#stash.push(keeps ? rest : new Uint8Array(rest));
    this.#stashed += rest.length;
    return keeps;
  }

  /** What a Readable gives may be a part of something larger. */
  #owned(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    const whole = this.#source === "onread" || chunk.length === chunk.buffer.byteLength;
    return (whole ? chunk : new Uint8Array(chunk)) as Uint8Array<ArrayBuffer>;
  }

  #unstashChunk(): Uint8Array<ArrayBuffer> {
    const chunk = this.#stash.shift()!;
    this.#shrink(chunk.length);
    return this.#owned(chunk);
  }

  #unstash(into: Uint8Array): number {
    const first = this.#stash[0]!;
    const bytes = Math.min(first.length, into.length);
    into.set(first.subarray(0, bytes));
    if (bytes < first.length) this.#stash[0] = first.subarray(bytes);
    else this.#stash.shift();
    this.#shrink(bytes);
    return bytes;
  }

  #shrink(bytes: number): void {
    this.#stashed -= bytes;
    if (this.#stashed === 0 && !this.ended) this.pull();
  }

  /** A failure beats an end of stream: one turn for it to show, when a write is under way. */
  #settleEnd(): void {
    if (this.writing) endOfTurn(() => this.#settle(null));
    else this.#settle(null);
  }

  #settle(got: number | Uint8Array | null): void {
    const [resolve, reject] = [this.#resolve, this.#reject];
    this.#into = this.#resolve = this.#reject = undefined;
    if (got === null && this.#failure !== undefined) reject?.(transportError(this.#failure, "read"));
    else resolve?.(got);
  }
}
