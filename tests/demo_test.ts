/** The demo, as it is shipped: everything as promised, and it notices when not. */
import assert from "node:assert/strict";
import { test } from "./harness.ts";
import { type ProgramResult, runProgram } from "./program.ts";

function demo(...options: string[]): Promise<ProgramResult> {
  return runProgram(["deno", "run", "-A", "examples/demo/main.ts", ...options]);
}

const lastLine = (output: string): string => output.trimEnd().split("\n").at(-1)!;

test("demo lives through every way to end as promised, and leaves no socket open", async () => {
  const { code, stdout, stderr } = await demo();
  assert.equal(lastLine(stdout), "demo: 13 of 13 as promised, 0 sockets open", stdout + stderr);
  assert.equal(code, 0);
});

test("demo --leak exits with 1: the socket that was kept is counted", async () => {
  const { code, stdout, stderr } = await demo("--leak");
  assert.equal(lastLine(stdout), "demo: 13 of 13 as promised, 1 socket open", stdout + stderr);
  assert.equal(code, 1);
});

test("demo --expect reset=closed exits with 1: another reason was caught", async () => {
  const { code, stdout, stderr } = await demo("--expect", "reset=closed");
  assert.match(stdout, /✗ promised was reason "closed"/, stdout + stderr);
  assert.equal(lastLine(stdout), "demo: 12 of 13 as promised, 0 sockets open");
  assert.equal(code, 1);
});

test("demo --expect refuses an ending that it does not know", async () => {
  const { code, stderr } = await demo("--expect", "nonsense=closed");
  assert.match(stderr, /Cannot expect "nonsense"/);
  assert.equal(code, 1);
});
