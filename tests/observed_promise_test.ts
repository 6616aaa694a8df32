import assert from "node:assert/strict";
import process from "node:process";
import { observed } from "../lib/observed_promise.ts";
import { test } from "./harness.ts";

const FAILED = new Error("it failed");

/** A promise under observation, how often its rejection was reported, and how to settle it. */
function observing(): {
  promise: Promise<void>;
  reports: () => number;
  resolve: () => void;
  reject: () => Promise<void>;
} {
  let reports = 0;
  let settle!: { resolve: () => void; reject: (error: unknown) => void };
  const work = new Promise<void>((resolve, reject) => settle = { resolve, reject });
  return {
    promise: observed(work, () => reports++),
    reports: () => reports,
    resolve: () => settle.resolve(),
    async reject() {
      settle.reject(FAILED);
      await nextTurn(); // By now whatever hears of it has heard.
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

test("observed() settles as the work does", async () => {
  const [good, bad] = [observing(), observing()];
  good.resolve();
  assert.equal(await good.promise, undefined);
  await bad.reject();
  await assert.rejects(bad.promise, (error) => error === FAILED);
});

test("observed() reports a rejection that is awaited afterwards", async () => {
  const { promise, reports, reject } = observing();
  await reject();
  assert.equal(reports(), 0);
  await promise.catch(() => {});
  assert.ok(reports() > 0);
});

test("observed() reports a rejection that was awaited before", async () => {
  const { promise, reports, reject } = observing();
  const awaiting = (async () => await promise)().catch(() => {});
  await reject();
  await awaiting;
  assert.ok(reports() > 0);
});

test("observed() reports nothing when nobody looks", async () => {
  const { reports, reject } = observing();
  await reject();
  assert.equal(reports(), 0);
});

test("observed() reports nothing when the work succeeds", async () => {
  const { promise, reports, resolve } = observing();
  resolve();
  await promise;
  assert.equal(reports(), 0);
});

test("observed() sees every way of looking", async () => {
  const ways: Record<string, (promise: Promise<void>) => Promise<unknown>> = {
    "await": async (promise) => await promise,
    "then": (promise) => promise.then(() => {}),
    "catch": (promise) => promise.catch(() => {}),
    "finally": (promise) => promise.finally(() => {}),
    "Promise.all": (promise) => Promise.all([promise]),
    "Promise.allSettled": (promise) => Promise.allSettled([promise]),
    "Promise.race": (promise) => Promise.race([promise]),
    "return": (promise) => (async () => await Promise.resolve(promise))(),
  };
  for (const [name, look] of Object.entries(ways)) {
    const { promise, reports, reject } = observing();
    await reject();
    await look(promise).catch(() => {});
    assert.ok(reports() > 0, name);
  }
});

test("observed() is never an unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  try {
    await observing().reject();
    await nextTurn();
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
  assert.deepEqual(unhandled, []);
});

test("observed() costs no other promise its constructor", async () => {
  const { promise, resolve } = observing();
  resolve();
  const derived = promise.then(() => "a plain one");
  assert.equal(Object.getPrototypeOf(derived), Promise.prototype);
  assert.equal(await derived, "a plain one");
});
