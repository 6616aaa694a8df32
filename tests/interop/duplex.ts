/** `Duplex.fromWeb(connection)` of Node, where the runtime has it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { places } from "../far_end.ts";
import { test } from "../harness.ts";
import { onBun } from "../raw_peers.ts";

for (const place of onBun ? [] : places) {
  test(`interop: Duplex.fromWeb() of a connection over ${place.name} reads, writes and half-closes`, async () => {
    await using ends = await place.open();
    // deno-lint-ignore no-explicit-any
    const duplex = Duplex.fromWeb(ends.local as any);
    duplex.write("question");
    duplex.end();
    const { bytes, ended } = await ends.far.received();
    assert.deepEqual([new TextDecoder().decode(bytes), ended], ["question", true]);
    const chunks: Uint8Array[] = [];
    duplex.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    const end = once(duplex, "end");
    await ends.far.send("answer");
    await ends.far.end();
    await end;
    assert.equal(new TextDecoder().decode(chunks[0]), "answer");
    duplex.destroy();
  });

  test(`interop: Duplex.fromWeb() of a connection over ${place.name} fails with the connection's error`, async () => {
    await using ends = await place.open();
    // deno-lint-ignore no-explicit-any
    const duplex = Duplex.fromWeb(ends.local as any);
    duplex.resume();
    const failed = new Promise<{ reason?: string }>((resolve) => duplex.once("error", resolve));
    await ends.far.reset();
    assert.equal((await failed).reason, "reset");
  });
}
