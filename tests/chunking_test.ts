/**
 * The law of reading: the same bytes give the same results, errors and leftovers under every chunking.
 *
 * Random bytes are delivered in random pieces, random reads run over them, also interrupted ones, and every outcome is
 * compared with a reference that looks at the whole byte string.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Connection, type ReadIterator } from "../mod.ts";
import * as inputs from "./chunking/inputs.ts";
import { failure, type Outcome, outcomeOf, type Read } from "./chunking/reads.ts";
import { Reference } from "./chunking/reference.ts";
import { test } from "./harness.ts";
import { cut, PiecesTransport } from "./pieces_transport.ts";

/** Reads that may be given up with `keepOpen`, and must then have consumed nothing. */
const INTERRUPTIBLE = new Set(["read", "readExactly", "readUntil", "readLine", "readAll", "peek", "skipUntil"]);

/** A read, and after how many microtasks it is given up once before it is repeated. */
interface Step {
  read: Read;
  giveUpAfter: number | undefined;
}

function steps(read: fc.Arbitrary<Read>): fc.Arbitrary<Step[]> {
  const giveUpAfter = fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 3 });
  return fc.array(fc.record({ read, giveUpAfter }), { minLength: 1, maxLength: 12 });
}

/** Gives a read up in the middle; it may be done by then. */
async function interrupted({ reader }: Connection, { read, giveUpAfter }: Step): Promise<Outcome | undefined> {
  if (giveUpAfter === undefined || !INTERRUPTIBLE.has(read.call)) return undefined;
  const stop = new AbortController();
  let settled: Outcome | undefined;
  const running = outcomeOf(reader, read, { signal: stop.signal, keepOpen: true }).then(
    (outcome) => settled = outcome,
    (error) => assert.equal(error, stop.signal.reason),
  );
  for (let i = 0; i < giveUpAfter; i++) await Promise.resolve();
  stop.abort();
  await running;
  return settled;
}

async function compare(bytes: Uint8Array, sizes: number[], program: Step[]): Promise<void> {
  const connection = new Connection(new PiecesTransport(cut(bytes, sizes)));
  const reference = new Reference(bytes);
  try {
    for (const step of program) {
      const buffered = connection.reader.bufferedBytes;
      const actual = await interrupted(connection, step) ?? await outcomeOf(connection.reader, step.read);
      const chunk = "value" in actual && actual.value instanceof Uint8Array ? actual.value.length : 0;
      assert.deepEqual(actual, reference.expect(step.read, step.read.call === "tryReadLine" ? buffered : chunk));
      if (reference.over) return;
    }
    assert.deepEqual(await connection.reader.readAll(), reference.rest);
  } finally {
    connection.abort();
  }
}

for (const [call, read] of Object.entries(inputs.reads)) {
  test(`Reader.${call}() gives the same under every chunking`, async () => {
    // Without something that moves on, a synchronous read would never see the second chunk.
    const one = call === "tryReadLine" || call === "peek" ? fc.oneof(read, inputs.reads.read) : read;
    await fc.assert(fc.asyncProperty(inputs.stream, inputs.chunking, steps(one), compare), { numRuns: 300 });
  });
}

test("Reader: any sequence of reads gives the same under every chunking", async () => {
  const any = fc.oneof(...Object.values(inputs.reads));
  await fc.assert(fc.asyncProperty(inputs.stream, inputs.chunking, steps(any), compare), { numRuns: 1_000 });
});

test("Reader: any sequence of reads gives the same when records and chunks outgrow the buffers", async () => {
  await fc.assert(
    fc.asyncProperty(inputs.longStream, inputs.longChunking, steps(inputs.longReads), compare),
    { numRuns: 150 },
  );
});

/** All that an iteration gives: items and errors, up to its end or an error that repeats itself for ever. */
async function events(iterator: ReadIterator<unknown>, flatten: boolean): Promise<Outcome[]> {
  const seen: Outcome[] = [];
  for (;;) {
    try {
      const { done, value } = await iterator.next();
      if (done) return seen;
      if (flatten) seen.push(...(value as unknown[]).map((item) => ({ value: item })));
      else seen.push({ value });
    } catch (error) {
      const outcome = failure(error);
      seen.push(outcome);
      if (!("malformed" in outcome)) return seen;
    }
  }
}

function expectedEvents(bytes: Uint8Array, read: Read): Outcome[] {
  const reference = new Reference(bytes);
  const seen: Outcome[] = [];
  for (;;) {
    const outcome = reference.expect(read, 0);
    if ("value" in outcome && outcome.value === null) return seen;
    seen.push(outcome);
    if ("limit" in outcome || reference.over) return seen;
  }
}

for (const batches of [false, true]) {
  test(`Reader.lines()${batches ? ".batches()" : ""} gives the same lines and errors under every chunking`, async () => {
    await fc.assert(
      fc.asyncProperty(inputs.stream, inputs.chunking, inputs.reads.readLine, async (bytes, sizes, read) => {
        assert.ok(read.call === "readLine");
        const connection = new Connection(new PiecesTransport(cut(bytes, sizes)));
        const lines = connection.reader.lines(read);
        assert.deepEqual(await events(batches ? lines.batches() : lines, batches), expectedEvents(bytes, read));
        connection.abort();
      }),
      { numRuns: 500 },
    );
  });
}

test("Reader.chunks().batches() gives the same bytes under every chunking", async () => {
  await fc.assert(fc.asyncProperty(inputs.stream, inputs.chunking, async (bytes, sizes) => {
    const connection = new Connection(new PiecesTransport(cut(bytes, sizes)));
    const seen: number[] = [];
    for await (const batch of connection.reader.chunks().batches()) {
      for (const chunk of batch) seen.push(...chunk);
    }
    assert.deepEqual(seen, [...bytes]);
    connection.abort();
  }));
});
