import assert from "node:assert/strict";
import { Change } from "../lib/change.ts";
import { test } from "./harness.ts";

test("Change.next() is one promise for everybody who waits", () => {
  const change = new Change();
  assert.equal(change.next(), change.next());
});

test("Change.announce() wakes everybody who waits", async () => {
  const change = new Change();
  const all = Promise.all([change.next(), change.next()]);
  change.announce();
  assert.deepEqual(await all, [undefined, undefined]);
});

test("Change.announce() is not remembered: who comes later waits for the next one", async () => {
  const change = new Change();
  change.announce();
  const order: string[] = [];
  const woken = change.next().then(() => order.push("woken"));
  await Promise.resolve();
  order.push("announced");
  change.announce();
  await woken;
  assert.deepEqual(order, ["announced", "woken"]);
});

test("Change.next() after an announcement is a new wait", () => {
  const change = new Change();
  const before = change.next();
  change.announce();
  assert.notEqual(change.next(), before);
});
