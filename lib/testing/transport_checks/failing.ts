/**
 * Sentence 4: failures. A transport that cannot send a reset shows its `abort()` as an end of stream, so the peer of one is
 * seen to be gone by writing to it.
 *
 * @module
 */
import { bytes, expect, failure, readOnce, type TransportCheck, turns, underWay, writeUntilRefused } from "./steps.ts";

export const failingChecks: readonly TransportCheck[] = [
  {
    id: "4a",
    title: 'writing to a peer that is gone fails with a ConnectionAbortedError, "reset" or "broken-pipe", by the peer',
    async body(local, peer) {
      peer.abort();
      const { initiator } = await writeUntilRefused(local);
      expect(initiator === "peer", `the initiator is "${initiator}", not "peer"`);
    },
  },
  {
    id: "4b",
    title: "the first failure is latched: later writes fail for the same reason",
    async body(local, peer) {
      peer.abort();
      const { reason } = await writeUntilRefused(local);
      await turns();
      await failure(local.write([bytes("again")]), "the next write()", reason);
      await failure(local.write([bytes("and again")]), "the write() after it", reason);
    },
  },
  {
    id: "4c",
    title: "once a write has failed, reads fail for the same reason and never report an end of stream",
    async body(local, peer) {
      peer.abort();
      const { reason } = await writeUntilRefused(local);
      await failure(readOnce(local), "read()", reason);
      await turns();
      await failure(readOnce(local), "the next read()", reason);
    },
  },
  {
    id: "4d",
    title: "once a read has failed, reads and writes fail for the same reason",
    async body(local, peer) {
      const waiting = underWay(readOnce(local));
      await turns();
      peer.abort();
      const reason = await waiting.then(() => undefined, (error: { reason?: string }) => error.reason);
      if (reason === undefined) return; // An end of stream: the peer cannot send a reset.
      const error = await failure(readOnce(local), "the next read()", "reset", "broken-pipe");
      expect(error.reason === reason, `the next read() failed with "${error.reason}", the first with "${reason}"`);
      await failure(local.write([bytes("x")]), "write()", error.reason);
    },
  },
];
