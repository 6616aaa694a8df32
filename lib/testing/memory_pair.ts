/**
 * Two transports joined in memory: sockets without a system.
 *
 * @module
 */
import type { Address } from "../address.ts";
import { checkCount, checkFunction, checkOptions } from "../arguments.ts";
import { endOfTurn } from "../clock.ts";
import { CLOSED, type Failure, transportError } from "../failure.ts";
import type { Transport } from "../transport.ts";
import { checkSeed } from "./faults/disturb.ts";
import type { Fault } from "./faults/flaw.ts";
import { Buffered, Lockstep, type Pipe } from "./pipe.ts";
import { Random } from "./random.ts";

/** Options of `memoryPair`. */
export interface MemoryPairOptions {
  /**
   * Bytes that one direction holds before a write waits, as the buffers of a kernel do. 0 is lockstep: nothing is held,
   * a write settles only when the peer has read all of it.
   *
   * @default {65536}
   */
  capacity?: number | undefined;
  /** Cuts what is read at random, the same way for the same seed; without one a read brings as much as there is. */
  seed?: number | undefined;
  /** Put around the first end: a fault, a counter. */
  wrap?: Fault | undefined;
}

/** Taken without a pause, at most: two ends that never wait for each other must not keep the event loop from turning. */
const TURN_BYTES = 1_048_576;

const RESET: Failure = { reason: "reset", initiator: "peer", code: "ECONNRESET" };
const GONE: Failure = { reason: "broken-pipe", initiator: "peer", code: "EPIPE" };

/** One end of the pair. */
class MemoryTransport implements Transport {
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  #taken = 0;
  #takenBeforeTurn = 0;
  #failure: Failure | undefined;
  #gone = false;
  readonly #in: Pipe;
  readonly #out: Pipe;
  #peer!: MemoryTransport;
  #waiting: Array<() => void> = [];

  constructor(local: Address, remote: Address, incoming: Pipe, outgoing: Pipe) {
    this.localAddress = local;
    this.remoteAddress = remote;
    this.#in = incoming;
    this.#out = outgoing;
  }

  static join(a: MemoryTransport, b: MemoryTransport): void {
    a.#peer = b;
    b.#peer = a;
    a.#in.changed = a.#out.changed = () => {
      a.#wake();
      b.#wake();
    };
  }

  get bytesTaken(): number {
    return this.#taken + this.#out.passed;
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    for (;;) {
      if (this.#gone) throw transportError(CLOSED, "read");
      if (this.#in.length > 0) return this.#in.take(into);
      if (this.#failure !== undefined) throw transportError(this.#failure, "read");
      if (this.#in.ended) return null;
      await this.#change();
    }
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        this.#checkWritable();
        const put = this.#out.put(chunk.subarray(at));
        this.#taken += put;
        at += put;
        if (at < chunk.length) await this.#change();
      }
    }
    if (this.bytesTaken - this.#takenBeforeTurn >= TURN_BYTES) await this.#turn();
    this.#checkWritable();
  }

  async closeWrite(): Promise<void> {
    if (this.#gone) throw transportError(CLOSED, "closeWrite");
    this.#out.ended = true;
    this.#out.changed();
    await Promise.resolve();
  }

  release(): void {
    this.#leave();
  }

  abort(): void {
    if (!this.#gone) this.#peer.#failure ??= RESET;
    this.#leave();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#out.ended = true;
    this.#out.withdraw();
    this.#in.deserted = true;
    this.#out.changed();
  }

  #checkWritable(): void {
    if (this.#gone) throw transportError(CLOSED, "write");
    // As a kernel: the first bytes for a peer that has let go are answered by a reset.
    if (this.#out.deserted) this.#failure ??= this.#in.ended ? GONE : RESET;
    if (this.#failure !== undefined) throw transportError(this.#failure, "write");
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #turn(): Promise<void> {
    this.#takenBeforeTurn = this.bytesTaken;
    return new Promise((resolve) => endOfTurn(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/**
 * Makes two transports that are each other's peer, without a socket.
 *
 * They behave as sockets do: a write waits while the peer's buffer is full, `closeWrite` is the peer's end of stream,
 * bytes before a reset are still read, and an `abort()` is seen by the peer as `"reset"`, `ECONNRESET`.
 *
 * @param options `capacity` in bytes of each direction; `seed` for reads cut at random; `wrap` around the first end.
 * @returns Both ends.
 * @throws {RangeError} A negative capacity.
 * @throws {TypeError} A capacity or a seed that is no number, a `wrap` that is no function.
 * @example A conversation without a network
 * ```ts
 * import assert from "node:assert/strict";
 * import { Connection } from "@hawser/net";
 * import { memoryPair } from "@hawser/net/testing";
 *
 * const [left, right] = memoryPair({ capacity: 16 });
 * const client = new Connection(left);
 * const server = new Connection(right);
 * await client.writer.write("ping\n");
 * assert.equal(await server.reader.readLine(), "ping");
 * await Promise.all([client.close(), server.close()]);
 * ```
 */
export function memoryPair(options?: MemoryPairOptions): [Transport, Transport] {
  checkOptions(options);
  const { capacity = 65_536, seed, wrap } = options ?? {};
  checkCount("capacity", capacity);
  checkSeed(seed);
  checkFunction("wrap", wrap);
  const random = seed === undefined ? undefined : new Random(seed);
  const pipe = (): Pipe => capacity === 0 ? new Lockstep(random?.fork()) : new Buffered(capacity, random?.fork());
  const [there, back] = [pipe(), pipe()];
  const local: Address = { transport: "unix", path: "memory:a" };
  const remote: Address = { transport: "unix", path: "memory:b" };
  const a = new MemoryTransport(local, remote, back, there);
  const b = new MemoryTransport(remote, local, there, back);
  MemoryTransport.join(a, b);
  return [wrap === undefined ? a : wrap(a), b];
}
