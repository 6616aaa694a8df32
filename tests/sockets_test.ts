import assert from "node:assert/strict";
import { connect } from "../mod.ts";
import { openSockets } from "../lib/runtime/sockets.ts";
import { test } from "./harness.ts";
import { countsSockets, onBun, onDeno, RawServer, runtimes, until } from "./raw_peers.ts";

/** Opened since. By name: what earlier tests let go of may close meanwhile. */
function since(before: ReadonlySet<string>): string[] {
  return [...openSockets()].filter((socket) => !before.has(socket));
}

// Without /proc Deno and Bun tell nothing.
if (countsSockets || !(onDeno || onBun)) {
  for (const runtime of runtimes) {
    test(`openSockets() has a socket while it is open, ${runtime} sockets`, async () => {
      const before = openSockets();
      await using server = await RawServer.listen();
      assert.equal(since(before).length, 1);
      const listening = openSockets();
      const connection = await connect({ port: server.port, runtime });
      await server.next();
      assert.equal(since(listening).length, 2);
      connection.abort();
      for (const socket of server.accepted) socket.destroy();
      await until(() => since(listening).length === 0, "both ends are closed");
      assert.equal(since(before).length, 1);
    });
  }

  test("openSockets() names each socket once, and the same way each time", async () => {
    await using _server = await RawServer.listen();
    const first = openSockets();
    assert.deepEqual(since(first), []);
    assert.ok(first.size >= 1);
  });
}
