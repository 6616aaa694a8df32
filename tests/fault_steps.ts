/** What the tests of faults do over and over, at the seam. */
import { type Fault, memoryPair, type MemoryPairOptions } from "../lib/testing/mod.ts";
import type { Transport } from "../mod.ts";

/** 0, 1, 2, … 250, 0, 1 …: every byte tells where it belongs, and 251 is prime. */
export function counting(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

/** One read. */
export async function read(transport: Transport, size = 65_536): Promise<number[] | null> {
  const into = new Uint8Array(size);
  const count = await transport.read(into);
  return count === null ? null : [...into.subarray(0, count)];
}

/** The sizes of all reads up to the end, or to the failure, and what came. */
export interface Received {
  bytes: number[];
  sizes: number[];
  /** The reason, when it was no end of stream. */
  reason?: string;
}

/** Reads to the end, or to the failure. */
export async function receive(transport: Transport): Promise<Received> {
  const received: Received = { bytes: [], sizes: [] };
  try {
    for (let piece = await read(transport); piece !== null; piece = await read(transport)) {
      received.sizes.push(piece.length);
      for (const byte of piece) received.bytes.push(byte);
    }
  } catch (error) {
    received.reason = (error as { reason: string }).reason;
  }
  return received;
}

/** Writes chunk by chunk and half-closes; a failure is the receiver's to see. */
export async function send(transport: Transport, ...chunks: Uint8Array[]): Promise<void> {
  try {
    for (const chunk of chunks) await transport.write([chunk]);
    await transport.closeWrite();
  } catch {
    // It shows at the other end, which is where the test looks.
  }
}

/** Sends through a fault, in the direction that it reads or writes, and tells what the other end got. */
export async function through(
  fault: Fault,
  direction: "read" | "write",
  chunks: Uint8Array[],
  options?: MemoryPairOptions,
): Promise<Received> {
  const [inner, peer] = memoryPair(options);
  const faulty = fault(inner);
  const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
  try {
    const sending = send(from, ...chunks);
    const received = await receive(to);
    if (received.reason === undefined) await sending;
    return received;
  } finally {
    faulty.abort();
    peer.abort();
  }
}

/** Both directions: what a fault does to what is read, it does to what is written. */
export const directions = ["read", "write"] as const;

/** Cuts bytes into pieces of this size. */
export function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) cut.push(bytes.subarray(at, at + size));
  return cut;
}

/** Lets everything over memory come to rest. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
}
