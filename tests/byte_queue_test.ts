/**
 * ByteQueue against the simplest model there is, an array of numbers, and the promises about its memory one by one.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../lib/byte_queue.ts";
import { type Command, Twin } from "./byte_queue_twin.ts";
import { test } from "./harness.ts";

/** The block an idle queue waits with, and what a busy one fills at once: private numbers of ByteQueue. */
const IDLE_AREA = 1_024;
const AREA = 65_536;

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function text(view: Uint8Array): string {
  return new TextDecoder().decode(view);
}

/** One fill, as large as `data`. */
function fill(queue: ByteQueue, data: Uint8Array): void {
  queue.area().set(data);
  queue.commit(data.length);
}

/** One fill of all there is. */
function fillUp(queue: ByteQueue, byte: number): void {
  const area = queue.area().fill(byte);
  queue.commit(area.length);
}

function queueOf(data: string): ByteQueue {
  const queue = new ByteQueue();
  fill(queue, bytes(data));
  return queue;
}

test("ByteQueue.take() gives the first bytes and keeps the rest", () => {
  const queue = queueOf("abcdef");
  assert.equal(text(queue.take(2)), "ab");
  assert.equal(queue.length, 4);
  assert.equal(text(queue.take(4)), "cdef");
  assert.equal(queue.length, 0);
});

test("ByteQueue.take() of nothing gives an empty array of its own", () => {
  const queue = queueOf("a");
  assert.equal(queue.take(0).length, 0);
  assert.notEqual(queue.take(0), queue.take(0));
  assert.equal(queue.length, 1);
});

test("ByteQueue.take() hands out memory that no later fill writes", () => {
  const queue = queueOf("first");
  const taken = queue.take(5);
  for (let i = 0; i < 10; i++) fillUp(queue, i);
  assert.equal(text(taken), "first");
});

test("ByteQueue.take() hands out memory that a fill under way does not write", () => {
  const queue = queueOf("first");
  const area = queue.area();
  const taken = queue.take(5);
  area.fill(0xaa);
  queue.commit(3);
  assert.equal(text(taken), "first");
  assert.deepEqual(queue.take(3), new Uint8Array([0xaa, 0xaa, 0xaa]));
});

test("ByteQueue.take() of a small record does not keep a large block alive", () => {
  const queue = new ByteQueue();
  // A fill of the whole block asks for a large one.
  fill(queue, new Uint8Array(IDLE_AREA));
  queue.drop(IDLE_AREA);
  assert.equal(queue.area().length, AREA);
  queue.commit(10);
  assert.equal(queue.take(10).buffer.byteLength, 10);
});

test("ByteQueue.take() of one small record per fill makes few blocks", () => {
  const queue = new ByteQueue();
  const blocks = new Set<ArrayBuffer>();
  for (let i = 0; i < 100; i++) {
    fill(queue, new Uint8Array(64).fill(i));
    const taken = queue.take(64);
    assert.deepEqual(taken, new Uint8Array(64).fill(i));
    blocks.add(taken.buffer);
  }
  assert.ok(blocks.size <= 5, `${blocks.size} blocks`);
  for (const { byteLength } of blocks) assert.ok(byteLength <= 4_096, "a small record keeps little alive");
});

test("ByteQueue.take() of records out of a full block copies none of them", () => {
  const queue = new ByteQueue();
  fill(queue, new Uint8Array(IDLE_AREA));
  assert.equal(queue.take(100).buffer, queue.take(100).buffer);
});

test("ByteQueue.lend() lends the bytes where they are, until the next fill", () => {
  const queue = new ByteQueue();
  const area = queue.area();
  area.set(bytes("lent"));
  queue.commit(4);
  const lent = queue.lend(4);
  assert.equal(text(lent), "lent");
  assert.equal(lent.buffer, area.buffer);
  assert.equal(queue.length, 0);
});

test("ByteQueue.keepLent() keeps what was lent over the next fills", () => {
  const queue = queueOf("lent");
  const lent = queue.lend(4);
  queue.keepLent();
  for (let i = 0; i < 10; i++) fillUp(queue, i);
  assert.equal(text(lent), "lent");
});

test("ByteQueue.peek() takes nothing", () => {
  const queue = queueOf("abc");
  assert.equal(text(queue.peek(2)), "ab");
  assert.equal(queue.length, 3);
  assert.equal(text(queue.take(3)), "abc");
});

test("ByteQueue.drop() takes bytes without looking", () => {
  const queue = queueOf("abc");
  queue.drop(2);
  assert.equal(queue.at(0), "c".charCodeAt(0));
});

test("ByteQueue.indexOf() finds a needle that overlaps itself, over every split", () => {
  const needle = bytes("aab");
  for (let split = 0; split <= 4; split++) {
    const queue = new ByteQueue();
    fill(queue, bytes("aaab".slice(0, split)));
    const early = queue.indexOf(needle);
    fill(queue, bytes("aaab".slice(split)));
    assert.equal(early, split === 4 ? 1 : -1);
    assert.equal(queue.indexOf(needle), 1);
  }
});

test("ByteQueue.indexOf() starts over after bytes were taken, and for another needle", () => {
  const queue = queueOf("xaxb");
  const [a, b, x] = [bytes("a"), bytes("b"), bytes("x")];
  assert.equal(queue.indexOf(b), 3);
  assert.equal(queue.indexOf(a), 1);
  assert.equal(queue.indexOf(x), 0);
  queue.drop(1);
  assert.equal(queue.indexOf(x), 1);
  assert.equal(queue.indexOf(b), 2);
  queue.drop(1);
  assert.equal(queue.indexOf(b), 1, "what was searched has moved with the bytes");
});

test("ByteQueue.area() is small while idle, large while busy, and small again when it is quiet", () => {
  const queue = new ByteQueue();
  assert.equal(queue.area().length, IDLE_AREA);
  queue.commit(IDLE_AREA);
  queue.drop(IDLE_AREA);
  assert.equal(queue.area().length, AREA);
  queue.commit(1);
  queue.drop(1);
  const fills = Array.from({ length: 20 }, () => {
    const { length } = queue.area();
    queue.commit(1);
    queue.drop(1);
    return length;
  });
  assert.equal(fills.at(-1), IDLE_AREA);
});

test("ByteQueue holds a record of many areas in one piece, with memory in proportion", () => {
  const queue = new ByteQueue();
  for (let i = 0; queue.length < 10 * AREA; i++) {
    const area = queue.area();
    assert.ok(area.buffer.byteLength <= 3 * queue.length + 2 * AREA, `${area.buffer.byteLength} for ${queue.length}`);
    area.fill(i);
    queue.commit(area.length);
  }
  assert.equal(queue.take(10 * AREA).length, 10 * AREA);
});

function property(sizes: fc.Arbitrary<number>): fc.IProperty<[Command[]]> {
  const what = fc.constantFrom<Command["do"][]>(
    ...["area", "scribble", "commit", "take", "lend", "peek", "drop", "indexOf", "keepLent", "adopt"] as const,
    ...["area", "commit", "area", "commit"] as const, // More often: nothing happens without them.
  );
  return fc.property(fc.array(fc.record({ do: what, size: sizes }), { minLength: 20, maxLength: 80 }), (commands) => {
    const twin = new Twin();
    for (const command of commands) {
      twin.run(command);
      twin.check();
    }
  });
}

test("ByteQueue behaves as an array of bytes and never writes what it handed out, in small pieces", () => {
  fc.assert(property(fc.integer({ min: 0, max: 30 })), { numRuns: 1_000 });
});

test("ByteQueue behaves as an array of bytes and never writes what it handed out, around the sizes of its blocks", () => {
  const sizes = fc.oneof(
    fc.integer({ min: 0, max: 2_000 }),
    fc.constantFrom(IDLE_AREA - 1, IDLE_AREA, 4_095, 4_096, 4_097, AREA - 1),
  );
  fc.assert(property(sizes), { numRuns: 300 });
});

test("ByteQueue.adopt() copies only what does not fit before the chunk", () => {
  const queue = queueOf("tail");
  const block = new Uint8Array(100);
  block.set(bytes("head"), 10);
  assert.equal(queue.adopt(block.subarray(10, 14))?.length, IDLE_AREA, "where the tail was is free");
  assert.equal(queue.take(8).buffer, block.buffer);
  assert.equal(queue.adopt(bytes("x")), undefined, "what was given is not free");
  const second = bytes("yz");
  assert.equal(queue.adopt(second)?.buffer, second.buffer, "no room: it was copied, and is free");
  assert.equal(text(queue.take(3)), "xyz");
});

test("ByteQueue.adopt() refuses while a fill is under way", () => {
  const queue = new ByteQueue();
  queue.area();
  assert.throws(() => queue.adopt(bytes("x")), { name: "TypeError", message: /a fill is under way/ });
});

test("ByteQueue.busy says when a fill was full, until it is quiet", () => {
  const queue = new ByteQueue();
  assert.equal(queue.busy, false);
  fillUp(queue, 1);
  assert.equal(queue.busy, true);
  for (let i = 0; i < 16; i++) {
    assert.equal(queue.busy, true);
    queue.drop(queue.length);
    queue.adopt(bytes("little"));
  }
  assert.equal(queue.busy, true, "not before everything is taken: the block is needed");
  queue.drop(queue.length);
  assert.equal(queue.busy, false);
});

test("ByteQueue.append() copies any number of bytes to the end", () => {
  const queue = queueOf("ab");
  const more = new Uint8Array(200_000).fill(7);
  queue.append(more);
  more.fill(0);
  assert.equal(text(queue.take(2)), "ab");
  assert.deepEqual(queue.take(200_000), new Uint8Array(200_000).fill(7));
  queue.append(new Uint8Array(0));
  assert.equal(queue.length, 0);
});

test("ByteQueue.append() is refused while a fill is under way", () => {
  const queue = queueOf("a");
  queue.area();
  assert.throws(() => queue.append(bytes("b")), TypeError);
  queue.commit(1);
  queue.append(bytes("b"));
  assert.equal(queue.length, 3);
});

test("ByteQueue.taken counts what was taken, lent and dropped, and nothing else", () => {
  const queue = queueOf("abcdef");
  queue.peek(3);
  queue.indexOf(bytes("f"));
  queue.take(0);
  assert.equal(queue.taken, 0);
  queue.take(1);
  queue.lend(2);
  queue.drop(3);
  assert.equal(queue.taken, 6);
});

test("ByteQueue refuses what is not at hand, and consumes nothing", () => {
  const queue = queueOf("abc");
  for (const bytes of [4, -1, NaN]) {
    for (const method of ["take", "lend", "peek", "drop"] as const) {
      assert.throws(() => queue[method](bytes), RangeError, `${method}(${bytes})`);
    }
  }
  assert.throws(() => queue.peek(2, 2), RangeError);
  assert.throws(() => queue.peek(1, -1), RangeError);
  for (const index of [-1, 3]) assert.throws(() => queue.at(index), RangeError, `at(${index})`);
  assert.equal(text(queue.take(3)), "abc");
});

test("ByteQueue.indexOf() from a place finds what it finds in the rest, whatever was searched before", () => {
  const queue = queueOf("abcabcabc");
  const needle = bytes("c");
  assert.equal(queue.indexOf(needle, 3), 5);
  assert.equal(queue.indexOf(needle), 2);
  assert.equal(queue.indexOf(needle, 6), 8);
  assert.equal(queue.indexOf(needle, 9), -1);
  assert.equal(queue.indexOf(needle, 3), 5);
  queue.append(bytes("c"));
  assert.equal(queue.indexOf(needle, 9), 9);
});
