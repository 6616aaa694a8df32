/**
 * T36–T40: the two directions end one by one.
 */
import assert from "node:assert/strict";
import type { Check } from "./pair.ts";
import { bytes, letBlock, send } from "./steps.ts";

export const halfCloseChecks: Check[] = [
  {
    id: "T36",
    title: "a close() is seen as the end of stream, and the other end closes without error",
    async run(maker) {
      await using pair = await maker.pair();
      const reading = pair.peer.reader.read({ atMost: 10 });
      await letBlock();
      const closing = pair.local.close();
      assert.equal(await reading, null);
      const [local, peer] = await Promise.all([closing, pair.peer.close()]);
      assert.ok(local.clean && peer.clean);
    },
  },
  {
    id: "T37",
    title: "closeWrite() is seen as the end of stream, behind what was written",
    async run(maker) {
      await using pair = await maker.pair();
      await pair.local.writer.write("x");
      await pair.local.writer.closeWrite();
      await letBlock();
      assert.deepEqual(await pair.peer.reader.read(), bytes("x"));
      assert.equal(await pair.peer.reader.read(), null);
    },
  },
  {
    id: "T38",
    title: "write() after closeWrite() is refused",
    // trio: Closed. Here the connection is not over: it is the caller who is wrong, hence a TypeError.
    async run(maker) {
      await using pair = await maker.pair();
      await pair.local.writer.closeWrite();
      await assert.rejects(pair.local.writer.write("x"), TypeError);
      await assert.rejects(pair.local.writer.write(""), TypeError);
    },
  },
  {
    id: "T39",
    title: "closeWrite() can be called again",
    async run(maker) {
      await using pair = await maker.pair();
      await pair.local.writer.closeWrite();
      await pair.local.writer.closeWrite();
      assert.equal(await pair.peer.reader.read(), null);
    },
  },
  {
    id: "T40",
    title: "the other direction lives after closeWrite(), and ends by itself",
    async run(maker) {
      await using pair = await maker.pair();
      await pair.local.writer.closeWrite();
      assert.equal(await pair.peer.reader.read(), null);
      await send(pair.peer, "x");
      await pair.peer.writer.closeWrite();
      assert.deepEqual(await pair.local.reader.read(), bytes("x"));
      assert.equal(await pair.local.reader.read(), null);
      const [local, peer] = await Promise.all([pair.local.closed, pair.peer.closed]);
      assert.ok(local.clean && local.peerEnded && peer.clean && peer.peerEnded);
    },
  },
];
