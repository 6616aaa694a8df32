/**
 * A Transport over a `net.Socket` of Node, Bun, or Deno's compatibility layer.
 *
 * @module
 */
import type { Address } from "../../address.ts";
import { CLOSED, type Failure, failureOf, transportError } from "../../failure.ts";
import { TAKEN, type Transport } from "../../transport.ts";
import { socketCode } from "./failure.ts";
import { Inbound } from "./inbound.ts";
import { failInATurn, mistakesResets, type NodeSocket, type Source, tellsAtOnce, underDeno } from "./net_socket.ts";

/** Own state beats every raw signal, and these raw signals only say that somebody on this side destroyed the socket. */
const DESTROYED_HERE: ReadonlySet<string> = new Set([
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_SOCKET_CLOSED",
  "ECANCELED",
  "ABORT_ERR",
]);

/** So many writes in a row may be done at once; the next one lets Node's own callbacks run. */
const AT_ONCE = 16;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** One `net.Socket`. */
export class NodeTransport implements Transport {
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  readonly #socket: NodeSocket;
  readonly #inbound: Inbound;
  #writer: Waiter | undefined;
  #ender: Waiter | undefined;
  #ending: Promise<void> | undefined;
  /** Always the same: Node then calls back several writes of one turn in one go. */
  #callback: ((error?: Error | null) => void) | undefined;
  /** A write is under way. */
  #busy = false;
  #writing = 0;
  #taken = 0;
  /** Writes that were done at once, whose callbacks are still to come. */
  #early = 0;
  readonly #atOnce: number = tellsAtOnce() ? AT_ONCE : 0;
  /** Of the write under way. */
  #seen = 0;
  #failure: Failure | undefined;
  #watcher: ((error: unknown) => void) | undefined;
  #gone = false;
  #closed = false;

  constructor(socket: NodeSocket, source: Source, local: Address, remote: Address) {
    this.#socket = socket;
    this.localAddress = local;
    this.remoteAddress = remote;
    socket.allowHalfOpen = true; // The default answers the peer's half-close by closing everything.
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error) => this.#onError(error));
    socket.on("close", () => this.#onClose());
    socket.on("finish", () => this.#endedWriting());
    this.#inbound = new Inbound(socket, source);
    if (underDeno()) failInATurn(socket);
  }

  /**
   * Bytes the kernel has taken; of the write under way what libuv has left is the field Node's own timeout looks at. It is
   * gone, or zero, before anybody hears of a failure: so what was seen last counts.
   */
  get bytesTaken(): number {
    const left = (this.#socket as { _handle?: { writeQueueSize?: unknown } | null })._handle?.writeQueueSize;
    const known = this.#writing > 0 && typeof left === "number" && left > 0;
    if (known) this.#seen = Math.max(this.#seen, this.#writing - left);
    return this.#taken + this.#seen;
  }

  /** The `onread` callback: takes bytes at the start of `memory`, answers whether to go on reading. */
  receive(bytes: number, memory: Uint8Array<ArrayBuffer>): boolean {
    return this.#inbound.receive(bytes, memory);
  }

  watch(onFailure: (error: unknown) => void): void {
    this.#watcher = onFailure;
  }

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.#inbound.read(into);
  }

  readChunk(spare?: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#inbound.readChunk(spare);
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(transportError(this.#failure, "write"));
    this.#busy = this.#inbound.writing = true;
    this.#writing = 0;
    for (const { length } of chunks) this.#writing += length;
    this.#inbound.pull(); // Armed before the write: what the peer has said already must not die with it.
    this.#send(chunks);
    if (this.#isDone()) {
      this.#early++;
      this.#settleWrite();
      return TAKEN;
    }
    if (!this.#busy) {
      return this.#failure === undefined ? TAKEN : Promise.reject(transportError(this.#failure, "write"));
    }
    void this.bytesTaken; // What the kernel took at once.
    return new Promise((resolve, reject) => {
      this.#writer = { resolve, reject };
    });
  }

  closeWrite(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(transportError(this.#failure, "closeWrite"));
    return this.#ending ??= new Promise((resolve, reject) => {
      if (this.#socket.writableFinished) return resolve();
      this.#ender = { resolve, reject };
      this.#socket.end();
    });
  }

  release(): void {
    if (this.#leave()) this.#socket.destroy();
  }

  abort(): void {
    if (!this.#leave()) return;
    const socket = this.#socket;
    // While a shutdown is under way libuv refuses a reset (EINVAL) and the handle would stay open.
    const shuttingDown = socket.writableEnded && !socket.writableFinished;
    try {
      if (!shuttingDown) socket.resetAndDestroy?.();
    } catch {
      // ERR_INVALID_HANDLE_TYPE: a Unix socket has no RST.
    }
    if (!socket.destroyed) socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  #send(chunks: readonly Uint8Array[]): void {
    const socket = this.#socket;
    const last = chunks.length - 1;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) socket.write(chunks[i]!);
    socket.write(chunks[last]!, this.#callback ??= (error) => this.#onWritten(error));
    if (last > 0) socket.uncork();
  }

  /** Whether the kernel has everything of the write that was just begun. */
  #isDone(): boolean {
    const socket = this.#socket;
    if (!this.#busy || this.#early >= this.#atOnce || socket.writableLength !== 0) return false;
    return !socket.destroyed && !socket.writableEnded && !socket.errored;
  }

  #settleWrite(): void {
    this.#taken += this.#writing;
    this.#writing = this.#seen = 0;
    this.#busy = this.#inbound.writing = false;
  }

  /**
   * Node 20 calls back without an error for the write that was in flight when the socket was destroyed, the others with
   * ECANCELED: neither is the cause. So a write has succeeded only if the socket lives, and failed when `'error'` or
   * `'close'` says why.
   */
  #onWritten(error?: Error | null): void {
    if (this.#early > 0) return void this.#early--; // They call back in their order.
    const socket = this.#socket;
    if (error && !socket.destroyed) this.#inbound.salvage();
    if (!error && !socket.destroyed && !socket.errored) {
      this.#settleWrite();
      const writer = this.#writer;
      this.#writer = undefined;
      writer?.resolve();
    } else if (error && this.#closed) {
      this.#fail(error);
    }
  }

  #onEnd(): void {
    if (this.#gone || this.#socket.destroyed) return; // Bun says 'end' to a local destroy.
    const error = mistakesResets() ? this.#inbound.lookBehind() : undefined;
    if (error !== undefined) this.#fail(error);
    else this.#inbound.end();
  }

  #onError(error: Error): void {
    this.#inbound.rescue();
    this.#fail(error);
    if (!this.#socket.destroyed) this.#socket.destroy();
  }

  #onClose(): void {
    this.#closed = true;
    if (this.#gone) return;
    const orderly = this.#inbound.ended && this.#socket.writableFinished && !this.#busy;
    if (!orderly) this.#fail(this.#socket.errored ?? undefined);
    else this.#endedWriting();
  }

  #endedWriting(): void {
    this.#ender?.resolve();
    this.#ender = undefined;
  }

  /** Latches the first failure and tells everybody who waits. */
  #fail(error: unknown): void {
    const code = socketCode(error);
    const here = error === undefined || this.#gone || DESTROYED_HERE.has(code ?? "");
    this.#failure ??= here ? { ...CLOSED, cause: error } : failureOf(error, code);
    const waited = this.#inbound.waiting || this.#busy || this.#ender !== undefined;
    // Bun tells of a reset behind the end of stream by itself. As elsewhere, reads get the end, and the next write hears.
    const behindEnd = this.#inbound.ended && this.#failure.reason === "broken-pipe" && !waited;
    if (!behindEnd) this.#inbound.fail(this.#failure);
    this.#rejectWriter(this.#failure);
    if (!waited && !behindEnd && !this.#gone) this.#watcher?.(transportError(this.#failure, "read"));
  }

  #rejectWriter(failure: Failure): void {
    const [writer, ender] = [this.#writer, this.#ender];
    this.#taken = this.bytesTaken;
    this.#writing = this.#seen = 0;
    this.#busy = false;
    this.#writer = this.#ender = undefined;
    writer?.reject(transportError(failure, "write"));
    ender?.reject(transportError(failure, "closeWrite"));
  }

  /** Own state first, so that every event that follows is known to be our doing. */
  #leave(): boolean {
    if (this.#gone) return false;
    this.#gone = true;
    this.#failure = CLOSED;
    this.#inbound.stop(CLOSED);
    this.#rejectWriter(CLOSED);
    return true;
  }
}
