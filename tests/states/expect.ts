/** What the words of the table mean for a promise. */
import assert from "node:assert/strict";
import { letBlock } from "../conformance/steps.ts";
import { rejection } from "../raw_peers.ts";
import type { Subject } from "./subject.ts";
import { ConnectionAbortedError, type Operation } from "../../mod.ts";

/** E:closed, E:L, E:L with partial. */
export async function expectError(
  subject: Subject,
  promised: string,
  operation: Operation,
  pending: Promise<unknown>,
): Promise<void> {
  const error: unknown = await rejection(pending);
  assert.ok(ConnectionAbortedError.is(error), String(error));
  const reason = promised === "E:closed" ? "closed" : subject.latched;
  const partial = promised === "E:L with partial" ? "half a" : undefined;
  const { operation: during, partial: bytes } = error;
  assert.deepEqual({ reason: error.reason, during, partial: bytes && text(bytes) }, {
    reason,
    during: operation,
    partial,
  });
}

/** Waits: pending although everything that can go on has gone on. */
export async function expectPending(pending: Promise<unknown>): Promise<void> {
  let settled = false;
  const settle = (): void => void (settled = true);
  pending.then(settle, settle);
  await letBlock();
  assert.equal(settled, false, "it must wait, and it has settled");
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
