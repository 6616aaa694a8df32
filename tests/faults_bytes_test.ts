/** Faults that change the bytes: exactly the stretch that they name, wherever it begins and however it is cut. */
import assert from "node:assert/strict";
import { corruptAt, dropAt, duplicateAt } from "../lib/testing/mod.ts";
import { counting, directions, pieces, through } from "./fault_steps.ts";
import { test } from "./harness.ts";

const data = counting(12);
const all = [...data];

for (const direction of directions) {
  test(`dropAt(n, length) loses that stretch and nothing else (${direction}), at every n, length and chunking`, async () => {
    for (let n = 0; n <= data.length + 1; n++) {
      for (const length of [1, 2, 5, 12]) {
        for (const size of [1, 5, data.length]) {
          const { bytes } = await through(dropAt(n, length, { direction }), direction, pieces(data, size));
          assert.deepEqual(bytes, [...all.slice(0, n), ...all.slice(n + length)], `${n} ${length} ${size}`);
        }
      }
    }
  });

  test(`duplicateAt(n, length) doubles that stretch and nothing else (${direction}), at every n, length and chunking`, async () => {
    for (let n = 0; n <= data.length + 1; n++) {
      for (const length of [1, 2, 5, 12]) {
        for (const size of [1, 5, data.length]) {
          const { bytes } = await through(duplicateAt(n, length, { direction }), direction, pieces(data, size));
          const whole = n + length <= all.length;
          const expected = whole ? [...all.slice(0, n + length), ...all.slice(n)] : all;
          assert.deepEqual(bytes, expected, `${n} ${length} ${size}`);
        }
      }
    }
  });

  test(`corruptAt(n) flips one bit of byte n and of no other (${direction}), at every n and chunking`, async () => {
    for (let n = 0; n <= data.length; n++) {
      for (const size of [1, 5, data.length]) {
        const { bytes } = await through(corruptAt(n, { direction, seed: n }), direction, pieces(data, size));
        const flipped = bytes.map((byte, i) => byte ^ all[i]!);
        assert.equal(bytes.length, all.length);
        for (const [i, bits] of flipped.entries()) {
          if (i === n) assert.ok([1, 2, 4, 8, 16, 32, 64, 128].includes(bits), `byte ${i}: ${bits}`);
          else assert.equal(bits, 0, `byte ${i}`);
        }
      }
    }
  });

  test(`corruptAt({ probability }) hits the same bytes under every chunking (${direction})`, async () => {
    const long = counting(5_000);
    const run = (size: number, seed: number): Promise<number[]> =>
      through(corruptAt({ probability: 0.01 }, { direction, seed }), direction, pieces(long, size))
        .then(({ bytes }) => bytes);
    const [whole, cut, other] = [await run(5_000, 1), await run(7, 1), await run(5_000, 2)];
    assert.deepEqual(whole, cut);
    assert.notDeepEqual(whole, other);
    const hits = whole.filter((byte, i) => byte !== long[i]).length;
    assert.ok(hits > 20 && hits < 90, `about 50 of 5,000: ${hits}`);
  });
}

test("dropAt({ probability }) and duplicateAt({ probability }) come again and again", async () => {
  const long = counting(5_000);
  const dropped = await through(dropAt({ probability: 0.01 }, 3), "read", [long]);
  const lost = long.length - dropped.bytes.length;
  assert.ok(lost % 3 === 0 && lost > 60 && lost < 270, `about 3 × 50: ${lost}`);
  const doubled = await through(duplicateAt({ probability: 0.01 }, 3), "read", [long]);
  const more = doubled.bytes.length - long.length;
  assert.ok(more % 3 === 0 && more > 60 && more < 270, `about 3 × 50: ${more}`);
});

test("corruptAt() and duplicateAt() leave the caller's buffer alone", async () => {
  const mine = data.slice();
  await through(corruptAt(3, { direction: "write" }), "write", [mine]);
  await through(duplicateAt(3, 4, { direction: "write" }), "write", [mine]);
  assert.deepEqual(mine, data);
});

test("dropAt() and duplicateAt() refuse lengths that are none", () => {
  for (const fault of [dropAt, duplicateAt]) {
    assert.throws(() => fault(0, 0), { name: "RangeError", message: /length 0/ });
    assert.throws(() => fault(0, 1.5), { name: "TypeError", message: /length 1.5/ });
  }
});
