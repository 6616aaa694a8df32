/**
 * TS03, TS05: what sockets tell about themselves, and sockets that others opened.
 */
import assert from "node:assert/strict";
import type { Check } from "./pair.ts";
import { bytes } from "./steps.ts";

export const socketChecks: Check[] = [
  {
    id: "TS03",
    title: "a socket whose peer wrote and closed before it was adopted still gives the bytes, then the end of stream",
    async run(maker) {
      assert.ok(maker.adoptedLate !== undefined, `nothing to adopt over ${maker.name}`);
      await using connection = await maker.adoptedLate("x");
      assert.deepEqual(await connection.reader.read(), bytes("x"));
      assert.equal(await connection.reader.read(), null);
    },
  },
  {
    id: "TS05",
    title: "what one end calls local the other calls remote",
    async run(maker) {
      await using pair = await maker.pair();
      assert.deepEqual(pair.peer.localAddress, pair.local.remoteAddress);
      assert.deepEqual(pair.peer.remoteAddress, pair.local.localAddress);
    },
  },
];
