/**
 * Every async method of Reader, Writer, Connection and Framed, cut at every byte offset in every way.
 *
 * The methods are found by reflection and looked up in a table (`cuts/scenarios.ts`): a new one without a scenario fails
 * here. For a read the peer sends the first bytes of a message, for a write the transport takes the first bytes; then
 * comes the cut, and whatever the contract promises for it is checked (`cuts/read_run.ts`, `cuts/write_run.ts`).
 */
import assert from "node:assert/strict";
import process from "node:process";
import { Connection } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { memoryPlace, type Place, socketPlace } from "./cuts/ends.ts";
import { asyncMethods } from "./cuts/methods.ts";
import { cutRead } from "./cuts/read_run.ts";
import { MESSAGE, SCENARIOS } from "./cuts/scenarios.ts";
import { WAYS } from "./cuts/ways.ts";
import { cutWrite } from "./cuts/write_run.ts";
import { test } from "./harness.ts";

/** Runs at once: timeouts cost real time, so they share it. */
const AT_ONCE = 200;

/** Over sockets, so that a process with 1,024 descriptors has some left. */
const SOCKETS_AT_ONCE = 40;

/** A run that is still waiting after it hangs. */
const PATIENCE = 120_000;

const EVERY_OFFSET: readonly number[] = Array.from({ length: MESSAGE.length + 1 }, (_, offset) => offset);
const FEW_OFFSETS: readonly number[] = [0, 1, MESSAGE.length / 2, MESSAGE.length - 1, MESSAGE.length];

const methods: string[] = asyncMethods(() => new Connection(memoryPair({ capacity: 16 })[0]));

interface Run {
  readonly name: string;
  run(): Promise<void>;
}

function runsOf(place: Place, offsets: readonly number[]): Run[] {
  return methods.flatMap((method) => {
    const scenario = SCENARIOS.get(method);
    if (scenario === undefined) return [];
    return offsets.flatMap((offset) =>
      WAYS.map((way): Run => ({
        name: `${method} cut by ${way} after ${offset} bytes`,
        run: () =>
          scenario.kind === "read" ? cutRead(place, scenario, way, offset) : cutWrite(place, scenario, way, offset),
      }))
    );
  });
}

/** Runs all, so many at once; what failed, by name. */
async function failuresOf(runs: readonly Run[], atOnce: number): Promise<string[]> {
  const failures: string[] = [];
  const waiting = new Set<string>();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < runs.length) {
      const { name, run } = runs[next++]!;
      waiting.add(name);
      await run().catch((error: Error) => failures.push(`${name}: ${error.stack ?? error}`));
      waiting.delete(name);
    }
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hung = new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE));
  await Promise.race([hung, Promise.all(Array.from({ length: atOnce }, work))]);
  clearTimeout(timer);
  return [...failures, ...[...waiting].map((name) => `${name}: still waiting after ${PATIENCE / 1_000} s`)];
}

/** Cuts everything in one place; nothing may be left unhandled. */
async function cutEverything(place: Place, offsets: readonly number[], atOnce: number): Promise<number> {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  try {
    const runs = runsOf(place, offsets);
    const failures = await failuresOf(runs, atOnce);
    await new Promise((resolve) => setTimeout(resolve, 0)); // Rejections are reported after the microtasks.
    assert.equal(failures.length, 0, `${failures.length} of ${runs.length}:\n${failures.slice(0, 8).join("\n")}`);
    assert.deepEqual(unhandled, []);
    return runs.length;
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
}

test("cuts: every async method that reflection finds has a scenario, and every scenario a method", () => {
  assert.deepEqual([...methods].sort(), [...SCENARIOS.keys()].sort());
});

test("cuts: reflection finds methods by what they return", () => {
  for (const name of ["Reader.readExactly", "Reader.lines().batches().return", "Connection[Symbol.asyncDispose]"]) {
    assert.ok(methods.includes(name), name);
  }
  for (const name of ["Framed.receive", "Framed.send", "Framed.frames().batches().next"]) {
    assert.ok(methods.includes(name), name);
  }
  for (const name of ["Reader.tryReadLine", "Connection.abort", "Reader.lines", "Framed.tryReceive"]) {
    assert.ok(!methods.includes(name), name);
  }
});

test("cuts: every async method, at every byte offset, in every way, in memory", async () => {
  await using place = memoryPlace();
  const runs = await cutEverything(place, EVERY_OFFSET, AT_ONCE);
  const [m, o, w] = [methods.length, EVERY_OFFSET.length, WAYS.length];
  assert.equal(runs, m * o * w);
  console.log(`cuts: ${m} methods × ${o} offsets × ${w} ways = ${runs}`);
});

const RUNTIMES = "Deno" in globalThis ? ["auto", "node"] as const : ["auto"] as const;

for (const transport of ["tcp", "unix"] as const) {
  for (const runtime of RUNTIMES) {
    test(`cuts: every async method, at some offsets, in every way, over ${transport}, runtime "${runtime}"`, async () => {
      await using place = await socketPlace(transport, runtime);
      await cutEverything(place, FEW_OFFSETS, SOCKETS_AT_ONCE);
    });
  }
}
