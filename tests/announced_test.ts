/** Memory grows with what arrived, never with what was announced. */
import assert from "node:assert/strict";
import process from "node:process";
import type { Connection } from "../mod.ts";
import { places } from "./far_end.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

const GIB = 2 ** 30;

/** Far below what is announced, far above what else a process does in a few turns. */
const FLAT = 64 * 2 ** 20;

/** Memory of this process, counted in every way a runtime knows: untouched buffers show in one, touched ones in another. */
function memory(): number {
  const { rss, external, arrayBuffers } = process.memoryUsage();
  return Math.max(rss, external ?? 0, arrayBuffers ?? 0);
}

/** Reads that are asked for far more than will ever come. */
const HUGE: Record<string, (connection: Connection) => Promise<unknown>> = {
  "readExactly(2 ** 31)": ({ reader }) => reader.readExactly(2 ** 31, { limit: 2 ** 31 }),
  "readExactly(2 ** 40)": ({ reader }) => reader.readExactly(2 ** 40, { limit: Infinity }),
  "peek(2 ** 31)": ({ reader }) => reader.peek(2 ** 31, { limit: 2 ** 31 }),
  "skip(2 ** 31)": ({ reader }) => reader.skip(2 ** 31),
  "readUntil() with limit 2 ** 31": ({ reader }) => reader.readUntil("\0", { limit: 2 ** 31 }),
  "readLine() with limit 2 ** 31": ({ reader }) => reader.readLine({ limit: 2 ** 31 }),
  "readAll() with limit 2 ** 31": ({ reader }) => reader.readAll({ limit: 2 ** 31 }),
  "read() of at most 2 ** 31": async ({ reader }) => {
    await reader.read({ atMost: 2 ** 31 });
    return await reader.read({ atMost: 2 ** 31 });
  },
  "chunks(2 ** 31)": async ({ reader }) => {
    for await (const _ of reader.chunks(2 ** 31));
  },
};

for (const place of places) {
  for (const [name, read] of Object.entries(HUGE)) {
    test(`R19: Reader.${name}: memory stays flat while a few bytes arrive, over ${place.name}`, async () => {
      await using ends = await place.open();
      const before = memory();
      const reading = rejection(read(ends.local));
      await ends.far.send("just a few bytes");
      await new Promise((resolve) => setTimeout(resolve, 0));
      assert.ok(memory() - before < FLAT, `${memory() - before} bytes more`);
      ends.local.abort();
      assert.equal((await reading).reason, "closed");
    });
  }

  test(`R19: A message of 1 GiB that the wire announces: memory stays flat, over ${place.name}`, async () => {
    await using ends = await place.open();
    const { reader } = ends.local;
    const head = new DataView(new ArrayBuffer(4));
    head.setUint32(0, GIB);
    await ends.far.send(new Uint8Array(head.buffer));
    await ends.far.send("and no more");
    await ends.far.end();
    const before = memory();
    const announced = await reader.readExactly(4);
    const length = new DataView(announced.buffer, announced.byteOffset).getUint32(0);
    assert.equal((await rejection(reader.readExactly(length))).name, "LimitExceededError", "nothing was raised yet");
    const error = await rejection(reader.readExactly(length, { limit: GIB }));
    assert.deepEqual([error.reason, error.expected, error.partial.length], ["unexpected-end", GIB, 11]);
    assert.ok(error.partial.buffer.byteLength < 2 ** 20);
    assert.ok(memory() - before < FLAT, `${memory() - before} bytes more`);
  });
}
