import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../mod.ts";
import { RecordSweep } from "../lib/codecs/record_sweep.ts";
import { bytes } from "./codec_events.ts";
import { test } from "./harness.ts";

interface Swept {
  records: string[];
  left: string;
}

const text = (data: Uint8Array): string => new TextDecoder("latin1").decode(data);

const FIRST = bytes("first");

/** Behind `ahead` bytes that were taken before, so that the records begin anywhere in a word. */
function swept(
  data: Uint8Array,
  end: Uint8Array,
  limit = Infinity,
  ahead = 0,
  sweep = new RecordSweep(end, limit),
): Swept {
  const queue = new ByteQueue();
  queue.append(new Uint8Array(ahead));
  queue.append(data);
  queue.drop(ahead);
  const [first, ...records] = sweep.take(queue, FIRST);
  assert.equal(first, FIRST);
  return { records: records.map(text), left: text(queue.peek(queue.length)) };
}

test("RecordSweep.take() takes the whole records and leaves the rest", () => {
  assert.deepEqual(swept(bytes("one\n\nthree\nfo"), bytes("\n")), { records: ["one", "", "three"], left: "fo" });
  assert.deepEqual(swept(bytes("none"), bytes("\n")), { records: [], left: "none" });
});

test("RecordSweep.take() stops before a record that is too long", () => {
  assert.deepEqual(swept(bytes("ab;abc;d;"), bytes(";"), 2), { records: ["ab"], left: "abc;d;" });
});

test("RecordSweep.take() gives bytes that nobody writes again", () => {
  const queue = new ByteQueue();
  queue.append(bytes("mine;"));
  const records = new RecordSweep(bytes(";"), 10).take(queue, FIRST);
  queue.append(bytes("other"));
  assert.deepEqual(records.map(text), ["first", "mine"]);
});

/** By definition: from the left, never overlapping. */
function split(data: string, end: string): Swept {
  const records = data.split(end);
  return { left: records.pop()!, records };
}

/** Long enough to be looked at as text. */
const long = (data: Uint8Array): Uint8Array => {
  const all = new Uint8Array(Math.ceil(1_024 / data.length) * data.length);
  for (let at = 0; at < all.length; at += data.length) all.set(data, at);
  return all;
};

test("RecordSweep.take() finds what a split by definition finds, wherever the bytes are in memory", () => {
  const letters = (minLength: number, maxLength: number) =>
    fc.array(fc.constantFrom(0x00, 0x0a, 0x0b, 0x8a, 0xff), { minLength, maxLength }).map((list) =>
      new Uint8Array(list)
    );
  fc.assert(fc.property(letters(1, 24), letters(1, 3), fc.nat(3), fc.boolean(), (some, end, ahead, repeat) => {
    const data = repeat ? long(some) : some;
    const pick = (list: Uint8Array): string => String.fromCharCode(...list);
    const latin1 = (list: string[]): string[] => list.map((one) => text(Uint8Array.from(one, (c) => c.charCodeAt(0))));
    const { records, left } = split(pick(data), pick(end));
    assert.deepEqual(swept(data, end, Infinity, ahead), { records: latin1(records), left: latin1([left])[0] });
  }));
});

for (
  const [what, piece] of [["characters of several bytes", "é\n€\n😀x\n"], ["a BOM in front", "\ufeffa\n"]] as const
) {
  test(`RecordSweep.take() finds records of ${what} where they are in the bytes, and later ones too`, () => {
    const data = long(bytes(piece));
    const sweep = new RecordSweep(bytes("\n"), 100);
    for (let round = 0; round < 2; round++) {
      const { records, left } = swept(data, bytes("\n"), 100, 0, sweep);
      assert.equal(records.join("\n") + "\n", text(data));
      assert.equal(left, "");
    }
  });
}

test("RecordSweep.take() stops before a record that is too long in text, too", () => {
  const { records, left } = swept(bytes("ab\r\n".repeat(300) + "abc\r\nd\r\n"), bytes("\r\n"), 2);
  assert.deepEqual([records.length, left], [300, "abc\r\nd\r\n"]);
});
