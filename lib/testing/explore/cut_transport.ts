/**
 * The transport that the explorer puts around the one of the side under test: it counts, and cuts once.
 *
 * @module
 */
import type { Address } from "../../address.ts";
import type { Connection } from "../../connection.ts";
import type { Transport } from "../../transport.ts";
import type { CutWay } from "./cut.ts";
import { Damage } from "./damage.ts";
import { PendingCall } from "./pending_call.ts";
import type { Seam } from "./seam.ts";

/** Handed on at once, at most: what has been taken is known so finely when a peer is slow. */
const PIECE = 1_024;

/** What a cut transport needs to know of its run. */
export interface CutSettings {
  readonly seam: Seam;
  /** How to cut; not at all in the clean run. */
  readonly way: CutWay | undefined;
  /** Which of the run's connections it belongs to, from 1. */
  readonly number: number;
  /** Cuts in a way that is not the transport's business: signal, cancel, close. */
  readonly cutLocally: (transport: CutTransport) => void;
  /** How many bytes the next read may bring at most: the chunking. */
  readonly nextChunk: () => number;
}

/** A transport that fails at a given moment in a given way. */
export class CutTransport implements Transport {
  /** This end. */
  readonly localAddress: Address;
  /** The other end. */
  readonly remoteAddress: Address;
  /** The connection over it, where the explorer made it. */
  connection: Connection | undefined;
  /** Bytes delivered to this connection. */
  bytesIn = 0;
  /** Of these the ones of the last read: at a cut they may still be on their way up. */
  lastIn = 0;
  /** What passes is TLS: the connection counts plaintext, this transport ciphertext. */
  carriesTls = false;
  /** Let go: nothing may be pending from now on. */
  gone = false;
  #reads = 0;
  #writes = 0;
  #reading: PendingCall<number | null> | undefined;
  #writing: PendingCall<void> | undefined;
  #closingWrite: PendingCall<void> | undefined;
  readonly #damage = new Damage();
  /** What was taken when the last write failed: the transport inside may go on with it, but nobody hears of that. */
  #takenAtLast: number | undefined;
  #counted = 0;
  readonly #takenBefore: number;
  readonly #inner: Transport;
  readonly #settings: CutSettings;

  /** @param inner What carries the bytes. @param settings The run that it belongs to. */
  constructor(inner: Transport, settings: CutSettings) {
    this.#inner = inner;
    this.#settings = settings;
    this.#takenBefore = inner.bytesTaken ?? 0;
    this.localAddress = inner.localAddress;
    this.remoteAddress = inner.remoteAddress;
  }

  /** Which of the run's connections it belongs to, from 1. */
  get number(): number {
    return this.#settings.number;
  }

  /** Bytes taken so far, also of a write under way. */
  get bytesTaken(): number {
    if (this.#takenAtLast !== undefined) return this.#takenAtLast;
    const { bytesTaken } = this.#inner;
    return bytesTaken === undefined ? this.#counted : bytesTaken - this.#takenBefore;
  }

  /** Passes on what the runtime notices by itself. */
  watch(onFailure: (error: unknown) => void): void {
    this.#inner.watch?.(onFailure);
  }

  /** As the seam says. */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const number = ++this.#reads;
    this.#event(`read ${number} starts`);
    const call = this.#reading = new PendingCall<number | null>("read");
    this.#judge();
    void this.#read(into, number, call);
    return call.promise;
  }

  /** As the seam says. */
  write(chunks: readonly Uint8Array[]): Promise<void> {
    const number = ++this.#writes;
    this.carriesTls ||= chunks.length > 0 && beginsHandshake(chunks[0]!);
    this.#event(`write ${number} starts`);
    const call = this.#writing = new PendingCall<void>("write");
    this.#judge();
    void this.#write(chunks, number, call);
    return call.promise;
  }

  /** As the seam says. */
  closeWrite(): Promise<void> {
    this.#event("closeWrite starts");
    const call = this.#closingWrite = new PendingCall<void>("closeWrite");
    this.#judge();
    void this.#closeWrite(call);
    return call.promise;
  }

  /** As the seam says. */
  release(): void {
    this.#leave("release");
  }

  /** As the seam says. */
  abort(): void {
    this.#leave("abort");
  }

  /** As the seam says. */
  ref(): void {
    this.#inner.ref?.();
  }

  /** As the seam says. */
  unref(): void {
    this.#inner.unref?.();
  }

  /** What was stalled moves again, late. */
  resume(): void {
    this.#damage.resume();
  }

  async #read(into: Uint8Array<ArrayBuffer>, number: number, call: PendingCall<number | null>): Promise<void> {
    const current = (): boolean => this.#reading === call;
    if (!await this.#moves(current)) return;
    const { seam, way, nextChunk } = this.#settings;
    const room = Math.min(into.length, seam.before("in"), nextChunk());
    // An end may come while the transport inside still reads: what it reads then must not end up in `into`.
    const memory = way === "end" ? new Uint8Array(room) : into.subarray(0, room);
    try {
      const bytes = await this.#inner.read(memory);
      if (!await this.#moves(current)) return;
      this.#reading = undefined;
      if (bytes === null) this.#event(`read ${number} finds the end of stream`);
      else this.#deliver(memory.subarray(0, bytes), into, number);
      call.settle(bytes);
    } catch (error) {
      if (!await this.#moves(current)) return;
      this.#reading = undefined;
      this.#event(`read ${number} fails`);
      call.fail(error as Error);
    }
  }

  #deliver(bytes: Uint8Array, into: Uint8Array, number: number): void {
    if (this.#settings.way === "end") into.set(bytes);
    this.carriesTls ||= beginsHandshake(bytes);
    this.bytesIn += this.lastIn = bytes.length;
    if (this.#settings.seam.passed("in", new Uint8Array(bytes), this.number)) this.#cut();
    this.#event(`read ${number} brings ${bytes.length} bytes`);
  }

  async #write(chunks: readonly Uint8Array[], number: number, call: PendingCall<void>): Promise<void> {
    const { seam } = this.#settings;
    const current = (): boolean => this.#writing === call;
    let left = chunks.reduce((sum, { length }) => sum + length, 0);
    if (left === 0) this.#written(number, call);
    try {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) {
          if (!await this.#moves(current)) return;
          const piece = chunk.subarray(at, at + Math.min(PIECE, seam.before("out")));
          await this.#inner.write([piece]);
          if (!await this.#moves(current)) return;
          at += piece.length;
          left -= piece.length;
          this.#counted += piece.length;
          // The last byte of a write: it is taken whole, and what follows meets the cut.
          if (left === 0) this.#written(number, call);
          if (seam.passed("out", new Uint8Array(piece), this.number)) this.#cut();
        }
      }
    } catch (error) {
      if (!await this.#moves(current)) return;
      this.#writing = undefined;
      this.#event(`write ${number} fails`);
      call.fail(error as Error);
    }
  }

  #written(number: number, call: PendingCall<void>): void {
    this.#writing = undefined;
    this.#event(`write ${number} is taken`);
    call.settle();
  }

  async #closeWrite(call: PendingCall<void>): Promise<void> {
    const current = (): boolean => this.#closingWrite === call;
    if (!await this.#moves(current)) return;
    try {
      await this.#inner.closeWrite();
      if (!await this.#moves(current)) return;
      this.#closingWrite = undefined;
      this.#event("closeWrite is done");
      call.settle();
    } catch (error) {
      if (current()) call.fail(error as Error);
    }
  }

  /**
   * Waits while everything is stalled; whether the call is then still under way. Also where nothing is stalled the answer
   * takes a microtask: a cut by a call that begins at the same moment finds this one under way and nothing taken.
   */
  async #moves(current: () => boolean): Promise<boolean> {
    await this.#damage.stalled;
    return current();
  }

  #leave(how: "release" | "abort"): void {
    if (!this.gone) this.#event(how);
    this.gone = true;
    this.#inner[how]();
    this.#damage.close();
    this.#judge();
  }

  #event(label: string): void {
    if (this.#settings.seam.event(label)) this.#cut();
  }

  /** The moment has come. */
  #cut(): void {
    const { seam, way, number, cutLocally } = this.#settings;
    seam.wire.push({ direction: "cut", connection: number });
    // Nobody aborts from inside a call of the transport: the program does, between two of its own steps.
    if (!this.#damage.apply(way)) queueMicrotask(() => cutLocally(this));
    if (way === "reset") this.#inner.abort();
    this.#judge();
  }

  /** Settles what is under way as the damage demands. */
  #judge(): void {
    const { readFailure, writeFailure, ended } = this.#damage;
    const [reading, writing, closingWrite] = [this.#reading, this.#writing, this.#closingWrite];
    if (readFailure !== undefined || ended) this.#reading = undefined;
    if (readFailure !== undefined) reading?.fail(readFailure);
    else if (ended) reading?.settle(null);
    if (writeFailure === undefined) return;
    this.#takenAtLast ??= this.bytesTaken;
    this.#writing = this.#closingWrite = undefined;
    writing?.fail(writeFailure);
    closingWrite?.fail(writeFailure);
  }
}

/** A record of type handshake and version 3.x (RFC 8446, 5.1): no text begins like that. One byte of it may be all there is. */
function beginsHandshake([type, major = 3]: Uint8Array): boolean {
  return type === 22 && major === 3;
}
