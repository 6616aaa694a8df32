/** The rows of the table that end a connection, and those that tell how it ended. */
import assert from "node:assert/strict";
import type { CloseOutcome } from "../../mod.ts";
import { ConnectionAbortedError } from "../../mod.ts";
import { rejection } from "../raw_peers.ts";
import { expectPending } from "./expect.ts";
import type { Row } from "./reads.ts";
import type { Subject } from "./subject.ts";

/** How a connection in this state has ended. */
function expectOutcome(subject: Subject, { clean, error, peerEnded }: CloseOutcome): void {
  const ended = subject.state === "ended";
  assert.deepEqual({ clean, reason: error?.reason, peerEnded }, {
    clean: ended,
    reason: subject.latched,
    peerEnded: ended,
  });
}

const close: Row = async (subject, promised) => {
  const { local, far } = subject;
  await subject.enter();
  const closing = local.close();
  if (promised === "outcome") return expectOutcome(subject, await closing);
  if (promised === "same promise") return assert.equal(closing, subject.closing);
  assert.equal(local.signal.reason.reason, "closed", "new operations reject at once");
  assert.equal((await rejection(local.reader.read())).reason, "closed");
  if (subject.state !== "read-ended") {
    await expectPending(closing);
    await far.end();
  }
  assert.equal((await closing).clean, true);
};

const abort: Row = async (subject, promised) => {
  const { local } = subject;
  await subject.giveInput("unread");
  await subject.enter();
  const before = [local.reader.bufferedBytes, local.signal.reason];
  local.abort();
  if (promised === "nothing") {
    assert.deepEqual([local.reader.bufferedBytes, local.signal.reason], before);
    expectOutcome(subject, await local.closed);
  } else {
    assert.equal(local.reader.bufferedBytes, 0);
    assert.equal((await rejection(local.reader.read())).reason, "closed");
    const { clean, error, discardedBytes } = await local.closed;
    assert.deepEqual({ clean, reason: error?.reason, discardedBytes }, {
      clean: false,
      reason: "closed",
      discardedBytes: "unread".length,
    });
  }
};

const closed: Row = async (subject, promised) => {
  await subject.enter();
  if (promised === "pending") await expectPending(subject.local.closed);
  else expectOutcome(subject, await subject.local.closed);
};

const signal: Row = async (subject, promised) => {
  const { signal } = subject.local;
  let heard = 0;
  signal.addEventListener("abort", () => heard++);
  await subject.enter();
  assert.equal(signal.aborted, promised === "aborted");
  assert.equal(heard, promised === "aborted" ? 1 : 0);
  if (promised === "quiet") return;
  assert.ok(ConnectionAbortedError.is(signal.reason));
  assert.equal(signal.reason.reason, subject.latched ?? "closed");
};

export const endings: Record<string, Row> = { "close()": close, "abort()": abort, closed, signal };
