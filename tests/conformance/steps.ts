/**
 * The steps that several checks share.
 */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type AbortReason, type Connection, ConnectionAbortedError } from "../../mod.ts";
import type { ConnectionPair } from "../../lib/testing/mod.ts";
import type { PairMaker } from "./pair.ts";

/** What trio calls Broken when nobody on this side did it: the peer let go of the socket. */
export const BROKEN: readonly AbortReason[] = ["reset", "broken-pipe"];

/** More than the buffers of a loopback connection can take without a reader (Linux: 4 MiB to send, little to receive). */
const MARGIN = 4_259_840;

const FILLING = new Uint8Array(65_536);

const encoder = new TextEncoder();

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Turns of the event loop in which everything that can go on without help does: trio's `wait_all_tasks_blocked`. */
export async function letBlock(turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) await turn();
}

/** What trio's `send_all` is here: accepted, and with the kernel. */
export async function send(from: Connection, data: Parameters<Connection["writer"]["write"]>[0]): Promise<void> {
  assert.equal(await from.writer.write(data), undefined);
  await from.writer.flush();
}

/** Accepted over the life of a connection. */
export function accepted(connection: Connection): number {
  return connection.bytesWritten + connection.writer.unsentBytes;
}

/** A pair whose local end cannot send: nobody reads at the peer, and every buffer between is full. */
export async function clogged(maker: PairMaker): Promise<ConnectionPair> {
  if (maker.cloggedPair !== undefined) return await maker.cloggedPair();
  const pair = await maker.pair();
  await clog(pair.local);
  return pair;
}

/** Writes until so much waits that a kernel which takes a little more later makes no difference. Bounded. */
async function clog({ writer }: Connection): Promise<void> {
  for (let written = 0; written < 32 * MARGIN; written += FILLING.length) {
    void writer.write(FILLING);
    if (writer.unsentBytes < MARGIN) continue;
    await atRest(() => writer.unsentBytes);
    if (writer.unsentBytes >= MARGIN) return;
  }
  assert.fail("the pair cannot be clogged: somebody reads");
}

/** Until a number has stopped moving: then whoever moved it waits for somebody else. */
export async function atRest(count: () => number): Promise<void> {
  for (let seen = -1; seen !== count(); await letBlock()) seen = count();
}

/** The error of a promise that must reject because the connection is over, for one of these reasons. */
export async function aborted(
  promise: Promise<unknown>,
  ...reasons: readonly AbortReason[]
): Promise<ConnectionAbortedError> {
  const error: unknown = await promise.then((value) => assert.fail(`resolved to ${String(value)}`), (error) => error);
  assert.ok(ConnectionAbortedError.is(error), String(error));
  assert.ok(reasons.includes(error.reason), `"${error.reason}" is not one of "${reasons.join('", "')}"`);
  return error;
}

/** Sends until it is refused, as everybody is whose peer has let go. */
export async function sendUntilRefused(from: Connection): Promise<ConnectionAbortedError> {
  for (let i = 0; i < 100_000; i++) {
    try {
      await send(from, new Uint8Array(100));
    } catch (error) {
      assert.ok(ConnectionAbortedError.is(error), String(error));
      return error;
    }
    await turn();
  }
  return assert.fail("10 MB were accepted for a peer that is gone");
}

/** Both ends say goodbye at once; one alone would wait for the other. */
export async function closeBoth({ local, peer }: ConnectionPair): Promise<void> {
  await Promise.all([local.close(), peer.close()]);
}

/** A promise that must settle without waiting for anything: before the next turn of the event loop. */
export async function atOnce<T>(promise: Promise<T>): Promise<T> {
  const late = turn().then(() => assert.fail("still pending a turn later"));
  try {
    return await Promise.race([promise, late]);
  } finally {
    await late.catch(() => {}); // It lost the race; waited for, so that no timer outlives the check.
  }
}
