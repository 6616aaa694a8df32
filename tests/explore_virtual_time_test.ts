import assert from "node:assert/strict";
import { Deadline, now, sleep } from "../lib/clock.ts";
import { VirtualTime } from "../lib/testing/explore/virtual_time.ts";
import { useVirtualTimers } from "../lib/testing/explore/virtual_timers.ts";
import { useTimeSource } from "../lib/time_source.ts";
import { test } from "./harness.ts";

/** Runs `body` on virtual time, with virtual timers. */
async function virtually(body: (time: VirtualTime) => void | Promise<void>): Promise<void> {
  const time = new VirtualTime();
  const restore = [useTimeSource(time), useVirtualTimers(time)];
  try {
    await body(time);
  } finally {
    for (const putBack of restore) putBack();
  }
}

test("VirtualTime.jump() jumps to the next deadline and lets it happen", async () => {
  await virtually((time) => {
    const due: string[] = [];
    new Deadline(() => due.push("late")).arm(5_000);
    new Deadline(() => due.push("early")).arm(1_000);
    assert.equal(time.jump(), true);
    assert.deepEqual([due, now()], [["early"], 1_000]);
    assert.equal(time.jump(), true);
    assert.deepEqual([due, now()], [["early", "late"], 5_000]);
    assert.equal(time.jump(), false);
  });
});

test("VirtualTime.jump() sees progress when it was made, not at the end of the jump", async () => {
  await virtually((time) => {
    let [moved, due] = [0, 0];
    new Deadline(() => due++, () => moved).arm(100);
    time.after(60, () => moved++);
    time.jump(); // 60: it moves.
    time.jump(); // The deadline now is at 160.
    assert.deepEqual([now(), due], [160, 1]);
  });
});

test("VirtualTime.jump() calls back timers, and not those that were taken back", async () => {
  await virtually(async (time) => {
    const waiting = sleep(50);
    sleep(20).cancel();
    assert.equal(time.jump(), true);
    await waiting.done;
    assert.equal(now(), 50);
    assert.equal(time.jump(), false);
  });
});

test("VirtualTime.pending() counts what is armed", async () => {
  await virtually((time) => {
    const deadline = new Deadline(() => {});
    deadline.arm(10);
    sleep(10);
    AbortSignal.timeout(10); // Keeps nothing alive.
    assert.deepEqual(time.pending(), { deadlines: 1, timers: 1 });
    deadline.disarm();
    assert.deepEqual(time.pending(), { deadlines: 0, timers: 1 });
  });
});

test("VirtualTime.clear() forgets what is armed, which can then be armed again", async () => {
  await virtually((time) => {
    let due = 0;
    const deadline = new Deadline(() => due++);
    deadline.arm(10);
    sleep(10);
    time.clear();
    assert.equal(time.jump(), false);
    deadline.arm(10);
    assert.equal(time.jump(), true);
    assert.equal(due, 1);
  });
});

test("useVirtualTimers() runs setTimeout with its arguments, once", async () => {
  await virtually((time) => {
    const calls: unknown[] = [];
    setTimeout((...args: unknown[]) => calls.push(args), 100, "a", "b");
    assert.equal(time.jump(), true);
    assert.equal(time.jump(), false);
    assert.deepEqual([calls, now()], [[["a", "b"]], 100]);
  });
});

test("useVirtualTimers() repeats setInterval until it is cleared", async () => {
  await virtually((time) => {
    let calls = 0;
    const interval = setInterval(() => calls++, 100);
    for (let i = 0; i < 3; i++) time.jump();
    clearInterval(interval);
    assert.equal(time.jump(), false);
    assert.deepEqual([calls, now()], [3, 300]);
  });
});

test("useVirtualTimers() lets an interval be cleared by its own call", async () => {
  await virtually((time) => {
    const interval = setInterval(() => clearInterval(interval), 100);
    assert.equal(time.jump(), true);
    assert.equal(time.jump(), false);
  });
});

test("useVirtualTimers() clears by number, too", async () => {
  await virtually((time) => {
    clearTimeout(Number(setTimeout(() => assert.fail("it was cleared"), 10)));
    assert.equal(time.jump(), false);
  });
});

test("useVirtualTimers() clears the timers of the runtime that were set before", async () => {
  const before = setTimeout(() => assert.fail("it was cleared"), 1); // Or Deno's sanitizers find it.
  await virtually(() => clearTimeout(before));
});

test("useVirtualTimers() aborts AbortSignal.timeout with a TimeoutError", async () => {
  await virtually((time) => {
    const signal = AbortSignal.timeout(500);
    assert.equal(signal.aborted, false);
    time.jump();
    assert.equal(signal.reason.name, "TimeoutError");
  });
});

test("useVirtualTimers() lets Date.now go on from the real time", async () => {
  const real = Date.now();
  await virtually((time) => {
    assert.ok(Math.abs(Date.now() - real) < 10_000);
    const started = Date.now();
    time.after(60_000, () => {});
    time.jump();
    assert.equal(Date.now() - started, 60_000);
  });
});
