/**
 * What must be true of every error and every end, whatever was cut: checked inside of each scenario.
 */
import assert from "node:assert/strict";
import { type AbortReason, type Connection, ConnectionAbortedError } from "@hawser/net";
import type { Cut, ExploreOptions, Scenario } from "@hawser/net/testing";
import { onBun } from "../raw_peers.ts";

/** One conversation with its options. */
export interface Explored<T = unknown> {
  name: string;
  scenario: Scenario<T>;
  options?: ExploreOptions<T>;
  /** Of real sockets, which do not do the same in every run: some cuts are not reached. */
  unsteady?: boolean;
}

/** A scenario with its result typed, as one of many. */
export function explored<T>(name: string, scenario: Scenario<T>, options: ExploreOptions<T> = {}): Explored {
  return { name, scenario, options: { checkError: blame, ...options } } as Explored;
}

/** What peers have found wrong: nobody asks them how they ended after a cut. */
export const complaints: string[] = [];

/** Something that a peer must be able to rely on. */
export function peerExpects(condition: boolean, complaint: string): void {
  if (!condition) complaints.push(complaint);
}

const REASONS: Record<Cut["way"], readonly AbortReason[]> = {
  "reset": ["reset"],
  "end": ["unexpected-end"],
  "stall": ["timeout"],
  "late": ["timeout"],
  "signal": ["signal"],
  "cancel": ["closed"],
  "close": ["closed"],
  "write-error": ["reset", "broken-pipe"],
};

/** A cut is never the fault of a message, and the reason says what happened, not what followed from it. */
export function blame(error: unknown, cut: Cut): void {
  if (cut.way === "signal" && (error as Error).name === "AbortError") return;
  // ready() never ends the connection, not even when its time has passed.
  if ((cut.way === "stall" || cut.way === "late") && (error as Error).name === "TimeoutError") return;
  assert.ok(ConnectionAbortedError.is(error), `${cut.way} was blamed on ${String(error)}`);
  assert.ok(REASONS[cut.way].includes(error.reason), `${cut.way} was blamed on ${error.reason}`);
}

/** Runs `work`, which awaits each call itself unless it says so, and, when it rejects, holds the connection to what it promises of its end. */
export async function onceOver<T>(
  connection: Connection,
  work: (connection: Connection) => Promise<T>,
  { awaits = true }: { awaits?: boolean } = {},
): Promise<T> {
  try {
    return await work(connection);
  } catch (error) {
    if (ConnectionAbortedError.is(error)) await checkEnd(connection, error, awaits);
    throw error;
  }
}

async function checkEnd(connection: Connection, error: ConnectionAbortedError, awaits: boolean): Promise<void> {
  assert.ok(connection.signal.aborted, "a ConnectionAbortedError, and the connection goes on");
  checkWords(error);
  // Async stack traces are V8's; JavaScriptCore, and so Bun, has none.
  if (awaits && !onBun) assert.match(error.stack ?? "", /explored/, "the stack does not lead to the line that awaited");
  const [write, flush, read] = await Promise.allSettled([
    connection.writer.write("after the end"),
    connection.writer.flush(),
    connection.reader.read(),
  ]);
  const later = (write as PromiseRejectedResult).reason;
  assert.ok(write.status === "rejected" && ConnectionAbortedError.is(later), "a write was accepted after the end");
  assert.notEqual(later, error, "two operations share an error");
  assert.equal(later.reason, error.reason, "the first reason was replaced");
  assert.equal(later.retrySafe, true, "a write that never left is not safe to retry");
  assert.equal(flush.status, "rejected", "flush() said that discarded bytes were sent");
  const local = error.initiator === "local";
  // What a read found at its failure went with its error as partial, and is not delivered again.
  const left = !local && error.operation !== "read";
  if (read.status === "fulfilled") assert.ok(left && read.value !== null, "bytes, or an end, after the failure");
  else assert.equal(read.reason.reason, error.reason);
  await checkOutcome(connection, error);
}

/** Neither content nor what could forge a log is in the words of an error. */
function checkWords(error: ConnectionAbortedError): void {
  assert.ok(!Object.keys(error).includes("partial"), "a logger would print the bytes of a message");
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(error.message, /[\u0000-\u001f\u202e]/, "the message has control characters in it");
  if (error.retrySafe) assert.ok(error.operation === "write", `a ${error.operation} that is safe to retry`);
}

async function checkOutcome(
  connection: Connection,
  { reason, initiator, operation, code, partial }: ConnectionAbortedError,
): Promise<void> {
  const outcome = await connection.closed;
  // Ended in order both ways: that the end came inside a message is the reader's business.
  const inOrder = (reason === "closed" || reason === "unexpected-end") && outcome.error === undefined;
  assert.equal(outcome.clean, inOrder && outcome.unsentBytes === 0, "clean, and yet it failed");
  if (!inOrder) assert.equal(outcome.error?.reason, reason, "the outcome has another reason");
  assert.equal(outcome.bytesWritten, connection.bytesWritten);
  if (reason === "reset") assert.equal(code, "ECONNRESET", "a reset by another code");
  if (reason === "unexpected-end" && operation === "read") {
    assert.ok(partial !== undefined, "an end inside a message, and no partial message");
  }
  if (reason === "broken-pipe") assert.ok(outcome.peerEnded, "a pipe that was broken before its end");
  if (initiator === "local") assert.equal(connection.reader.bufferedBytes, 0, "input was kept after a cut");
  const reading = initiator === "peer" && operation === "read";
  if (reading) assert.equal(outcome.discardedBytes, 0, "bytes of a lost connection were discarded");
}
