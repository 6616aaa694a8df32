import assert from "node:assert/strict";
import { Intake } from "../lib/testing/intake.ts";
import { test } from "./harness.ts";
import { ManualTransport, reset } from "./manual_transport.ts";

/** An intake, what it reads from, and what it told. */
function make(): { intake: Intake; source: ManualTransport; told: number[] } {
  const source = new ManualTransport();
  const told: number[] = [];
  return { intake: new Intake(source, (bytes) => told.push(bytes)), source, told };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("Intake reads only when asked, once at a time", () => {
  const { intake, source } = make();
  assert.equal(source.reads.length, 0);
  intake.pull();
  intake.pull();
  assert.equal(source.reads.length, 1);
});

test("Intake keeps what came until it is taken, in order, in one piece when asked for", async () => {
  const { intake, source, told } = make();
  for (const text of ["ab", "cde"]) {
    intake.pull();
    source.deliver(text);
    await settled();
  }
  assert.deepEqual(told, [2, 3]);
  assert.equal(intake.length, 5);
  assert.equal(new TextDecoder().decode(intake.take(1)), "a");
  assert.equal(new TextDecoder().decode(intake.take(3)), "bcd");
  assert.equal(new TextDecoder().decode(intake.take(100)), "e");
  assert.equal(intake.take(1).length, 0);
});

test("Intake never writes again to what was taken", async () => {
  const { intake, source } = make();
  intake.pull();
  source.deliver("first");
  await settled();
  const first = intake.take(5);
  intake.pull();
  source.deliver("second");
  await settled();
  assert.equal(new TextDecoder().decode(first), "first");
});

test("Intake says at the end and at a failure that nothing more will come, and asks no more", async () => {
  const ended = make();
  ended.intake.pull();
  ended.source.end();
  await settled();
  ended.intake.pull();
  assert.deepEqual([ended.intake.ended, ended.intake.over, ended.told, ended.source.reads.length], [
    true,
    true,
    [0],
    1,
  ]);
  const failed = make();
  const error = reset();
  failed.intake.pull();
  failed.source.failRead(error);
  await settled();
  failed.intake.pull();
  assert.deepEqual([failed.intake.failed, failed.intake.error, failed.source.reads.length], [true, error, 1]);
});
