import assert from "node:assert/strict";
import { connect } from "../mod.ts";
import { openSockets } from "../lib/runtime/sockets.ts";
import { test } from "./harness.ts";
import { countsSockets, onBun, onDeno, RawServer, runtimes, until } from "./raw_peers.ts";

// Without /proc Deno and Bun tell nothing.
if (countsSockets || !(onDeno || onBun)) {
  for (const runtime of runtimes) {
    test(`openSockets() has a socket while it is open, ${runtime} sockets`, async () => {
      const before = openSockets();
      await using server = await RawServer.listen();
      const listening = openSockets();
      assert.equal(listening.size, before.size + 1);
      const connection = await connect({ port: server.port, runtime });
      await server.next();
      assert.equal(openSockets().size, listening.size + 2);
      connection.abort();
      for (const socket of server.accepted) socket.destroy();
      await until(() => openSockets().size === listening.size, "both ends are closed");
    });
  }

  test("openSockets() names each socket once, and the same way each time", async () => {
    await using _server = await RawServer.listen();
    assert.deepEqual(openSockets(), openSockets());
  });
}
