/** The ways of cutting, and what the contract says of each. */
import assert from "node:assert/strict";
import { type Connection, ConnectionAbortedError } from "../../mod.ts";
import type { AbortReason, Initiator } from "../../mod.ts";

/** Every way in which a call can be cut. */
export const WAYS = [
  "reset",
  "end",
  "signal",
  "timeout",
  "close",
  "abort",
  "keepOpen, signal",
  "keepOpen, timeout",
] as const;

export type Way = typeof WAYS[number];

/** What a run gives its calls before it cuts them, in ms: in memory nothing else takes real time. */
export const TIMEOUT = 25;

/** Over sockets some bytes travel within that time. */
export const SOCKET_TIMEOUT = 250;

/** What a signal is aborted with: errors carry it itself, not a copy. */
export class GivenUp extends Error {}

/** Why the connection is over after a cut that it does not survive. */
export interface Blame {
  readonly reason: AbortReason;
  readonly initiator: Initiator;
}

export function blameOf(way: Way): Blame {
  switch (way) {
    case "reset":
      return { reason: "reset", initiator: "peer" };
    case "end":
      return { reason: "unexpected-end", initiator: "peer" };
    case "signal":
    case "keepOpen, signal":
      return { reason: "signal", initiator: "local" };
    case "timeout":
    case "keepOpen, timeout":
      return { reason: "timeout", initiator: "local" };
    case "close":
    case "abort":
      return { reason: "closed", initiator: "local" };
  }
}

/** What a call came to. */
export type Result<T> = { value: T } | { error: unknown };

/** Never rejects, so that a call may fail before anybody looks. */
export function resultOf<T>(call: Promise<T>): Promise<Result<T>> {
  return call.then((value) => ({ value }), (error: unknown) => ({ error }));
}

/** The error of a call that had to reject. */
export function errorOf(result: Result<unknown>): unknown {
  assert.ok("error" in result, "it resolved, but was cut");
  return result.error;
}

/** The value of a call that had to resolve. */
export function valueOf<T>(result: Result<T>): T {
  if ("error" in result) throw result.error;
  return result.value;
}

/** One turn of the event loop: what has been told is then known everywhere. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The error of an operation on a connection that is over. */
export function assertBlames(
  error: unknown,
  { reason, initiator }: Blame,
  operation: string,
): asserts error is ConnectionAbortedError {
  assert.ok(ConnectionAbortedError.is(error), `not a ConnectionAbortedError: ${error}`);
  assert.deepEqual(
    { reason: error.reason, initiator: error.initiator, operation: error.operation },
    { reason, initiator, operation },
  );
}

/** A call that was given up and left the connection open. */
export function assertGivenUp(error: unknown, way: Way, signal: AbortSignal): void {
  if (way.endsWith("signal")) assert.equal(error, signal.reason);
  else assert.ok(error instanceof DOMException && error.name === "TimeoutError", `not a TimeoutError: ${error}`);
}

/**
 * The connection is over: everything says so, with the one reason, and each call with an error of its own.
 *
 * @param wasClosing A goodbye had begun: a signal that was held fired then, with `"closed"`.
 */
export async function assertOver(connection: Connection, blame: Blame, wasClosing = false): Promise<void> {
  const outcome = await connection.closed;
  if (blame.reason !== "closed") assert.equal(outcome.error?.reason, blame.reason);
  assert.ok(connection.signal.aborted, "its signal is quiet");
  const { reason } = connection.signal.reason;
  assert.ok(reason === blame.reason || (wasClosing && reason === "closed"), `its signal says ${reason}`);
  const { reader, writer } = connection;
  const seen = new Set<unknown>();
  for (
    const [operation, call] of [
      ["read", reader.read()],
      ["read", reader.readExactly(1)],
      ["write", writer.write("more")],
      ["write", writer.drain()],
      ["write", writer.flush()],
      ["closeWrite", writer.closeWrite()],
    ] as const
  ) {
    const error = errorOf(await resultOf<unknown>(call));
    assertBlames(error, blame, operation);
    assert.equal(error.partial, undefined, "bytes were handed over twice");
    seen.add(error);
  }
  assert.equal(seen.size, 6, "calls share an error object");
}
