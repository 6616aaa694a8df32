import assert from "node:assert/strict";
import { ByteQueue } from "../mod.ts";
import { PlainPrefixDecoder } from "../lib/codecs/plain_prefix.ts";
import { hex } from "./codec_events.ts";
import { test } from "./harness.ts";

function queueOf(sent: string): ByteQueue {
  const queue = new ByteQueue();
  queue.append(hex(sent));
  return queue;
}

const decoder = (width: 2 | 4, limit = 100): PlainPrefixDecoder =>
  new PlainPrefixDecoder({ width, limit, borrow: false });

for (const [width, zeros] of [[2, ""], [4, "0000"]] as const) {
  test(`PlainPrefixDecoder takes frames behind a length of ${width} bytes, one by one and all at once`, () => {
    const sent = `${zeros}0003 'abc' ${zeros}0000 ${zeros}0001 'z'`;
    const frames = [hex("'abc'"), new Uint8Array(0), hex("'z'")];
    const queue = queueOf(sent);
    const one = decoder(width);
    assert.deepEqual([one.decode(queue), one.decode(queue), one.decode(queue)], frames);
    assert.deepEqual(decoder(width).decodeAll(queueOf(sent)), frames);
  });
}

test("PlainPrefixDecoder.decodeAll() leaves a frame that is cut, and says what it needs", () => {
  const queue = queueOf("0001 'a' 0002 'b'");
  const two = decoder(2);
  assert.deepEqual(two.decodeAll(queue), [hex("'a'")]);
  assert.equal(two.decodeAll(queue), undefined);
  assert.equal(two.needed, 4);
  assert.equal(queue.length, 3);
});

test("PlainPrefixDecoder.decodeAll() of a length that is cut needs just the length", () => {
  const four = decoder(4);
  assert.equal(four.decodeAll(queueOf("000000")), undefined);
  assert.equal(four.needed, 4);
});

test("PlainPrefixDecoder.decodeAll() stops before a frame over the limit, which is met next and not consumed", () => {
  const queue = queueOf("0005 'abcde' 0006 'abcdef' 0001 'z'");
  const two = decoder(2, 5);
  assert.deepEqual(two.decodeAll(queue), [hex("'abcde'")]);
  assert.throws(() => two.decodeAll(queue), { name: "LimitExceededError", limit: 5 });
  assert.equal(queue.length, 11);
});

test("PlainPrefixDecoder takes a length with its highest bit set for what it is", () => {
  assert.throws(() => decoder(4).decode(queueOf("ffffffff")), { message: /4294967295 bytes/ });
  const two = decoder(2, 65_535);
  assert.equal(two.decode(queueOf("8000")), undefined);
  assert.equal(two.needed, 32_770);
});

test("PlainPrefixDecoder gives memory that is not written again, unless it lends", () => {
  const queue = queueOf("0001 'a' 0001 'b'");
  const frames = decoder(2).decodeAll(queue)!;
  queue.append(hex("'xxxxxxxx'"));
  assert.deepEqual(frames, [hex("'a'"), hex("'b'")]);
});
