/** `sun_path` holds 108 bytes with the closing NUL: what does not fit must not be cut to another socket's name. */
import assert from "node:assert/strict";
import { connect, listen } from "../mod.ts";
import { test } from "./harness.ts";
import { openSockets, RawServer, rejection, runtimes, temporaryFolder } from "./raw_peers.ts";

const LONGEST = 107;

/** The path of exactly so many bytes in a folder that has room. */
function pathOf(bytes: number, folder: { path(name: string): string }): string {
  const bare = folder.path("");
  return bare + "x".repeat(bytes - bare.length);
}

for (const runtime of runtimes) {
  test(`R28: A Unix path of 108 to 200 bytes never connects to a shorter one, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    // Every name that a cut could lead to.
    await using at107 = await RawServer.listen(pathOf(LONGEST, folder));
    await using at106 = await RawServer.listen(pathOf(LONGEST - 1, folder));
    const before = openSockets();
    for (let bytes = LONGEST + 1; bytes <= 200; bytes++) {
      const path = pathOf(bytes, folder);
      for (const dial of [connect({ path, runtime }), connect(`unix:${path}`, { runtime })]) {
        const error = await rejection(dial);
        assert.equal(error.name, "RangeError");
        assert.match(error.message, new RegExp(`it has ${bytes} bytes, a Unix socket takes at most ${LONGEST}$`));
      }
    }
    assert.equal(openSockets(), before);
    (await connect({ path: pathOf(LONGEST, folder), runtime })).abort();
    await at107.next();
    assert.deepEqual([at107.accepted.length, at106.accepted.length], [1, 0]);
  });

  test(`R28: A Unix path of 108 to 200 bytes never listens on a shorter one, runtime ${runtime}`, async () => {
    await using folder = await temporaryFolder();
    for (let bytes = LONGEST + 1; bytes <= 200; bytes++) {
      assert.equal((await rejection(listen({ path: pathOf(bytes, folder), runtime }))).name, "RangeError");
    }
    // The name is still free, and it is taken whole.
    await using listener = await listen({ path: pathOf(LONGEST, folder), runtime });
    assert.deepEqual(listener.address, { transport: "unix", path: pathOf(LONGEST, folder) });
    const [server, client] = await Promise.all([listener.accept(), connect(listener.address, { runtime })]);
    assert.deepEqual([server.localAddress, client.remoteAddress], [listener.address, listener.address]);
    server.abort();
    client.abort();
  });
}
