import assert from "node:assert/strict";
import { runChild } from "./child.ts";
import { test } from "./harness.ts";
import { onDeno, runtimes } from "./raw_peers.ts";

const flags = onDeno ? ["-A", "--v8-flags=--expose-gc"] : [];
const WARNING =
  "Warning: the connection to 127.0.0.1:PORT was forgotten while it was open; close it, or use await using";

const run = async (part: string, runtime: string): Promise<unknown> =>
  JSON.parse(await runChild("forgotten", [part, runtime], flags));

for (const runtime of runtimes) {
  test(`R20: A connection that is forgotten with bytes in flight delivers them, ends in order and is reported once, runtime "${runtime}"`, async () => {
    assert.deepEqual(await run("all", runtime), { ended: "end after 9", warnings: [WARNING] });
  });

  test(`R20: A connection that is forgotten is reported with where it was opened while somebody listens, runtime "${runtime}"`, async () => {
    const { warnings: [warning] } = await run("traced", runtime) as { warnings: string[] };
    assert.ok(warning!.startsWith(`${WARNING}\n`), warning);
    assert.match(warning!, /\bopen\b.*forgotten\.[jt]s/);
  });

  for (const part of ["reader", "writer", "iterator", "readable", "writable", "framed", "waiting"]) {
    test(`R20: A connection of which only the ${part} is held stays open, runtime "${runtime}"`, async () => {
      assert.deepEqual(await run(part, runtime), { heldBy: part, wasForgotten: false, open: true });
    });
  }
}
