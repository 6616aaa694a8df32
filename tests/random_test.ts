import assert from "node:assert/strict";
import { Random } from "../lib/testing/random.ts";
import { test } from "./harness.ts";

const ten = (random: Random): number[] => Array.from({ length: 10 }, () => random.below(1_000));

test("Random gives the same numbers for the same seed, others for another", () => {
  assert.deepEqual(ten(new Random(7)), ten(new Random(7)));
  assert.notDeepEqual(ten(new Random(7)), ten(new Random(8)));
});

test("Random.below() reaches every number, and never the end", () => {
  const random = new Random(1);
  const seen = new Set(Array.from({ length: 1_000 }, () => random.below(6)));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
});

test("Random.next() is from 0 to below 1, and about a half on average", () => {
  const random = new Random(1);
  const numbers = Array.from({ length: 10_000 }, () => random.next());
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  assert.ok(Math.abs(numbers.reduce((sum, number) => sum + number) / 10_000 - 0.5) < 0.02);
});

test("Random.fork() has numbers of its own, whatever is drawn from its parent afterwards", () => {
  const [a, b] = [new Random(3), new Random(3)];
  const [forkA, forkB] = [a.fork(), b.fork()];
  ten(b);
  assert.deepEqual(ten(forkA), ten(forkB));
  assert.notDeepEqual(ten(a.fork()), ten(forkA));
});

test("Random.pick() picks one of these", () => {
  const random = new Random(1);
  assert.deepEqual([...new Set(Array.from({ length: 100 }, () => random.pick(["a", "b"])))].sort(), ["a", "b"]);
});
