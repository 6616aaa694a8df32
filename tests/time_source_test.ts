import assert from "node:assert/strict";
import { Deadline, now, sleep } from "../lib/clock.ts";
import { type Ticking, type TimeSource, timeSource, useTimeSource } from "../lib/time_source.ts";
import { test } from "./harness.ts";

/** A time that a test sets, with lists of what was asked of it. */
class ManualTime implements TimeSource {
  time = 1_000;
  readonly listed: Set<Ticking> = new Set();
  readonly timers: { at: number; callback: () => void }[] = [];
  held = 0;

  now(): number {
    return this.time;
  }

  add(deadline: Ticking): void {
    this.listed.add(deadline);
  }

  remove(deadline: Ticking): void {
    this.listed.delete(deadline);
  }

  hold(): void {
    this.held++;
  }

  after(ms: number, callback: () => void): () => void {
    this.timers.push({ at: this.time + ms, callback });
    return () => this.timers.pop();
  }
}

/** Runs `body` on a time of its own. */
async function onManualTime(body: (time: ManualTime) => void | Promise<void>): Promise<void> {
  const time = new ManualTime();
  const restore = useTimeSource(time);
  try {
    await body(time);
  } finally {
    restore();
  }
}

test("useTimeSource() tells another time until the former is put back", async () => {
  await onManualTime((time) => {
    time.time = 12_345;
    assert.equal(now(), 12_345);
  });
  assert.notEqual(now(), 12_345);
});

test("useTimeSource() gets the deadlines that are armed from now on", async () => {
  await onManualTime((time) => {
    const deadline = new Deadline(() => {});
    deadline.arm(50);
    assert.deepEqual([...time.listed].map(({ at }) => at), [1_050]);
    assert.equal(time.held, 1);
    deadline.dispose();
    assert.equal(time.listed.size, 0);
  });
});

test("useTimeSource() takes over a deadline when it is armed again", async () => {
  const deadline = new Deadline(() => {});
  deadline.arm(1_000_000);
  await onManualTime((time) => {
    assert.equal(time.listed.size, 0);
    deadline.arm(50); // And leaves the runtime's tick: Deno's sanitizers would find the interval.
    assert.deepEqual([...time.listed], [deadline]);
    assert.equal(deadline.at, 1_050);
  });
});

test("useTimeSource() leaves a deadline that is not armed again where it was", async () => {
  let due!: () => void;
  const fired = new Promise<void>((resolve) => due = resolve);
  new Deadline(due).arm(1);
  await onManualTime(() => fired);
});

test("sleep() asks the source in use", async () => {
  await onManualTime(async (time) => {
    const waiting = sleep(30);
    assert.deepEqual(time.timers.map(({ at }) => at), [1_030]);
    time.timers[0]!.callback();
    await waiting.done;
    waiting.cancel();
    assert.equal(time.timers.length, 0);
  });
});

test("TimeSource.after() of the runtime waits on when a timer of the runtime was early", async () => {
  const real = globalThis.setTimeout;
  let early = true;
  globalThis.setTimeout = ((callback: () => void, ms: number) => {
    if (!early) return real(callback, ms);
    early = false;
    return real(callback, 0);
  }) as typeof setTimeout;
  try {
    const started = timeSource.now();
    await new Promise<void>((resolve) => timeSource.after(15, resolve));
    assert.ok(timeSource.now() - started >= 15);
  } finally {
    globalThis.setTimeout = real;
  }
});
