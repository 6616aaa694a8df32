import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteQueue } from "../mod.ts";
import { DelimiterSearch } from "../lib/codecs/delimiter_search.ts";
import { bytes } from "./codec_events.ts";
import { test } from "./harness.ts";

function searched(ends: string[], data: string, last = false): { found: boolean; at: number; length: number } {
  const search = new DelimiterSearch(ends.map(bytes));
  const queue = new ByteQueue();
  queue.append(bytes(data));
  const found = search.find(queue, last);
  return { found, at: search.at, length: search.length };
}

test("DelimiterSearch finds the first place, and the longest there", () => {
  assert.deepEqual(searched(["b", "bc", "d"], "abcd"), { found: true, at: 1, length: 2 });
  assert.deepEqual(searched(["\n"], "ab\nc\n"), { found: true, at: 2, length: 1 });
});

test("DelimiterSearch is certain only of bytes that cannot be the beginning of one", () => {
  assert.deepEqual(searched(["END"], "abEN"), { found: false, at: 2, length: 0 });
  assert.deepEqual(searched(["END", "x"], "abEN"), { found: false, at: 2, length: 0 });
  assert.deepEqual(searched(["END"], "abEN", true), { found: false, at: 4, length: 0 });
});

test("DelimiterSearch waits for a longer one, unless nothing follows", () => {
  assert.deepEqual(searched(["a", "ab"], "xa"), { found: false, at: 1, length: 0 });
  assert.deepEqual(searched(["a", "ab"], "xa", true), { found: true, at: 1, length: 1 });
});

test("DelimiterSearch starts over when bytes were taken", () => {
  const search = new DelimiterSearch([bytes(";")]);
  const queue = new ByteQueue();
  queue.append(bytes("abc;d;"));
  assert.equal(search.find(queue, false), true);
  queue.drop(4);
  assert.equal(search.find(queue, false), true);
  assert.equal(search.at, 1);
});

/** By definition: the first place where one of them stands, and the longest there. */
function first(ends: Uint8Array[], data: Uint8Array): { at: number; length: number } | undefined {
  for (let at = 0; at < data.length; at++) {
    const lengths = ends.filter((end) => end.every((byte, i) => data[at + i] === byte)).map(({ length }) => length);
    if (lengths.length > 0) return { at, length: Math.max(...lengths) };
  }
  return undefined;
}

const letters = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(0x61, 0x62), { minLength, maxLength }).map((list) => Uint8Array.from(list));

test("DelimiterSearch finds, byte by byte, what a search by definition finds in the whole", () => {
  fc.assert(fc.property(fc.array(letters(1, 4), { minLength: 1, maxLength: 3 }), letters(0, 12), (ends, data) => {
    const search = new DelimiterSearch(ends);
    const queue = new ByteQueue();
    let found = false;
    for (let i = 0; i < data.length && !found; i++) {
      queue.append(data.subarray(i, i + 1));
      found = search.find(queue, i === data.length - 1);
    }
    const expected = first(ends, data);
    assert.equal(found, expected !== undefined);
    assert.equal(search.at, expected?.at ?? data.length);
    if (expected !== undefined) assert.equal(search.length, expected.length);
  }));
});
