/**
 * Sentences 5 and 7: writes, and who holds the bytes that nobody reads.
 *
 * @module
 */
import {
  bytes,
  clog,
  expect,
  expectBytes,
  pattern,
  readExactly,
  readOnce,
  toArrive,
  type TransportCheck,
  turns,
  underWay,
  writeUntilRefused,
} from "./steps.ts";

export const writingChecks: readonly TransportCheck[] = [
  {
    id: "5a",
    title: "the chunks of a write arrive whole and in order, also views and large ones",
    async body(local, peer) {
      const sent = pattern(70_005);
      const chunks = [sent.subarray(0, 1), sent.subarray(1, 4), sent.subarray(4, 70_004), sent.subarray(70_004)];
      const [received] = await Promise.all([readExactly(peer, sent.length), local.write(chunks)]);
      expectBytes(received, sent, "the peer read");
    },
  },
  {
    id: "5b",
    title: "a write waits while the peer reads nothing, and goes on when it reads",
    async body(local, peer) {
      const { waiting, given } = await clog(local);
      await Promise.all([waiting, readExactly(peer, given)]);
    },
  },
  {
    id: "5c",
    title: "chunks are not changed, and not looked at once the write has resolved",
    async body(local, peer) {
      const chunk = pattern(20_000);
      const writing = underWay(
        local.write([chunk]).then(() => {
          expectBytes(chunk, pattern(20_000), "the chunk after the write");
          chunk.fill(0);
        }),
      );
      await turns(); // Where there is a buffer between the ends, the write resolves before anybody reads.
      const [received] = await Promise.all([readExactly(peer, chunk.length), writing]);
      expectBytes(received, pattern(20_000), "the peer read");
    },
  },
  {
    id: "5d",
    title: "a failed write does not destroy bytes that had arrived",
    async body(local, peer) {
      let sent = false;
      underWay(peer.write([bytes("last words")]).then(() => sent = true));
      await toArrive();
      if (!sent) return; // There is no buffer between the ends: nothing can have arrived that nobody reads.
      peer.release();
      await writeUntilRefused(local);
      let text = "";
      while (text.length < 10) {
        const piece = await readOnce(local);
        expect(piece !== null, `end of stream after "${text}"`);
        text += new TextDecoder().decode(piece);
      }
      expect(text === "last words", `"${text}" was read, "last words" had arrived`);
    },
  },
  {
    id: "5e",
    title: "bytesTaken, where there is one, counts each byte once: never more than was given, all when it resolved",
    async body(local, peer) {
      const before = local.bytesTaken;
      if (before === undefined) return;
      await Promise.all([local.write([pattern(70_000), pattern(3)]), readExactly(peer, 70_003)]);
      const taken = local.bytesTaken! - before;
      expect(taken === 70_003, `bytesTaken grew by ${taken}, 70003 bytes were taken`);
      const { waiting, given } = await clog(local);
      const more = local.bytesTaken! - before - taken;
      expect(more >= 0 && more <= given, `bytesTaken grew by ${more}, ${given} bytes were given`);
      await Promise.all([waiting, readExactly(peer, given)]);
      const sum = local.bytesTaken! - before;
      expect(sum === taken + given, `bytesTaken grew by ${sum}, ${taken + given} bytes were taken`);
    },
  },
  {
    id: "7a",
    title: "what nobody reads stays with the peer: its writes wait, nothing is pumped",
    async body(local, peer) {
      const { waiting, given } = await clog(peer);
      await Promise.all([waiting, readExactly(local, given)]);
    },
  },
];
