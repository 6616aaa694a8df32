/** Bytes accepted and not sent are never lost in silence, and never reported twice. */
import assert from "node:assert/strict";
import type { Connection } from "../mod.ts";
import { letBlock } from "./conformance/steps.ts";
import { type Ends, places } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection, until } from "./raw_peers.ts";

/** More than any kernel takes for a peer that does not read. */
const TOO_MUCH: Uint8Array = new Uint8Array(12 * 1_048_576);

/** Runs a block that uses a connection, to its end. */
async function usedFor(connection: Connection, work: (connection: Connection) => Promise<void>): Promise<void> {
  await using used = connection;
  await work(used);
}

/** Writes what nobody awaits to a peer that resets. */
async function loseToReset({ local, far }: Ends): Promise<void> {
  void local.writer.write(TOO_MUCH);
  await far.reset();
  await until(() => local.signal.aborted, "the reset is noticed");
}

/** What was printed as a warning while `work` ran; but for connections that earlier tests have forgotten. */
async function warningsOf(work: () => Promise<void>): Promise<string[]> {
  const printed: string[] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    const text = words.join(" ");
    if (!text.includes("was forgotten while it was open")) printed.push(text);
  };
  try {
    await work();
    await letBlock();
  } finally {
    console.warn = warn;
  }
  return printed;
}

for (const place of places) {
  const over = `over ${place.name}`;

  test(`R25: await using rejects once when unawaited bytes went to a peer that reset, ${over}`, async () => {
    await using ends = await place.open();
    const error = await rejection(usedFor(ends.local, () => loseToReset(ends)));
    assert.deepEqual([error.reason, error.operation], ["reset", "close"]);
    assert.ok(error.unsentBytes > 0);
    assert.equal((await ends.local.close()).unsentBytes, error.unsentBytes);
  });

  test(`R25: await using rejects once when the peer does not read, ${over}`, async () => {
    await using ends = await place.open({ closeTimeout: 20 });
    const error = await rejection(usedFor(ends.local, async ({ writer }) => {
      void writer.write(TOO_MUCH);
      await letBlock();
    }));
    assert.equal(error.reason, "timeout");
    assert.equal((await ends.local.close()).error?.reason, "timeout");
  });

  test(`R25: await using is quiet after a read has reported the reset, ${over}`, async () => {
    await using ends = await place.open();
    await usedFor(ends.local, async ({ reader }) => {
      await loseToReset(ends);
      assert.equal((await rejection(reader.read())).reason, "reset");
    });
    assert.ok((await ends.local.closed).unsentBytes > 0);
  });

  test(`R25: await using is quiet after own abort(), ${over}`, async () => {
    await using ends = await place.open();
    await usedFor(ends.local, (connection) => {
      void connection.writer.write(TOO_MUCH);
      connection.abort();
      return Promise.resolve();
    });
    assert.ok((await ends.local.closed).unsentBytes > 0);
  });

  test(`Connection[Symbol.dispose]() warns once when it loses bytes, ${over}`, async () => {
    await using ends = await place.open({ closeTimeout: 20 });
    const warnings = await warningsOf(async () => {
      {
        using connection = ends.local;
        void connection.writer.write(TOO_MUCH);
      }
      await ends.local.closed;
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^Warning: ConnectionAbortedError: Cannot close in order .* unsent/);
  });

  test(`Connection[Symbol.dispose]() closes in order, without a word, ${over}`, async () => {
    await using ends = await place.open();
    const warnings = await warningsOf(async () => {
      {
        using connection = ends.local;
        void connection.writer.write("last words");
      }
      const { bytes, ended } = await ends.far.received();
      assert.deepEqual([new TextDecoder().decode(bytes), ended], ["last words", true]);
      await ends.far.end();
      assert.equal((await ends.local.closed).clean, true);
    });
    assert.deepEqual(warnings, []);
  });
}

const [memory] = places;

/** The ways to look at a promise: each of them tells its caller of the error. */
const LOOKS: Record<string, (writing: Promise<void>) => Promise<unknown>> = {
  "await": async (writing) => await writing,
  "then()": (writing) => writing.then(),
  "catch()": (writing) => writing.catch(() => {}),
  "finally()": (writing) => writing.finally(() => {}),
  "Promise.all()": (writing) => Promise.all([writing]),
  "Promise.race()": (writing) => Promise.race([writing]),
  "Promise.allSettled()": (writing) => Promise.allSettled([writing]),
  "Promise.any()": (writing) => Promise.any([writing]),
};

for (const [name, look] of Object.entries(LOOKS)) {
  test(`A write that is looked at with ${name} has told its error: close() is quiet`, async () => {
    await using ends = await memory!.open();
    const writing = ends.local.writer.write(TOO_MUCH);
    const looking = look(writing).catch(() => {});
    await ends.far.reset();
    await until(() => ends.local.signal.aborted, "the reset is noticed");
    await looking;
    await ends.local.close();
  });

  test(`A write that is looked at with ${name} only after it has failed has told its error, too`, async () => {
    await using ends = await memory!.open();
    const writing = ends.local.writer.write(TOO_MUCH);
    await ends.far.reset();
    await until(() => ends.local.signal.aborted, "the reset is noticed");
    await letBlock();
    await look(writing).catch(() => {});
    await ends.local.close();
  });
}

test("A write that nobody looks at has told nobody: close() rejects with its reason", async () => {
  await using ends = await memory!.open();
  const writing = ends.local.writer.write(TOO_MUCH);
  await ends.far.reset();
  await until(() => ends.local.signal.aborted, "the reset is noticed");
  assert.equal((await rejection(ends.local.close())).reason, "reset");
  await rejection(writing);
});

test("close() does not report again what a pending write is told at that moment", async () => {
  await using ends = await memory!.open();
  const writing = rejection(ends.local.writer.write(TOO_MUCH));
  const closing = ends.local.close({ timeout: 10 });
  assert.ok((await closing).unsentBytes > 0);
  assert.equal((await writing).reason, "timeout");
});

test("Connection.close() tells of a loss once: another call gives the outcome", async () => {
  await using ends = await memory!.open();
  void ends.local.writer.write(TOO_MUCH);
  const error = await rejection(ends.local.close({ timeout: 10 }));
  assert.equal((await ends.local.close()).unsentBytes, error.unsentBytes);
});
