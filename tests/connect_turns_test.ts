/** A dial is no conversation that the explorer could cut: its moments are the turns of the event loop until it is done. */
import assert from "node:assert/strict";
import { connect, Connection, ConnectionAbortedError } from "@hawser/net";
import { turn } from "../lib/testing/explore/idle.ts";
import { skipUnless, test } from "./harness.ts";
import { countsSockets, openSockets, RawServer, runtimes, until } from "./raw_peers.ts";

/** A dial over loopback is done long before. */
const TURNS = 24;

for (const runtime of runtimes) {
  test(
    `connect() that is given up at any turn rejects with the signal and leaves no socket, ${runtime} sockets`,
    skipUnless(countsSockets, "only /proc tells how many sockets are open"),
    async () => {
      await using server = await RawServer.listen();
      const before = openSockets();
      let dialled = 0;
      for (let turns = 0; turns < TURNS; turns++) {
        const controller = new AbortController();
        const reason = new Error(`given up after ${turns} turns`);
        const dial = connect({ port: server.port, runtime, signal: controller.signal }).catch((error) => error);
        for (let i = 0; i < turns; i++) await turn();
        controller.abort(reason);
        const result = await dial;
        // Done before: then the signal has ended the connection.
        const error = result instanceof Connection ? (await result.closed).error : result;
        if (result instanceof Connection) dialled++;
        assert.ok(ConnectionAbortedError.is(error), String(error));
        assert.deepEqual([error.reason, error.cause], ["signal", reason]);
      }
      const gone = (): boolean => {
        for (const socket of server.accepted) socket.destroy();
        return openSockets() <= before;
      };
      await until(gone, `sockets closed, after ${dialled} of ${TURNS} dials that were done first`);
    },
  );
}
