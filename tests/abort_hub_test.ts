import assert from "node:assert/strict";
import { onAbort } from "../lib/abort_hub.ts";
import { test } from "./harness.ts";

/** A signal that counts its listeners. */
function countingSignal(): { controller: AbortController; listeners: () => number; added: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let [listeners, added] = [0, 0];
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>): void => {
    listeners++;
    added++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
    listeners--;
    remove(...args);
  };
  return { controller, listeners: () => listeners, added: () => added };
}

test("onAbort() puts one listener on a signal, however many wait", () => {
  const { controller, listeners } = countingSignal();
  for (let i = 0; i < 1_000; i++) onAbort(controller.signal, () => {});
  assert.equal(listeners(), 1);
});

test("onAbort() wakes everybody who waits, in order", () => {
  const controller = new AbortController();
  const woken: number[] = [];
  for (const who of [1, 2, 3]) onAbort(controller.signal, () => woken.push(who));
  controller.abort();
  assert.deepEqual(woken, [1, 2, 3]);
});

test("onAbort() wakes those who wait on this signal only", () => {
  const [controller, other] = [new AbortController(), new AbortController()];
  const woken: string[] = [];
  onAbort(controller.signal, () => woken.push("this"));
  onAbort(other.signal, () => woken.push("other"));
  controller.abort();
  assert.deepEqual(woken, ["this"]);
});

test("onAbort() does not wake who has stopped waiting", () => {
  const controller = new AbortController();
  const woken: string[] = [];
  const stop = onAbort(controller.signal, () => woken.push("stopped"));
  onAbort(controller.signal, () => woken.push("waiting"));
  stop();
  controller.abort();
  assert.deepEqual(woken, ["waiting"]);
});

test("onAbort() leaves nothing on a signal on which nobody waits", () => {
  const { controller, listeners } = countingSignal();
  const stops = [1, 2, 3].map(() => onAbort(controller.signal, () => {}));
  stops[0]!();
  stops[1]!();
  assert.equal(listeners(), 1);
  stops[2]!();
  assert.equal(listeners(), 0);
});

test("onAbort() can be stopped twice, also after the abort", () => {
  const { controller, listeners } = countingSignal();
  let woken = 0;
  const stop = onAbort(controller.signal, () => woken++);
  stop();
  onAbort(controller.signal, () => woken++);
  stop();
  assert.equal(listeners(), 1); // The second stop is not the other one's.
  controller.abort();
  stop();
  assert.equal(woken, 1);
});

test("onAbort() listens again after everybody had stopped", () => {
  const { controller, added } = countingSignal();
  let woken = 0;
  onAbort(controller.signal, () => woken++)();
  onAbort(controller.signal, () => woken++);
  controller.abort();
  assert.deepEqual([added(), woken], [2, 1]);
});

test("onAbort() lets a waiter wait for something else while it is woken", () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const woken: string[] = [];
  onAbort(first.signal, () => {
    woken.push("first");
    onAbort(second.signal, () => woken.push("second"));
  });
  first.abort();
  second.abort();
  assert.deepEqual(woken, ["first", "second"]);
});
