/** The rows of the table that read. */
import assert from "node:assert/strict";
import { rejection } from "../raw_peers.ts";
import { expectError, expectPending, text } from "./expect.ts";
import type { Subject } from "./subject.ts";

/** Brings a subject into its state, does what the row says, and compares with what was promised. */
export type Row = (subject: Subject, promised: string) => Promise<void>;

/** The message that the rows ask for, and what is here of it where it is not enough. */
const WHOLE = "half a message";
const HALF = "half a";

/** The whole message, when a read that waited is given the rest. */
async function expectWhole(pending: Promise<Uint8Array | null>): Promise<void> {
  assert.equal(text(await pending ?? new Uint8Array()), WHOLE);
}

/** The end, for a read that has half of a message: not in order, and it hands over the half. */
async function expectUnexpectedEnd(pending: Promise<unknown>): Promise<void> {
  const { reason, partial, expected } = await rejection(pending);
  assert.deepEqual({ reason, partial: text(partial), expected }, {
    reason: "unexpected-end",
    partial: HALF,
    expected: WHOLE.length,
  });
}

const readEnough: Row = async (subject, promised) => {
  await subject.giveInput(WHOLE);
  await subject.enter();
  const pending = subject.local.reader.readExactly(WHOLE.length);
  if (promised === "value") await expectWhole(pending);
  else await expectError(subject, promised, "read", pending);
};

const readHalf: Row = async (subject, promised) => {
  await subject.giveInput(HALF);
  await subject.enter();
  const pending = subject.local.reader.readExactly(WHOLE.length);
  if (promised === "end") return await expectUnexpectedEnd(pending);
  if (promised !== "waits") return await expectError(subject, promised, "read", pending);
  await expectPending(pending);
  await subject.send(WHOLE.slice(HALF.length));
  await expectWhole(pending);
};

const readNothing: Row = async (subject, promised) => {
  await subject.enter();
  const pending = subject.local.reader.read();
  if (promised === "end") return assert.equal(await pending, null);
  if (promised !== "waits") return await expectError(subject, promised, "read", pending);
  await expectPending(pending);
  await subject.send(WHOLE);
  await expectWhole(pending);
};

const pendingRead: Row = async (subject, promised) => {
  await subject.giveInput(HALF);
  const pending = subject.local.reader.readExactly(WHOLE.length);
  pending.catch(() => {}); // It may reject on the way.
  await subject.enter({ reading: true });
  if (promised === "end") return await expectUnexpectedEnd(pending);
  if (promised !== "waits") return await expectError(subject, promised, "read", pending);
  await expectPending(pending);
  await subject.send(WHOLE.slice(HALF.length));
  await expectWhole(pending);
};

const pendingReadWithEnough: Row = async (subject, promised) => {
  await subject.giveInput(HALF);
  const pending = subject.local.reader.readExactly(WHOLE.length);
  pending.catch(() => {}); // It may reject on the way.
  const sent = subject.send(WHOLE.slice(HALF.length));
  if (subject.state === "lost") await sent; // A reset destroys what the far end's kernel still has.
  await Promise.all([sent, subject.enter({ reading: true })]);
  if (promised === "value") await expectWhole(pending);
  else await expectError(subject, promised, "read", pending);
};

const tryReadEnough: Row = async (subject, promised) => {
  await subject.giveInput("a line\nand");
  await subject.enter();
  assert.equal(subject.local.reader.tryReadLine(), promised === "value" ? "a line" : undefined);
};

const tryReadHalf: Row = async (subject) => {
  await subject.giveInput(HALF);
  await subject.enter();
  assert.equal(subject.local.reader.tryReadLine(), undefined);
};

const unreadInput: Row = async (subject, promised) => {
  const { local } = subject;
  await subject.giveInput(WHOLE);
  await subject.enter();
  if (promised.startsWith("kept")) {
    assert.equal(local.reader.bufferedBytes, WHOLE.length);
    await expectWhole(local.reader.readExactly(WHOLE.length));
  } else {
    await subject.far.end().catch(() => {}); // Cut, there is nobody to end for; closing, it is what close() waits for.
    const { discardedBytes } = await local.closed;
    assert.deepEqual([local.reader.bufferedBytes, discardedBytes], [0, WHOLE.length]);
  }
};

export const reads: Record<string, Row> = {
  "read, enough at hand": readEnough,
  "read, not enough": readHalf,
  "read, nothing at hand": readNothing,
  "read pending on entry": pendingRead,
  "read pending, enough arrives": pendingReadWithEnough,
  "tryRead…, enough at hand": tryReadEnough,
  "tryRead…, not enough": tryReadHalf,
  "unread input": unreadInput,
};
