import assert from "node:assert/strict";
import { checkTrigger, type FaultTrigger, Trigger } from "../lib/testing/faults/trigger.ts";
import { Random } from "../lib/testing/random.ts";
import { test } from "./harness.ts";
import { virtually } from "./virtual_time.ts";

/** A trigger, started, and how often it struck. */
function started(when: FaultTrigger, seed = 1): { trigger: Trigger; strikes: () => number } {
  let strikes = 0;
  const trigger = new Trigger(when, new Random(seed), () => strikes++);
  trigger.start();
  return { trigger, strikes: () => strikes };
}

test("Trigger strikes when so many bytes have passed, once", () => {
  const { trigger, strikes } = started(3);
  trigger.pass(2);
  assert.deepEqual([strikes(), trigger.left], [0, 1]);
  trigger.pass(1);
  assert.deepEqual([strikes(), trigger.fired], [1, true]);
  trigger.pass(1);
  assert.equal(strikes(), 1);
});

test("Trigger at byte 0 strikes when it starts", () => {
  const { strikes } = started(0);
  assert.equal(strikes(), 1);
});

test("Trigger with a time strikes then, whatever has passed", async () => {
  const elapsed = await virtually(async () => {
    const { trigger, strikes } = started({ after: 50 });
    trigger.pass(1_000_000);
    assert.equal(strikes(), 0);
    await new Promise<void>((resolve) => new Trigger({ after: 51 }, new Random(1), resolve).start());
    assert.equal(strikes(), 1);
  });
  assert.equal(elapsed, 51);
});

test("Trigger.dispose() takes the time back", async () => {
  await virtually(async () => {
    const { trigger, strikes } = started({ after: 50 });
    trigger.dispose();
    await new Promise<void>((resolve) => new Trigger({ after: 51 }, new Random(1), resolve).start());
    assert.equal(strikes(), 0);
  });
});

test("Trigger with a probability strikes at a byte that the seed decides, whatever the chunks are", () => {
  const at = (seed: number): number => started({ probability: 0.01 }, seed).trigger.left;
  assert.equal(at(5), at(5));
  const places = Array.from({ length: 2_000 }, (_, seed) => at(seed));
  const mean = places.reduce((sum, place) => sum + place) / places.length;
  assert.ok(mean > 90 && mean < 110, `about 99 bytes pass on average: ${mean}`);
  assert.ok(new Set(places).size > 200);
});

test("Trigger with probability 1 strikes at once", () => {
  assert.equal(started({ probability: 1 }).strikes(), 1);
});

test("Trigger.again() comes again with a probability, and never otherwise", () => {
  const often = started({ probability: 0.5 }).trigger;
  const places = Array.from({ length: 100 }, () => {
    const { left } = often;
    often.again();
    return left;
  });
  assert.ok(places.every((place, i) => i === 0 || place > places[i - 1]!), "always further on");
  assert.ok(places.at(-1)! > 150 && places.at(-1)! < 250, "about every second byte");
  const once = started(3).trigger;
  once.again();
  assert.equal(once.left, Infinity);
});

test("checkTrigger() takes bytes from 0, a time, a probability", () => {
  for (const when of [0, 5, { after: 0.5 }, { after: Infinity }, { probability: 1e-9 }, { probability: 1 }]) {
    checkTrigger(when);
  }
});
