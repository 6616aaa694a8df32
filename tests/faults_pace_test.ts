/** Faults that lose nothing: they cut, gather and delay. */
import assert from "node:assert/strict";
import { slice } from "../lib/testing/mod.ts";
import { counting, directions, pieces, through } from "./fault_steps.ts";
import { test } from "./harness.ts";

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
