import assert from "node:assert/strict";
import { Deadline, endOfTurn, now, sleep, soon } from "../lib/clock.ts";
import { test } from "./harness.ts";

/** A time that the real tick does not reach during a test: only `check` makes it pass. */
const LATER = now() + 1e9;

/** A deadline that counts how often it was due; disposed at the end of the block. */
function counted(progress?: () => number): { deadline: Deadline; due: () => number } & Disposable {
  let due = 0;
  const deadline = new Deadline(() => due++, progress);
  return { deadline, due: () => due, [Symbol.dispose]: () => deadline.dispose() };
}

test("Deadline is never early", () => {
  using timer = counted();
  timer.deadline.arm(100, LATER);
  assert.equal(timer.deadline.check(LATER + 99.999), true);
  assert.equal(timer.due(), 0);
});

test("Deadline is due when its time has passed, once", () => {
  using timer = counted();
  timer.deadline.arm(100, LATER);
  assert.equal(timer.deadline.check(LATER + 100), false);
  timer.deadline.check(LATER + 200);
  assert.equal(timer.due(), 1);
});

test("Deadline.arm() again starts the time over", () => {
  using timer = counted();
  timer.deadline.arm(100, LATER);
  timer.deadline.arm(100, LATER + 50);
  timer.deadline.check(LATER + 149);
  assert.equal(timer.due(), 0);
  timer.deadline.check(LATER + 150);
  assert.equal(timer.due(), 1);
});

test("Deadline.arm() with Infinity or undefined disarms", () => {
  for (const none of [Infinity, undefined]) {
    using timer = counted();
    timer.deadline.arm(100, LATER);
    timer.deadline.arm(none, LATER);
    assert.equal(timer.deadline.check(LATER + 1e6), false);
    assert.equal(timer.due(), 0);
  }
});

test("Deadline.disarm() stops the time", () => {
  using timer = counted();
  timer.deadline.arm(100, LATER);
  timer.deadline.disarm();
  timer.deadline.check(LATER + 100);
  assert.equal(timer.due(), 0);
});

test("Deadline starts over when something has moved", () => {
  let moved = 0;
  using timer = counted(() => moved);
  timer.deadline.arm(100, LATER);
  moved = 1;
  timer.deadline.check(LATER + 100);
  assert.equal(timer.due(), 0);
  timer.deadline.check(LATER + 199);
  assert.equal(timer.due(), 0);
  timer.deadline.check(LATER + 200);
  assert.equal(timer.due(), 1);
});

test("Deadline does not take for progress what had moved before it was armed", () => {
  let moved = 0;
  using timer = counted(() => moved);
  moved = 1;
  timer.deadline.arm(100, LATER);
  timer.deadline.check(LATER + 100);
  assert.equal(timer.due(), 1);
});

test("Deadline may be armed again by what it calls", () => {
  let due = 0;
  const deadline: Deadline = new Deadline(() => {
    due++;
    deadline.arm(100, LATER + 100);
  });
  deadline.arm(100, LATER);
  assert.equal(deadline.check(LATER + 100), true);
  deadline.check(LATER + 200);
  deadline.dispose();
  assert.equal(due, 2);
});

test("Deadline takes times longer than a timer of the runtime can", () => {
  using timer = counted();
  timer.deadline.arm(2 ** 32, LATER);
  timer.deadline.check(LATER + 2 ** 31);
  assert.equal(timer.due(), 0);
});

test("Deadline fires by itself, and the tick ends with the last one", async () => {
  // That the tick ends is what Deno's sanitizers look at.
  const started = now();
  const elapsed = await new Promise<number>((resolve) => new Deadline(() => resolve(now() - started)).arm(30));
  assert.ok(elapsed >= 30, `early: ${elapsed} ms`);
});

test("Deadline.dispose() lets go of the tick at once", () => {
  const [first, second] = [new Deadline(() => {}), new Deadline(() => {})];
  first.arm(1_000);
  second.arm(1_000);
  first.dispose();
  second.dispose();
  second.dispose();
});

test("sleep() waits at least so long", async () => {
  const started = now();
  await sleep(7).done;
  assert.ok(now() - started >= 7, `early: ${now() - started} ms`);
});

test("Sleep.cancel() settles it and leaves no timer", async () => {
  // That no timer is left is what Deno's sanitizers look at.
  const long = sleep(2 ** 40);
  long.cancel();
  long.cancel();
  await long.done;
});

test("soon() runs after the microtasks that are queued and those that they queue", async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    queueMicrotask(() => {
      order.push("first");
      queueMicrotask(() => order.push("second"));
    });
    soon(() => {
      order.push("soon");
      resolve();
    });
  });
  assert.deepEqual(order, ["first", "second", "soon"]);
});

test("endOfTurn() runs after every microtask, however many follow each other", async () => {
  let microtasks = 0;
  const chain = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      await Promise.resolve();
      microtasks++;
    }
  };
  const seen = new Promise<number>((resolve) => endOfTurn(() => resolve(microtasks)));
  await chain();
  assert.equal(await seen, 100);
});
