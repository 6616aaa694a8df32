import { EventEmitter } from "node:events";
import process from "node:process";
import type { NodeSocket } from "../lib/runtime/node/net_socket.ts";

type WriteCallback = (error?: Error | null) => void;

/** A `net.Socket` whose events come when, and in the order that, a test says. */
export class FakeSocket extends EventEmitter implements NodeSocket {
  destroyed = false;
  errored: Error | null = null;
  connecting = false;
  readableEnded = false;
  readableHighWaterMark = 16_384;
  readableEncoding: string | null = null;
  writableEnded = false;
  writableFinished = false;
  localAddress: string | undefined = "127.0.0.1";
  localPort: number | undefined = 1;
  remoteAddress: string | undefined = "127.0.0.1";
  remotePort: number | undefined = 2;
  allowHalfOpen = false;
  /** What was called, in order, with what there is to say about it. */
  readonly calls: string[] = [];
  /** What its Readable holds: `read()` hands it out, chunk by chunk, and `flow()` while it is not paused. */
  readonly buffered: Uint8Array[] = [];
  #flowing = false;
  /** The callbacks of writes under way. */
  readonly writes: WriteCallback[] = [];

  read(): Uint8Array | null {
    const chunk = this.buffered.shift() ?? null;
    if (chunk !== null && this.errored === null) this.emit("data", chunk); // As Node does, unless an error came first.
    return chunk;
  }

  resume(): void {
    this.calls.push("resume");
    this.#flowing = true;
    process.nextTick(() => this.flow());
  }

  pause(): void {
    this.calls.push("pause");
    this.#flowing = false;
  }

  /** What Node does when bytes have come, and in the tick after `resume()`. */
  flow(...chunks: readonly Uint8Array[]): void {
    this.buffered.push(...chunks);
    while (this.#flowing && this.buffered.length > 0) this.emit("data", this.buffered.shift());
  }

  write(chunk: Uint8Array, callback?: WriteCallback): boolean {
    this.calls.push(`write ${chunk.length}`);
    if (callback !== undefined) this.writes.push(callback);
    return true;
  }

  end(): void {
    this.calls.push("end");
    this.writableEnded = true;
  }

  cork(): void {
    this.calls.push("cork");
  }

  uncork(): void {
    this.calls.push("uncork");
  }

  destroy(error?: Error): void {
    this.calls.push("destroy");
    this.destroyed = true;
    this.errored = error ?? null;
    if (error !== undefined) this.emit("error", error);
  }

  resetAndDestroy(): void {
    this.calls.push("resetAndDestroy");
    this.destroyed = true;
  }

  ref(): void {
    this.calls.push("ref");
  }

  unref(): void {
    this.calls.push("unref");
  }

  /** Fails as a runtime does: destroyed first, then `'error'`, `'close'` when the test says so. */
  fail(error: Error): void {
    this.destroyed = true;
    this.errored = error;
    this.emit("error", error);
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
