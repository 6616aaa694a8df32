import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../mod.ts";
import { sweepRecords } from "../lib/codecs/record_sweep.ts";
import { bytes } from "./codec_events.ts";
import { test } from "./harness.ts";

interface Swept {
  records: string[];
  left: string;
}

const text = (data: Uint8Array): string => new TextDecoder("latin1").decode(data);

/** Behind `ahead` bytes that were taken before, so that the records begin anywhere in a word. */
function swept(data: Uint8Array, end: Uint8Array, limit = Infinity, ahead = 0): Swept {
  const queue = new ByteQueue();
  queue.append(new Uint8Array(ahead));
  queue.append(data);
  queue.drop(ahead);
  const records: Uint8Array<ArrayBuffer>[] = [];
  sweepRecords(queue, end, limit, records);
  return { records: records.map(text), left: text(queue.peek(queue.length)) };
}

test("sweepRecords() takes the whole records and leaves the rest", () => {
  assert.deepEqual(swept(bytes("one\n\nthree\nfo"), bytes("\n")), { records: ["one", "", "three"], left: "fo" });
  assert.deepEqual(swept(bytes("none"), bytes("\n")), { records: [], left: "none" });
});

test("sweepRecords() stops before a record that is too long", () => {
  assert.deepEqual(swept(bytes("ab;abc;d;"), bytes(";"), 2), { records: ["ab"], left: "abc;d;" });
});

test("sweepRecords() gives bytes that nobody writes again", () => {
  const queue = new ByteQueue();
  queue.append(bytes("mine;"));
  const records: Uint8Array<ArrayBuffer>[] = [];
  sweepRecords(queue, bytes(";"), 10, records);
  queue.append(bytes("other"));
  assert.deepEqual(records.map(text), ["mine"]);
});

/** By definition: from the left, never overlapping. */
function split(data: string, end: string): Swept {
  const records = data.split(end);
  return { left: records.pop()!, records };
}

test("sweepRecords() finds what a split by definition finds, wherever the bytes are in memory", () => {
  const letters = (minLength: number, maxLength: number) =>
    fc.array(fc.constantFrom(0x00, 0x0a, 0x0b, 0x8a, 0xff), { minLength, maxLength }).map((list) =>
      new Uint8Array(list)
    );
  fc.assert(fc.property(letters(0, 24), letters(1, 3), fc.nat(3), (data, end, ahead) => {
    const pick = (list: Uint8Array): string => String.fromCharCode(...list);
    const latin1 = (list: string[]): string[] => list.map((one) => text(Uint8Array.from(one, (c) => c.charCodeAt(0))));
    const { records, left } = split(pick(data), pick(end));
    assert.deepEqual(swept(data, end, Infinity, ahead), { records: latin1(records), left: latin1([left])[0] });
  }));
});
