/**
 * A transport that delivers given pieces and then the end of stream: the network at its most whimsical.
 */
import type { Address, Transport } from "../mod.ts";

const ADDRESS: Address = { transport: "unix", path: "pieces" };

export class PiecesTransport implements Transport {
  readonly localAddress: Address = ADDRESS;
  readonly remoteAddress: Address = ADDRESS;
  readonly #pieces: Uint8Array[];

  /** @param pieces Each comes out of one read, unless the reader's memory is smaller. */
  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces.filter((piece) => piece.length > 0);
  }

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const piece = this.#pieces.shift();
    if (piece === undefined) return Promise.resolve(null);
    const size = Math.min(piece.length, into.length);
    // A socket may scribble over all of the memory it was given.
    into.fill(0xaa);
    into.set(piece.subarray(0, size));
    if (size < piece.length) this.#pieces.unshift(piece.subarray(size));
    return Promise.resolve(size);
  }

  write(): Promise<void> {
    return Promise.resolve();
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {}

  abort(): void {}
}

/** Cuts bytes into pieces of these sizes, over and over. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** All ways to cut bytes into two pieces, the whole, and every byte alone. */
export function splits(bytes: Uint8Array): Uint8Array[][] {
  const halves = Array.from(bytes, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
  return [...halves, cut(bytes, [1])];
}
