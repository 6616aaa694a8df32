/**
 * What the checks of a transport have in common.
 *
 * @module
 */
import { endOfTurn } from "../../clock.ts";
import { ConnectionAbortedError } from "../../errors.ts";
import type { AbortReason } from "../../reasons.ts";
import type { Transport } from "../../transport.ts";

/** One check before it has a maker. */
export interface TransportCheck {
  readonly id: string;
  readonly title: string;
  readonly body: (local: Transport, peer: Transport) => Promise<void>;
}

/** Written at once where much is written. */
const PIECE = new Uint8Array(262_144);

/** More than the buffers of any system between two sockets: a transport that takes it without a reader never waits. */
const CLOG_BYTES = 67_108_864;

/** Without a byte taken for so long (in ms), a write waits for the peer. */
const QUIET = 50;

/** Writes for a peer that is gone, at most, before one must be refused: the first ones may still be taken. */
const REFUSED_WITHIN = 10_000;

const encoder: TextEncoder = new TextEncoder();

export function expect(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Bytes of which no two neighbours, and no two blocks, look alike. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24);
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => endOfTurn(() => resolve()));
}

/** Enough turns for everything that can go on without help. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** A call that goes on while the check does something else: should the check fail first, nobody waits for it any more. */
export function underWay<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {}); // Told by whoever awaits it, or of no interest.
  return call;
}

/** Time for what was sent to arrive at the other end. Turns are no measure: on some runtimes they look at no socket. */
export function toArrive(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, QUIET));
}

/** Compares without printing megabytes. */
export function expectBytes(actual: Uint8Array, wanted: Uint8Array, what: string): void {
  const at = wanted.findIndex((byte, i) => byte !== actual[i]);
  expect(at === -1 || at >= actual.length, `${what}: byte ${at} is ${actual[at]}, not ${wanted[at]}`);
  expect(actual.length === wanted.length, `${what}: ${actual.length} bytes, not ${wanted.length}`);
}

/** All of them in one piece. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** One read: the bytes, or `null`; checks what every read promises. */
export async function readOnce(transport: Transport, size = 65_536): Promise<Uint8Array<ArrayBuffer> | null> {
  const into = new Uint8Array(size);
  const count = await transport.read(into);
  if (count === null) return null;
  expect(Number.isInteger(count) && count >= 1, `read() resolved to ${count}: not a number of bytes from 1, nor null`);
  expect(count <= size, `read() resolved to ${count} bytes, into memory of ${size}`);
  return into.subarray(0, count);
}

/** Reads until so many bytes are here; the end of stream before is a failure. */
export async function readExactly(transport: Transport, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const piece = await readOnce(transport, Math.min(65_536, length - at));
    expect(piece !== null, `end of stream after ${at} of ${length} bytes`);
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Reads until the end of stream, for as long as there is no more than `most`. */
export async function readToEnd(transport: Transport, most: number): Promise<Uint8Array> {
  const all = new Uint8Array(most);
  for (let at = 0;;) {
    const piece = await readOnce(transport);
    if (piece === null) return all.subarray(0, at);
    expect(at + piece.length <= most, `more than ${most} bytes`);
    all.set(piece, at);
    at += piece.length;
  }
}

/** The failure of a call, which must be one of this package's, for one of these reasons. */
export async function failure(
  call: Promise<unknown>,
  what: string,
  ...reasons: readonly AbortReason[]
): Promise<ConnectionAbortedError> {
  const error = await call.then((value) => new Error(`${what} resolved to ${String(value)}, it must reject`), (e) => e);
  if (!ConnectionAbortedError.is(error)) {
    throw new Error(`${what}: ${String(error)}, which is no ConnectionAbortedError`, { cause: error });
  }
  expect(reasons.includes(error.reason), `${what}: "${error.reason}", not "${reasons.join('" or "')}"`);
  return error;
}

/** Why calls fail whose peer has gone. */
export const GONE: readonly AbortReason[] = ["reset", "broken-pipe"];

/** Writes until it is refused, as everybody is whose peer has let go. */
export async function writeUntilRefused(transport: Transport): Promise<ConnectionAbortedError> {
  for (let i = 0; i < REFUSED_WITHIN; i++) {
    const error = await transport.write([bytes("to nobody")]).then(() => undefined, (error: unknown) => error);
    if (error !== undefined) return await failure(Promise.reject(error), "write()", ...GONE);
    await turn();
  }
  throw new Error(`${REFUSED_WITHIN} writes were taken for a peer that is gone`);
}

/** A transport whose writes wait, because nobody reads at the other end. */
export interface Clogged {
  /** The write that waits. */
  readonly waiting: Promise<void>;
  /** Every byte that was given, the waiting ones too. */
  readonly given: number;
}

/** Writes until a write waits. It is a failure when none does. */
export async function clog(transport: Transport): Promise<Clogged> {
  for (let given = PIECE.length; given <= CLOG_BYTES; given += PIECE.length) {
    const writing = underWay(transport.write([PIECE]));
    if (await isQuiet(writing)) return { waiting: writing, given };
  }
  throw new Error(`${CLOG_BYTES} bytes were taken although nobody reads`);
}

/** Whether a promise has not settled after a while; a rejection is thrown. */
async function isQuiet(promise: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = new Promise<true>((resolve) => timer = setTimeout(() => resolve(true), QUIET));
  try {
    return await Promise.race([promise.then(() => false), quiet]);
  } finally {
    clearTimeout(timer);
  }
}
