/** Faults that lose nothing: they cut, gather and delay. */
import assert from "node:assert/strict";
import { now, sleep } from "../lib/clock.ts";
import {
  coalesce,
  compose,
  connectionPair,
  type Fault,
  latency,
  memoryPair,
  pauseAt,
  shortWrites,
  slice,
  slowClose,
  throttle,
} from "../lib/testing/mod.ts";
import { Connection } from "../mod.ts";
import { counting, directions, pieces, read, receive, send, through } from "./fault_steps.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";
import { virtually } from "./virtual_time.ts";

for (const direction of directions) {
  test(`slice(n) gives chunks of n bytes, and loses none (${direction})`, async () => {
    const data = counting(1_000);
    for (const size of [1, 7, 333, 999, 1_000, 1_001]) {
      const { bytes, sizes } = await through(slice(size, { direction }), direction, [data], { capacity: 0 });
      assert.deepEqual(bytes, [...data]);
      assert.deepEqual(sizes, pieces(data, size).map(({ length }) => length));
    }
  });

  test(`X12: slices of 1 byte: 24 bytes are exactly 24 reads (${direction})`, async () => {
    const { bytes, sizes } = await through(slice(1, { direction }), direction, [counting(24)], { capacity: 0 });
    assert.deepEqual(bytes, [...counting(24)]);
    assert.equal(sizes.length, 24);
  });

  test(`X11: slices of 1024 ± 512 bytes: 480 KB are 240 to 720 reads, bytes equal (${direction})`, async () => {
    const data = counting(480_000);
    const fault = slice(1_024, { variation: 512, direction, seed: 3 });
    const { bytes, sizes } = await through(fault, direction, [data], { capacity: 0 });
    assert.deepEqual(new Uint8Array(bytes), data);
    assert.ok(sizes.length >= 240 && sizes.length <= 720, `${sizes.length} reads`);
    assert.ok(sizes.every((size) => size <= 1_536));
    assert.ok(new Set(sizes).size > 50, "of many sizes");
  });
}

test("slice() cuts the same way for the same seed, and each connection its own way", async () => {
  const run = async (seed: number): Promise<number[][]> => {
    const fault = slice(10, { variation: 9, seed });
    return [
      (await through(fault, "read", [counting(500)])).sizes,
      (await through(fault, "read", [counting(500)])).sizes,
    ];
  };
  const [one, again, other] = [await run(1), await run(1), await run(2)];
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
  assert.notDeepEqual(one[0], one[1]);
});

test("slice() refuses sizes that are none", () => {
  assert.throws(() => slice(0), { name: "RangeError", message: /size 0/ });
  assert.throws(() => slice(1.5), { name: "TypeError", message: /size 1.5/ });
  assert.throws(() => slice("1" as never), { name: "TypeError", message: /size "1"/ });
  assert.throws(() => slice(4, { variation: 4 }), { name: "RangeError", message: /variation 4: .*below the size, 4/ });
  assert.throws(() => slice(4, { variation: -1 }), { name: "RangeError", message: /variation -1/ });
});

/** An echo server on the other end of a line of these delays; how long a line of 32 KiB takes there and back. */
async function echo(up: Fault, down: Fault): Promise<{ there: number; back: number }> {
  const [here, there] = memoryPair();
  const client = new Connection(here, { wrap: compose(up, down) });
  const server = new Connection(there);
  const line = "x".repeat(32_767);
  const started = now();
  void client.writer.write(`${line}\n`);
  assert.equal(await server.reader.readLine(), line);
  const arrived = now();
  void server.writer.write(`${line}\n`);
  assert.equal(await client.reader.readLine(), line);
  const back = now() - arrived;
  client.abort();
  server.abort();
  return { there: arrived - started, back };
}

for (const [up, down] of [[100, 0], [0, 100], [100, 100], [1_000, 100], [100, 1_000], [0, 0]] as const) {
  test(`X01–X06: a line of 32 KiB through an echo server over a latency of ${up} ms up, ${down} ms down`, async () => {
    await virtually(async () => {
      const took = await echo(latency(up, { direction: "write" }), latency(down));
      assert.deepEqual(took, { there: up, back: down });
    });
  });
}

test("X01–X06 on the real clock: never early", async () => {
  const { there, back } = await echo(latency(30, { direction: "write" }), latency(50));
  assert.ok(there >= 30, String(there));
  assert.ok(back >= 50, String(back));
});

test("X07: two latencies of 500 ms are one of 1,000", async () => {
  await virtually(async () => {
    const took = await echo(latency(0), compose(latency(500), latency(500)));
    assert.equal(took.back, 1_000);
  });
});

for (const direction of directions) {
  test(`X08: latency() costs no bandwidth: 100 × 12 KB are in flight at once, and all arrive after 100 ms (${direction})`, async () => {
    const elapsed = await virtually(async () => {
      const data = counting(1_200_000);
      const { bytes } = await through(latency(100, { direction }), direction, pieces(data, 12_000));
      assert.deepEqual(new Uint8Array(bytes), data);
    });
    assert.equal(elapsed, 100);
  });

  test(`latency() with jitter keeps the order, and every delay within its bounds (${direction})`, async () => {
    await virtually(async () => {
      const [inner, peer] = memoryPair();
      const faulty = latency(100, { jitter: 50, direction, seed: 1 })(inner);
      const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
      const sent: number[] = [];
      const delays: number[] = [];
      const reading = (async () => {
        for (let piece = await read(to); piece !== null; piece = await read(to)) {
          for (const byte of piece) {
            assert.equal(byte, delays.length);
            delays.push(now() - sent[byte]!);
          }
        }
      })();
      for (let i = 0; i < 50; i++) {
        sent.push(now());
        await from.write([Uint8Array.of(i)]);
        await virtualPause(20);
      }
      await from.closeWrite();
      await reading;
      assert.equal(delays.length, 50);
      assert.ok(delays.every((delay) => delay >= 50 && delay <= 150), String(delays));
      assert.ok(new Set(delays.map(Math.round)).size > 10, "they differ");
      faulty.abort();
      peer.abort();
    });
  });

  test(`X10: throttle(): 480 KB at 1,000 KB/s take 480 ms, bytes equal (${direction})`, async () => {
    const elapsed = await virtually(async () => {
      const data = counting(480_000);
      const { bytes } = await through(throttle(1_000_000, { direction }), direction, pieces(data, 48_000));
      assert.deepEqual(new Uint8Array(bytes), data);
    });
    assert.equal(Math.round(elapsed), 480);
  });

  test(`throttle() saves nothing up while the line is idle (${direction})`, async () => {
    await virtually(async () => {
      const [inner, peer] = memoryPair();
      const faulty = throttle(1_000, { direction })(inner);
      const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
      for (let i = 0; i < 2; i++) {
        const started = now();
        const writing = from.write([counting(100)]);
        for (let left = 100; left > 0;) left -= (await read(to))!.length;
        await writing;
        assert.equal(Math.round(now() - started), 100);
        await virtualPause(10_000);
      }
      faulty.abort();
      peer.abort();
    });
  });

  test(`coalesce() gathers bytes until there are enough, or the first has waited, or the end (${direction})`, async () => {
    await virtually(async () => {
      const [inner, peer] = memoryPair();
      const faulty = coalesce(10, { within: 100, direction })(inner);
      const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
      const first = read(to);
      for (const piece of pieces(counting(10), 4)) {
        await virtualPause(10);
        await from.write([piece]);
      }
      assert.deepEqual([await first, now()], [[...counting(10)], 30], "enough: at once");
      await from.write([counting(3)]);
      assert.deepEqual([await read(to), now()], [[0, 1, 2], 130], "not enough: when the first has waited");
      const sending = send(from, counting(2));
      assert.deepEqual([await read(to), await read(to), now()], [[0, 1], null, 130], "the end: at once");
      await sending;
      faulty.abort();
      peer.abort();
    });
  });

  test(`pauseAt(n, ms): n bytes pass at once, the rest after ms (${direction})`, async () => {
    for (let n = 0; n <= 5; n++) {
      await virtually(async () => {
        const [inner, peer] = memoryPair();
        const faulty = pauseAt(n, 100, { direction })(inner);
        const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
        const sending = send(from, counting(6));
        const received: number[] = [];
        while (received.length < n) received.push(...(await read(to))!);
        assert.deepEqual([now(), received.length], [0, n]);
        while (received.length < 6) received.push(...(await read(to))!);
        assert.deepEqual([now(), received], [100, [...counting(6)]]);
        await sending;
        assert.equal(await read(to), null);
        faulty.abort();
        peer.abort();
      });
    }
  });

  test(`slowClose() delays the end alone (${direction})`, async () => {
    await virtually(async () => {
      const [inner, peer] = memoryPair();
      const faulty = slowClose(100, { direction })(inner);
      const [from, to] = direction === "read" ? [peer, faulty] : [faulty, peer];
      const sending = send(from, counting(3));
      assert.deepEqual([await read(to), now()], [[0, 1, 2], 0]);
      assert.deepEqual([await read(to), now()], [null, 100]);
      await sending;
      faulty.abort();
      peer.abort();
    });
  });
}

test("latency() holds no more than its capacity: then the sender waits", async () => {
  await virtually(async () => {
    const [inner, peer] = memoryPair();
    const faulty = latency(100, { direction: "write", capacity: 10 })(inner);
    await faulty.write([counting(10)]);
    assert.equal(now(), 0);
    await faulty.write([counting(1)]);
    assert.equal(now(), 100);
    faulty.abort();
    peer.abort();
  });
});

test("latency() delays a reset as it does bytes, and it comes behind them", async () => {
  await virtually(async () => {
    const [inner, peer] = memoryPair();
    const faulty = latency(100)(inner);
    const reading = read(faulty);
    await peer.write([counting(2)]);
    await virtualPause(50);
    peer.abort();
    assert.deepEqual([await reading, now()], [[0, 1], 100]);
    assert.equal((await rejection(read(faulty))).reason, "reset");
    assert.equal(now(), 150);
    faulty.abort();
  });
});

test("latency(): what was written is delivered although this end has closed meanwhile, then the end", async () => {
  await virtually(async () => {
    const [inner, peer] = memoryPair();
    const faulty = latency(100, { direction: "write" })(inner);
    await faulty.write([counting(3)]);
    await faulty.closeWrite();
    faulty.release();
    assert.deepEqual(await receive(peer), { bytes: [0, 1, 2], sizes: [3] });
    assert.equal(now(), 100);
  });
});

test("latency(): two connections close gracefully over it, and no timer is left", async () => {
  await virtually(async () => {
    await using pair = connectionPair({ wrap: latency(50, { direction: "both" }) });
    await pair.local.writer.write("x");
    const outcomes = await Promise.all([pair.local.close(), pair.peer.close()]);
    assert.deepEqual(outcomes.map(({ clean }) => clean), [true, true]);
  });
});

test("throttle() holds a writer back: no more is taken than has passed", async () => {
  await virtually(async () => {
    const [inner, peer] = memoryPair();
    const faulty = throttle(1_000, { direction: "write" })(inner);
    const writing = rejection(faulty.write([counting(1_000)]));
    await virtualPause(100);
    const taken = faulty.bytesTaken ?? 0;
    assert.ok(taken > 80 && taken <= 100, String(taken));
    faulty.abort();
    peer.abort();
    assert.equal((await writing).reason, "closed");
  });
});

test("throttle() on the real clock is never too fast", async () => {
  const started = now();
  await through(throttle(1_000_000), "read", [counting(100_000)]);
  assert.ok(now() - started >= 100);
});

test("shortWrites() takes a few bytes at a time, the same for the same seed, and progress can be seen", async () => {
  const run = async (seed: number): Promise<number[]> => {
    const [inner, peer] = memoryPair();
    const faulty = shortWrites(5, { seed })(inner);
    const writing = faulty.write([counting(100)]);
    const sizes: number[] = [];
    let sum = 0;
    while (sum < 100) {
      sizes.push((await read(peer))!.length);
      sum += sizes.at(-1)!;
      const taken = faulty.bytesTaken ?? 0;
      assert.ok(taken >= sum && taken <= sum + 5);
    }
    await writing;
    faulty.abort();
    peer.abort();
    return sizes;
  };
  let [one, again, other]: number[][] = [];
  await virtually(async () => void ([one, again, other] = [await run(1), await run(1), await run(2)]));
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
  assert.ok(one!.every((size) => size >= 1 && size <= 5));
  assert.ok(new Set(one).size > 2);
});

test("pauseAt({ probability }) pauses again and again, and loses nothing", async () => {
  const elapsed = await virtually(async () => {
    const data = counting(1_000);
    const { bytes } = await through(pauseAt({ probability: 0.01 }, 100), "read", [data]);
    assert.deepEqual(bytes, [...data]);
  });
  assert.ok(elapsed >= 300 && elapsed % 100 === 0 && elapsed <= 2_500, String(elapsed));
});

test("the paces refuse numbers that are none", () => {
  const bad: [() => unknown, string, RegExp][] = [
    [() => latency(-1), "RangeError", /ms -1/],
    [() => latency("1" as never), "TypeError", /ms 1/],
    [() => latency(Infinity), "RangeError", /ms Infinity/],
    [() => latency(5, { jitter: 6 }), "RangeError", /jitter 6: .*at most the delay, 5 ms/],
    [() => latency(5, { jitter: -1 }), "RangeError", /jitter -1/],
    [() => latency(5, { capacity: -1 }), "RangeError", /capacity -1/],
    [() => latency(5, null as never), "TypeError", /options null/],
    [() => throttle(0), "RangeError", /bytesPerSecond 0/],
    [() => throttle(Infinity), "RangeError", /bytesPerSecond Infinity/],
    [() => throttle("1" as never), "TypeError", /bytesPerSecond 1/],
    [() => coalesce(0), "RangeError", /size 0/],
    [() => coalesce(1, { within: NaN }), "RangeError", /within NaN/],
    [() => pauseAt(0, -1), "RangeError", /ms -1/],
    [() => slowClose(-1), "RangeError", /ms -1/],
    [() => shortWrites(0), "RangeError", /most 0/],
    [() => shortWrites(1.5), "TypeError", /most 1.5/],
  ];
  for (const [call, name, message] of bad) assert.throws(call, { name, message });
});

/** Lets virtual time pass. */
function virtualPause(ms: number): Promise<void> {
  return sleep(ms).done;
}
