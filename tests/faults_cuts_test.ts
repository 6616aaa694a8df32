/** Faults that end a connection, or stop it, at a moment: exactly there, in both directions, whatever the chunks are. */
import assert from "node:assert/strict";
import {
  connectionPair,
  type Fault,
  type FaultTrigger,
  memoryPair,
  type RandomFaultOptions,
  resetAt,
  stallAt,
} from "../lib/testing/mod.ts";
import { counting, directions, pieces, read, rest, through } from "./fault_steps.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";
import { virtually } from "./virtual_time.ts";

const data = counting(12);

for (const direction of directions) {
  test(`resetAt(n): exactly n bytes pass (${direction}), then both ends are reset, at every n and under every chunking`, async () => {
    for (let n = 0; n <= data.length; n++) {
      for (const size of [1, 5, data.length]) {
        const received = await through(resetAt(n, { direction }), direction, pieces(data, size));
        assert.deepEqual(received.bytes, [...data.subarray(0, n)], `${n} of pieces of ${size}`);
        assert.equal(received.reason, "reset");
      }
    }
  });

  test(`resetAt(n) passes everything when less than n bytes come (${direction})`, async () => {
    const received = await through(resetAt(13, { direction }), direction, [data]);
    assert.deepEqual(received.bytes, [...data]);
    assert.equal(received.reason, undefined);
  });

  test(`stallAt(n): exactly n bytes pass (${direction}), then nothing, at every n`, async () => {
    for (let n = 0; n <= data.length; n++) {
      const [inner, peer] = memoryPair();
      const faulty = stallAt(n, { direction })(inner);
      const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
      const writing = from.write([data]).then(() => from.closeWrite()).catch(() => {});
      const received: number[] = [];
      while (received.length < n) received.push(...(await read(to))!);
      const reading = read(to).catch(({ reason }) => reason);
      await rest();
      assert.equal(await Promise.race([reading, "still waits"]), "still waits");
      assert.deepEqual(received, [...data.subarray(0, n)]);
      faulty.abort();
      peer.abort();
      await Promise.all([reading, writing]);
    }
  });
}

test("resetAt() rejects as a real reset does: reason, code, initiator, and the bytes before it are read first", async () => {
  await using pair = connectionPair({ wrap: resetAt(3) });
  await pair.peer.writer.write("abcdef");
  const error = await rejection(pair.local.reader.readExactly(6));
  assert.deepEqual([error.reason, error.code, error.initiator], ["reset", "ECONNRESET", "peer"]);
  assert.equal(new TextDecoder().decode(error.partial), "abc");
  assert.equal((await rejection(pair.peer.reader.read())).reason, "reset");
});

test("resetAt({ after }) resets at that time, also while nothing moves", async () => {
  const elapsed = await virtually(async () => {
    await using pair = connectionPair({ wrap: resetAt({ after: 100 }) });
    await assert.rejects(pair.local.reader.read(), { reason: "reset" });
  });
  assert.equal(elapsed, 100);
});

test("resetAt({ after }) that has not struck leaves no timer behind", async () => {
  await virtually(async () => {
    await using pair = connectionPair({ wrap: resetAt({ after: 100 }, { direction: "both" }) });
    await Promise.all([pair.local.close(), pair.peer.close()]);
  });
});

test("stallAt() lets neither an end nor a reset through", async () => {
  for (const way of ["closeWrite", "abort"] as const) {
    const [inner, peer] = memoryPair();
    const faulty = stallAt(0)(inner);
    const reading = read(faulty).catch(({ reason }) => reason);
    await peer[way]();
    await rest();
    assert.equal(await Promise.race([reading, "still waits"]), "still waits");
    faulty.abort();
    assert.equal(await reading, "closed");
  }
});

test("stallAt() is noticed by timeouts alone", async () => {
  await virtually(async () => {
    await using pair = connectionPair({ wrap: stallAt(1), readTimeout: 1_000 });
    await pair.peer.writer.write("ab");
    await assert.rejects(pair.local.reader.readExactly(2), { reason: "timeout", bytesRead: 1 });
  });
});

test("X33: a write that is blocked times out, and the message says what to do", async () => {
  await virtually(async () => {
    await using pair = connectionPair({ wrap: stallAt(10, { direction: "write" }), writeTimeout: 1_000 });
    const error = await rejection(pair.local.writer.write(new Uint8Array(20_000)));
    assert.equal(error.reason, "timeout");
    assert.match(
      error.message,
      /^Cannot write to .*: the timeout of this side has passed \(.*10 written, 19990 unsent.*\); dial again, or give it more/,
    );
  });
});

/** Faults with a trigger, for what all of them have in common. */
export const triggered: Record<string, (when: FaultTrigger, options?: RandomFaultOptions) => Fault> = {
  resetAt,
  stallAt,
};

for (const [name, fault] of Object.entries(triggered)) {
  test(`${name}() refuses what is no trigger`, () => {
    const bad: [unknown, string, RegExp][] = [
      [-1, "RangeError", /trigger -1/],
      [1.5, "TypeError", /trigger 1.5/],
      [Infinity, "RangeError", /trigger Infinity/],
      ["4096", "TypeError", /trigger "4096"/],
      [undefined, "TypeError", /trigger undefined/],
      [null, "TypeError", /trigger null/],
      [{ after: 0 }, "RangeError", /after 0/],
      [{ after: "1" }, "TypeError", /after "1"/],
      [{ probability: 0 }, "RangeError", /probability 0/],
      [{ probability: 2 }, "RangeError", /probability 2/],
      [{}, "TypeError", /probability undefined/],
    ];
    for (const [when, error, message] of bad) {
      assert.throws(() => fault(when as FaultTrigger), { name: error, message }, String(when));
    }
  });

  test(`${name}() refuses wrong options`, () => {
    assert.throws(() => fault(1, 5 as never), { name: "TypeError", message: /options 5/ });
    assert.throws(() => fault(1, { direction: "up" as never }), { name: "TypeError", message: /direction "up"/ });
    assert.throws(() => fault(1, { seed: "1" as never }), { name: "TypeError", message: /seed 1/ });
  });
}
