/** Faults that end a connection, or stop it, at a moment: exactly there, in both directions, whatever the chunks are. */
import assert from "node:assert/strict";
import { connect, listen } from "../mod.ts";
import {
  acceptThenSilence,
  blackhole,
  compose,
  connectionPair,
  corruptAt,
  dropAt,
  dropTailAt,
  duplicateAt,
  endAt,
  failAt,
  type Fault,
  type FaultTrigger,
  halfCloseAt,
  memoryPair,
  pauseAt,
  type RandomFaultOptions,
  refuse,
  resetAt,
  slice,
  sometimes,
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
      /^Cannot write to .*: the peer took no byte for 1\.0 s \(.*10 written, 19990 unsent.*\); dial again, or give it more/,
    );
  });
});

for (const direction of directions) {
  test(`X13–X18: endAt(100): 50 bytes → 50; 100 → 100; 150 → the first 100; 4 × 25 → all; 90 + 20 → 90 + 10 (${direction})`, async () => {
    const cases: [number[], number][] = [[[50], 50], [[100], 100], [[150], 100], [[25, 25, 25, 25], 100], [
      [90, 20],
      100,
    ]];
    for (const [chunks, expected] of cases) {
      let at = 0;
      const all = counting(200);
      const sent = chunks.map((length) => all.subarray(at, at += length));
      const { bytes, sizes, reason } = await through(endAt(100, { direction }), direction, sent, { capacity: 0 });
      assert.deepEqual(bytes, [...all.subarray(0, expected)], String(chunks));
      assert.equal(reason, undefined);
      assert.deepEqual(sizes.at(-1), chunks.length === 2 ? 10 : Math.min(chunks[0]!, 100));
    }
  });

  test(`X18: endAt(0) lets nothing through, X21: and the end of stream ends it (${direction})`, async () => {
    assert.deepEqual(await through(endAt(0, { direction }), direction, [data]), { bytes: [], sizes: [] });
    assert.deepEqual(await through(endAt(100, { direction }), direction, [data]), { bytes: [...data], sizes: [12] });
  });

  test(`endAt(n) and halfCloseAt(n): exactly n bytes pass (${direction}), then the end, at every n and chunking`, async () => {
    for (const fault of [endAt, halfCloseAt]) {
      for (let n = 0; n <= data.length; n++) {
        for (const size of [1, 5, data.length]) {
          const received = await through(fault(n, { direction }), direction, pieces(data, size));
          assert.deepEqual(received.bytes, [...data.subarray(0, n)], `${fault.name} ${n} of pieces of ${size}`);
          assert.equal(received.reason, undefined);
        }
      }
    }
  });

  test(`dropTailAt(n): n bytes pass (${direction}), the rest is swallowed, the end passes, at every n and chunking`, async () => {
    for (let n = 0; n <= data.length; n++) {
      for (const size of [1, 5, data.length]) {
        const received = await through(dropTailAt(n, { direction }), direction, pieces(data, size));
        assert.deepEqual(received.bytes, [...data.subarray(0, n)]);
        assert.equal(received.reason, undefined);
      }
    }
  });

  test(`blackhole(n): n bytes pass (${direction}), then nothing does either way, at every n`, async () => {
    for (let n = 0; n <= data.length; n++) {
      const [inner, peer] = memoryPair();
      const faulty = blackhole(n, { direction })(inner);
      const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
      if (n > 0) await from.write([data]);
      const received: number[] = [];
      while (received.length < n) received.push(...(await read(to))!);
      assert.deepEqual(received, [...data.subarray(0, n)]);
      const readings = [read(faulty), read(peer)].map((reading) => reading.catch(({ reason }) => reason));
      await Promise.all([faulty.write([data]), peer.write([data])]);
      await rest();
      assert.equal(await Promise.race([...readings, "both wait"]), "both wait");
      faulty.abort();
      peer.abort();
      await Promise.all(readings);
    }
  });
}

test("endAt() ends both directions: the peer finds the end too, and this end's writes a broken pipe", async () => {
  const [inner, peer] = memoryPair();
  const faulty = endAt(2)(inner);
  await peer.write([data]);
  assert.deepEqual([await read(faulty), await read(faulty), await read(peer)], [[0, 1], null, null]);
  await assert.rejects(faulty.write([data]), { reason: "broken-pipe", code: "EPIPE" });
});

test("endAt({ after }) ends a connection on which nothing moves", async () => {
  const elapsed = await virtually(async () => {
    await using pair = connectionPair({ wrap: endAt({ after: 70 }) });
    assert.deepEqual(await Promise.all([pair.local.reader.read(), pair.peer.reader.read()]), [null, null]);
  });
  assert.equal(elapsed, 70);
});

test("halfCloseAt() leaves the other direction as it is", async () => {
  const [inner, peer] = memoryPair();
  const faulty = halfCloseAt(2)(inner);
  await peer.write([data]);
  assert.deepEqual([await read(faulty), await read(faulty)], [[0, 1], null]);
  await faulty.write([data]);
  assert.deepEqual(await read(peer), [...data]);
});

test("halfCloseAt() swallows what is written behind the end, and the half-close of this end", async () => {
  const [inner, peer] = memoryPair();
  const faulty = halfCloseAt(2, { direction: "write" })(inner);
  await faulty.write([data]);
  await faulty.write([data]);
  await faulty.closeWrite();
  assert.deepEqual([await read(peer), await read(peer)], [[0, 1], null]);
});

test("failAt() fails as the code says", async () => {
  const expected = { ETIMEDOUT: "timeout", EHOSTUNREACH: "unreachable", EPIPE: "broken-pipe", EWHATEVER: "other" };
  for (const [code, reason] of Object.entries(expected)) {
    const [inner, peer] = memoryPair();
    const faulty = failAt(1, code)(inner);
    await peer.write([data]);
    assert.deepEqual(await read(faulty), [0]);
    const error = await rejection(read(faulty));
    assert.deepEqual([error.reason, error.code, error.cause.code], [reason, code, code]);
  }
  assert.throws(() => failAt(0, 5 as never), { name: "TypeError", message: /code 5/ });
});

test("dropTailAt() leaves failures to be seen", async () => {
  const [inner, peer] = memoryPair();
  const faulty = dropTailAt(1)(inner);
  await peer.write([data]);
  peer.abort();
  assert.deepEqual(await read(faulty), [0]);
  await assert.rejects(read(faulty), { reason: "reset" });
});

test("acceptThenSilence() takes a window of bytes, then writes wait, and nothing is ever read", async () => {
  const [inner, peer] = memoryPair();
  const faulty = acceptThenSilence()(inner);
  await peer.write([data]);
  await peer.closeWrite();
  const pending = [read(faulty), read(peer)].map((reading) => reading.catch(({ reason }) => reason));
  await faulty.write([counting(65_536)]);
  pending.push(faulty.write([counting(1)]).catch(({ reason }) => reason));
  await rest();
  assert.equal(await Promise.race([...pending, "all wait"]), "all wait");
  faulty.abort();
  assert.deepEqual(await Promise.all(pending), ["closed", "reset", "closed"]);
});

test("blackhole() hides an end and a reset of the peer, both ways", async () => {
  const [inner, peer] = memoryPair();
  const faulty = blackhole()(inner);
  const reading = read(faulty).catch(({ reason }) => reason);
  void faulty.closeWrite().catch(() => {});
  peer.abort();
  await faulty.write([data]);
  await rest();
  assert.equal(await Promise.race([reading, "waits"]), "waits");
  faulty.abort();
  assert.equal(await reading, "closed");
});

test("blackhole({ after }) strikes both directions at once", async () => {
  await virtually(async () => {
    await using pair = connectionPair({ wrap: blackhole({ after: 100 }), readTimeout: 500 });
    await pair.peer.writer.write("ok\n");
    assert.equal(await pair.local.reader.readLine(), "ok");
    await Promise.all([
      assert.rejects(pair.local.reader.read(), { reason: "timeout" }),
      assert.rejects(pair.peer.reader.read(), { reason: "timeout" }),
    ]);
  });
});

test("refuse(2, 4) resets the second and the fourth connection before a byte has passed, and no other", async () => {
  const wrap = refuse(2, 4);
  const outcomes: string[] = [];
  for (let nth = 1; nth <= 5; nth++) {
    await using pair = connectionPair({ wrap });
    await pair.peer.writer.write("welcome").catch(() => {});
    outcomes.push(await pair.local.reader.read().then((chunk) => String(chunk!.length), (error) => error.reason));
  }
  assert.deepEqual(outcomes, ["7", "reset", "7", "reset", "7"]);
});

test("refuse() without numbers refuses all, and refuses numbers that are none", () => {
  const wrap = refuse();
  for (let nth = 0; nth < 3; nth++) assert.notEqual(wrap(memoryPair()[0]).constructor.name, "MemoryTransport");
  assert.throws(() => refuse(0), { name: "RangeError", message: /nth 0/ });
  assert.throws(() => refuse(1.5), { name: "TypeError", message: /nth 1.5/ });
});

test("refuse(1): connect() resolves, the first operation rejects, and the server sees a reset or an end", async () => {
  await using listener = await listen({ port: 0 });
  await using client = await connect(listener.address, { wrap: refuse(1) });
  await using server = await listener.accept();
  await assert.rejects(client.reader.read(), { reason: "reset", bytesRead: 0 });
  await server.reader.read().catch(() => {});
});

test("compose() puts the first fault closest to the network", async () => {
  const [inner, peer] = memoryPair({ wrap: compose(corruptAt(0), duplicateAt(0, 1)) });
  await peer.write([Uint8Array.of(0, 0)]);
  const [a, b, c] = (await read(inner))!;
  assert.equal(a, b, "damaged first, then doubled");
  assert.notEqual(a, 0);
  assert.equal(c, 0);
  assert.throws(() => compose(slice(1), undefined as never), { name: "TypeError", message: /fault 1/ });
});

test("compose() of nothing is nothing", () => {
  const [inner] = memoryPair();
  assert.equal(compose()(inner), inner);
});

test("sometimes() chooses the same connections for the same seed", () => {
  const chosen = (probability: number, seed: number): string => {
    const fault = sometimes(probability, slice(1), { seed });
    return Array.from({ length: 64 }, () => {
      const [inner] = memoryPair();
      return fault(inner) === inner ? "." : "x";
    }).join("");
  };
  const half = (pattern: string): number => pattern.split("x").length - 1;
  assert.equal(chosen(0.5, 1), chosen(0.5, 1));
  assert.notEqual(chosen(0.5, 1), chosen(0.5, 2));
  assert.ok(half(chosen(0.5, 1)) > 16 && half(chosen(0.5, 1)) < 48);
  assert.equal(half(chosen(0, 1)), 0);
  assert.equal(half(chosen(1, 1)), 64);
});

test("sometimes() refuses what is no probability, no fault, no seed", () => {
  assert.throws(() => sometimes(-0.1, slice(1)), { name: "RangeError", message: /probability -0.1: .*from 0 to 1/ });
  assert.throws(() => sometimes(NaN, slice(1)), { name: "RangeError" });
  assert.throws(() => sometimes("1" as never, slice(1)), { name: "TypeError" });
  assert.throws(() => sometimes(1, undefined as never), { name: "TypeError", message: /fault/ });
  assert.throws(() => sometimes(1, slice(1), { seed: NaN }), { name: "TypeError", message: /seed NaN/ });
});

/** Faults with a trigger, for what all of them have in common. */
const triggered: Record<string, (when: FaultTrigger, options?: RandomFaultOptions) => Fault> = {
  resetAt,
  stallAt,
  endAt,
  halfCloseAt,
  blackhole,
  dropTailAt,
  corruptAt,
  failAt: (when, options) => failAt(when, "EIO", options),
  dropAt: (when, options) => dropAt(when, 1, options),
  duplicateAt: (when, options) => duplicateAt(when, 1, options),
  pauseAt: (when, options) => pauseAt(when, 1, options),
};

for (const [name, fault] of Object.entries(triggered)) {
  test(`${name}() refuses what is no trigger`, () => {
    const bad: [unknown, string, RegExp][] = [
      [-1, "RangeError", /trigger -1/],
      [1.5, "TypeError", /trigger 1.5/],
      [Infinity, "RangeError", /trigger Infinity/],
      ["4096", "TypeError", /trigger "4096"/],
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
