import assert from "node:assert/strict";
import { RecordBorder } from "../lib/runtime/node/record_border.ts";
import { test } from "./harness.ts";

/** Two records, of 3 and of 300 bytes, and one without any. */
const stream = Uint8Array.from([
  ...[23, 3, 3, 0, 3, 255, 255, 255],
  ...[23, 3, 3, 1, 44, ...new Array<number>(300).fill(255)],
  ...[22, 3, 3, 0, 0],
]);
const borders = new Set([0, 8, 313, 318]);

test("RecordBorder.inside is false exactly between two records, however the bytes are cut", () => {
  for (const size of [1, 2, 5, 7, 305, stream.length]) {
    const border = new RecordBorder();
    for (let at = 0; at <= stream.length; at += size) {
      assert.equal(border.inside, !borders.has(at), `${at} bytes, ${size} at a time`);
      border.pass(stream.subarray(at, at + size));
    }
  }
});
