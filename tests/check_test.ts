import assert from "node:assert/strict";
import { type Check, runChecks } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

function check(id: string, run: () => Promise<void>): Check {
  return { id, name: `${id} does something`, run };
}

test("runChecks() resolves when all hold", async () => {
  const ran: string[] = [];
  await runChecks(["1", "2"].map((id) => check(id, () => Promise.resolve(void ran.push(id)))));
  assert.deepEqual(ran, ["1", "2"]);
});

test("runChecks() goes on after a failure and names every check that failed", async () => {
  const why = new Error("because");
  const error = await rejection(runChecks([
    check("1", () => Promise.reject(why)),
    check("2", () => Promise.resolve()),
    check("3", () => Promise.reject("a string")),
  ]));
  assert.ok(error instanceof AggregateError);
  assert.deepEqual(error.errors, [why, "a string"]);
  assert.equal(
    error.message,
    "Cannot pass: 2 of 3 checks failed\n  1 does something: because\n  3 does something: a string",
  );
});
