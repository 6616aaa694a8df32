import assert from "node:assert/strict";
import { watchUnhandled } from "../lib/runtime/unhandled.ts";
import { turn } from "../lib/testing/explore/idle.ts";
import { test } from "./harness.ts";
import { onBun } from "./raw_peers.ts";

// `bun test` takes them before anybody else, and fails the test that runs.
if (!onBun) {
  test("watchUnhandled() tells what nobody has handled, and nobody else hears of it", async () => {
    const told: unknown[] = [];
    const stop = watchUnhandled((reason) => told.push(reason));
    const reason = new Error("nobody handles it");
    void Promise.reject(reason);
    for (let i = 0; i < 3; i++) await turn();
    stop();
    assert.deepEqual(told, [reason]);
  });
}

test("watchUnhandled() tells nothing of what was handled", async () => {
  const told: unknown[] = [];
  const stop = watchUnhandled((reason) => told.push(reason));
  await Promise.reject(new Error("handled")).catch(() => {});
  for (let i = 0; i < 3; i++) await turn();
  stop();
  assert.deepEqual(told, []);
});
