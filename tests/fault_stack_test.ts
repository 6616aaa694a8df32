/** Faults put around a connection and taken away while bytes flow: none is lost, none is out of order. */
import assert from "node:assert/strict";
import { endOfTurn, now, sleep } from "../lib/clock.ts";
import { FaultStack } from "../lib/testing/fault_stack.ts";
import {
  blackhole,
  coalesce,
  compose,
  type Fault,
  latency,
  memoryPair,
  resetAt,
  shortWrites,
  slice,
  slowClose,
  stallAt,
  throttle,
} from "../lib/testing/mod.ts";
import { Random } from "../lib/testing/random.ts";
import { WrappedTransport } from "../lib/testing/wrapped_transport.ts";
import type { Transport } from "../mod.ts";
import { counting, read, receive, rest } from "./fault_steps.ts";
import { test } from "./harness.ts";
import { reset } from "./manual_transport.ts";
import { rejection } from "./raw_peers.ts";
import { virtually } from "./virtual_time.ts";

const both = { direction: "both" } as const;

function stacked(capacity = 65_536): { stack: FaultStack; peer: Transport } {
  const [inner, peer] = memoryPair({ capacity });
  return { stack: new FaultStack(inner), peer };
}

/** One turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => endOfTurn(resolve));

/** The bytes of 16-bit numbers, from 0. */
function numbered(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * count);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) view.setUint16(2 * i, i);
  return bytes;
}

test("FaultStack without faults is undisturbed", async () => {
  const { stack, peer } = stacked();
  await stack.write([counting(3)]);
  assert.equal(stack.bytesTaken, 3);
  assert.deepEqual(await read(peer), [0, 1, 2]);
  await peer.write([counting(2)]);
  assert.deepEqual(await read(stack), [0, 1]);
  await stack.closeWrite();
  await peer.closeWrite();
  assert.deepEqual([await read(stack), await read(stack), await read(peer)], [null, null, null]);
});

test("FaultStack.add() disturbs a read that waits already", async () => {
  const { stack, peer } = stacked();
  const reading = read(stack);
  await rest();
  stack.add(slice(2));
  await peer.write([counting(5)]);
  assert.deepEqual([await reading, await read(stack), await read(stack)], [[0, 1], [2, 3], [4]]);
});

test("FaultStack.add() puts each fault on top of the others", async () => {
  const { stack, peer } = stacked();
  const order: string[] = [];
  const log = (name: string): Fault => (transport) =>
    new class extends WrappedTransport {
      override write(chunks: readonly Uint8Array[]): Promise<void> {
        order.push(name);
        return super.write(chunks);
      }
    }(transport);
  stack.add(log("first"));
  stack.add(log("second"));
  await stack.write([counting(1)]);
  assert.deepEqual(order, ["second", "first"]);
  assert.deepEqual(await read(peer), [0]);
});

test("FaultStack.add() leaves everything as it is when the fault throws", async () => {
  const { stack, peer } = stacked();
  const reading = read(stack);
  const broken = (): never => {
    throw new Error("no such fault");
  };
  assert.throws(() => stack.add(broken), /no such fault/);
  await peer.write([counting(2)]);
  assert.deepEqual(await reading, [0, 1]);
  await stack.write([counting(2)]);
  assert.deepEqual(await read(peer), [0, 1]);
});

test("StackedFault.remove() lets pass what the fault held, in order, in both directions", async () => {
  const { stack, peer } = stacked();
  const fault = stack.add(latency(1e6, both));
  const reading = read(stack);
  await stack.write([counting(3)]);
  await peer.write([counting(4)]);
  await rest();
  fault.remove();
  fault.remove();
  assert.deepEqual(await reading, [0, 1, 2, 3]);
  await stack.write([counting(1)]);
  await stack.closeWrite();
  assert.deepEqual((await receive(peer)).bytes, [0, 1, 2, 0]);
});

test("StackedFault.remove() frees a write that a stall held back", async () => {
  const { stack, peer } = stacked();
  const fault = stack.add(stallAt(1, both));
  const writing = stack.write([counting(3)]);
  await rest();
  fault.remove();
  await writing;
  assert.equal(stack.bytesTaken, 3);
  await stack.write([counting(1)]);
  await stack.closeWrite();
  assert.deepEqual((await receive(peer)).bytes, [0, 1, 2, 0]);
});

test("StackedFault.remove() takes out a fault that is not ours, when it lets go of what it holds at the end", async () => {
  /** Gathers everything that is read and written, until the end. */
  const hoard: Fault = (transport) => {
    let held: Uint8Array[] = [];
    let ended = false;
    return new class extends WrappedTransport {
      override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
        const all: number[] = [];
        while (!ended) {
          const piece = await read(transport);
          if (piece === null) ended = true;
          else all.push(...piece);
        }
        if (all.length === 0) return null;
        into.set(all);
        return all.length;
      }
      override write(chunks: readonly Uint8Array[]): Promise<void> {
        held.push(...chunks.map((chunk) => chunk.slice()));
        return Promise.resolve();
      }
      override async closeWrite(): Promise<void> {
        if (held.length > 0) await transport.write(held);
        held = [];
        await transport.closeWrite();
      }
    }(transport);
  };
  const { stack, peer } = stacked();
  const fault = stack.add(hoard);
  const reading = read(stack);
  await peer.write([counting(3)]);
  await stack.write([counting(2)]);
  await rest();
  fault.remove();
  assert.deepEqual(await reading, [0, 1, 2]);
  await peer.write([counting(1)]);
  assert.deepEqual(await read(stack), [0]);
  await stack.write([counting(1)]);
  await stack.closeWrite();
  assert.deepEqual((await receive(peer)).bytes, [0, 1, 0]);
});

test("StackedFault.remove() keeps a half-close that was under way a half-close", async () => {
  const { stack, peer } = stacked();
  const fault = stack.add(latency(1e6, both));
  await stack.write([counting(2)]);
  await stack.closeWrite();
  fault.remove();
  assert.deepEqual(await receive(peer), { bytes: [0, 1], sizes: [2] });
  await peer.closeWrite();
  assert.equal(await read(stack), null);
});

test("StackedFault.remove() is no end of stream, and no half-close", async () => {
  const { stack, peer } = stacked();
  for (let i = 0; i < 3; i++) {
    const fault = stack.add(slice(10, both));
    const reading = read(stack);
    const peerReading = read(peer);
    await rest();
    fault.remove();
    await rest();
    await peer.write([counting(1)]);
    await stack.write([counting(1)]);
    assert.deepEqual([await reading, await peerReading], [[0], [0]]);
  }
});

test("StackedFault.remove() takes out the one in the middle", async () => {
  const { stack, peer } = stacked();
  stack.add(slice(3));
  const middle = stack.add(stallAt(0, both));
  stack.add(slice(2));
  const reading = read(stack);
  await peer.write([counting(6)]);
  await rest();
  middle.remove();
  assert.equal((await reading)!.length, 2);
  const received = [];
  while (received.length < 4) received.push(...(await read(stack))!);
  assert.deepEqual(received, [2, 3, 4, 5]);
});

test("StackedFault.replace() puts the new one in the place of the old", async () => {
  const { stack, peer } = stacked();
  const first = stack.add(slice(5));
  stack.add(slice(2));
  const second = first.replace(slice(3));
  await peer.write([counting(9)]);
  const sizes = [];
  for (let sum = 0; sum < 9; sum += sizes.at(-1)!) sizes.push((await read(stack))!.length);
  assert.deepEqual(sizes, [2, 1, 1, 2, 2, 1], "what was cut at 3, 6 and 9 is cut at 2, 4, 6, 8 too");
  second.remove();
  await peer.write([counting(4)]);
  assert.deepEqual([(await read(stack))!.length, (await read(stack))!.length], [1, 2], "10, 12");
});

test("X19: counts go on while other faults come and go", async () => {
  const { stack, peer } = stacked();
  stack.add(resetAt(10));
  await peer.write([counting(20)]);
  const received = [];
  for (let i = 0; received.length < 10; i++) {
    const other = stack.add(slice(1 + i % 3));
    received.push(...(await read(stack))!);
    other.remove();
  }
  assert.deepEqual(received, [...counting(10)]);
  await assert.rejects(read(stack), { reason: "reset" });
});

test("X20: taking a fault away from a connection on which nothing moves returns, and does nothing else", async () => {
  const { stack, peer } = stacked();
  stack.add(stallAt(0, both)).remove();
  await rest();
  const reading = read(stack);
  await peer.write([counting(1)]);
  assert.deepEqual(await reading, [0]);
});

test("X22: a stall behind a latency, five writes, the latency is taken away: nothing hangs, nothing is lost", async () => {
  await virtually(async () => {
    const { stack, peer } = stacked();
    const delay = stack.add(latency(1_000));
    const stall = stack.add(stallAt(0));
    const reading = read(stack);
    for (let i = 0; i < 5; i++) await peer.write([counting(1)]);
    await sleep(10).done;
    delay.remove();
    await sleep(10).done;
    stall.remove();
    const received = [...(await reading)!];
    while (received.length < 5) received.push(...(await read(stack))!);
    assert.deepEqual(received, [0, 0, 0, 0, 0]);
    assert.equal(now(), 20);
    stack.abort();
    peer.abort();
  });
});

test("X32: taking faults away from a connection that is broken does not hang, and does not mend it", async () => {
  const { stack, peer } = stacked();
  const faults = [stack.add(latency(1e6, both)), stack.add(resetAt(0)), stack.add(slice(1, both))];
  await assert.rejects(read(stack), { reason: "reset" });
  for (const fault of faults) fault.remove();
  await assert.rejects(read(stack), { reason: "reset" });
  await assert.rejects(stack.write([counting(1)]), { reason: "reset" });
  await assert.rejects(read(peer), { reason: "reset" });
  stack.abort();
});

for (const way of ["release", "abort"] as const) {
  test(`FaultStack.${way}() wakes pending calls, lets go of the socket, and of the timers of every fault`, async () => {
    await virtually(async () => {
      const { stack, peer } = stacked();
      stack.add(latency(100));
      stack.add(resetAt({ after: 1_000 })).remove();
      stack.add(resetAt({ after: 1_000 }, both));
      stack.add(stallAt(0, both));
      const pending = [rejection(read(stack)), rejection(stack.write([counting(1)]))];
      await sleep(1).done;
      stack[way]();
      stack[way]();
      assert.deepEqual((await Promise.all(pending)).map(({ reason }) => reason), ["closed", "closed"]);
      const last = await receive(peer);
      assert.equal(last.reason, way === "abort" ? "reset" : undefined);
      stack.add(resetAt({ after: 1_000 })).remove();
      stack.add(resetAt({ after: 1_000 }));
      peer.abort();
    });
  });
}

test("FaultStack.release() still delivers what a latency holds", async () => {
  await virtually(async () => {
    const { stack, peer } = stacked();
    stack.add(latency(100, both));
    await stack.write([counting(3)]);
    await stack.closeWrite();
    stack.release();
    assert.deepEqual((await receive(peer)).bytes, [0, 1, 2]);
    assert.equal(now(), 100);
  });
});

test("FaultStack.watch() tells of a failure while nobody waits, through its faults", async () => {
  const [inner, peer] = memoryPair();
  let fail: (error: unknown) => void = () => {};
  const socket = Object.assign(new WrappedTransport(inner), { watch: (one: (error: unknown) => void) => fail = one });
  const stack = new FaultStack(socket);
  const told: string[] = [];
  stack.watch((error) => told.push((error as { reason: string }).reason));
  stack.add(slice(3));
  const cut = stack.add(blackhole(0));
  peer.abort();
  fail(reset());
  await rest();
  assert.deepEqual(told, [], "pulled: nobody hears");
  cut.remove();
  await rest();
  assert.deepEqual(told, ["reset"]);
});

test("FaultStack.watch() tells of a reset that a fault makes", async () => {
  await virtually(async () => {
    const { stack } = stacked();
    const told: string[] = [];
    stack.watch((error) => told.push((error as { reason: string }).reason));
    stack.add(resetAt({ after: 50 }));
    stack.add(slice(1));
    await sleep(60).done;
    assert.deepEqual(told, ["reset"]);
    stack.abort();
  });
});

test("X31: each connection has its own counts, from when the fault was added to it", async () => {
  const fault = resetAt(2);
  const [one, two] = [stacked(), stacked()];
  await one.peer.write([counting(1)]);
  await read(one.stack);
  for (const { stack, peer } of [one, two]) {
    stack.add(fault);
    await peer.write([counting(3)]);
    assert.deepEqual((await receive(stack)).bytes, [0, 1]);
  }
});

/** What may come and go without a byte being lost. */
const CALM: (() => Fault)[] = [
  () => slice(3, both),
  () => latency(1e6, both),
  () => coalesce(100, both),
  () => throttle(1, both),
  () => shortWrites(3),
  () => stallAt(7, both),
  () => slowClose(1e6, both),
  () => (transport) => transport,
  () => compose(latency(1e6, both), slice(2, both), stallAt(1, both)),
];

test("X29: 65,535 numbered chunks of 2 bytes while a latency of 1 s comes and goes: all, in order, then the end", async () => {
  const { stack, peer } = stacked(500);
  const data = numbered(65_535);
  let flapping = true;
  const flap = (async () => {
    for (let flaps = 1;; flaps++) {
      const fault = stack.add(latency(1_000, both));
      await turn();
      fault.remove();
      await turn();
      if (!flapping) return flaps;
    }
  })();
  const sending = (async () => {
    for (let at = 0; at < data.length; at += 2) {
      await peer.write([data.subarray(at, at + 2)]);
      if (at % 256 === 0) await turn(); // Memory never waits: nothing else would have its turn.
    }
    await peer.closeWrite();
  })();
  const { bytes, reason } = await receive(stack);
  flapping = false;
  await sending;
  assert.equal(reason, undefined);
  assert.deepEqual(new Uint8Array(bytes), data);
  assert.ok(await flap > 200, `${await flap} times`);
  stack.abort();
  peer.abort();
});

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`FaultStack loses nothing both ways while faults come and go at random (seed ${seed})`, async () => {
    const random = new Random(seed);
    const { stack, peer } = stacked(300);
    const data = numbered(3_000);
    let over = false;
    const flap = (async () => {
      const standing: { remove(): void; replace(fault: Fault): { remove(): void } }[] = [];
      while (!over) {
        const dice = random.below(3);
        if (dice === 0 && standing.length < 6) standing.push(stack.add(random.pick(CALM)()));
        else if (standing.length > 0) {
          const [one] = standing.splice(random.below(standing.length), 1);
          if (dice === 1) one!.remove();
          else standing.push(one!.replace(random.pick(CALM)()) as typeof standing[0]);
        }
        if (random.below(4) === 0) await turn();
        // Now and then all go: what never moves on would hold the test up, and is no loss.
        if (random.below(10) === 0) { for (const one of standing.splice(0)) one.remove(); }
      }
      for (const one of standing) one.remove();
    })();
    const send = async (to: Transport): Promise<void> => {
      const sizes = new Random(seed);
      for (let at = 0; at < data.length;) {
        const size = 1 + sizes.below(100);
        await to.write([data.subarray(at, at + size)]);
        await turn();
        at += size;
      }
      await to.closeWrite();
    };
    const [, , here, there] = await Promise.all([send(stack), send(peer), receive(stack), receive(peer)]);
    over = true;
    await flap;
    for (const received of [here, there]) {
      assert.equal(received.reason, undefined);
      assert.deepEqual(new Uint8Array(received.bytes), data);
    }
    stack.abort();
    peer.abort();
  });
}
