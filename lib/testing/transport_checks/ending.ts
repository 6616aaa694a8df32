/**
 * What the contract says of `closeWrite`, `release`, `abort`, and the properties.
 *
 * @module
 */
import type { Transport } from "../../transport.ts";
import {
  bytes,
  clog,
  expect,
  expectBytes,
  failure,
  GONE,
  pattern,
  readExactly,
  readOnce,
  readToEnd,
  type TransportCheck,
  turns,
  underWay,
} from "./steps.ts";

/** What a socket takes at once, so that nobody has to read meanwhile. */
const SOME = 20_000;

type LetGo = "release" | "abort";

/** A read that waits while this end lets go. */
function wakesRead(how: LetGo): TransportCheck["body"] {
  return async (local) => {
    const waiting = underWay(failure(readOnce(local), "the read that waited", "closed"));
    await turns();
    local[how]();
    await waiting;
  };
}

/** A write that waits while this end lets go. */
function wakesWrite(how: LetGo): TransportCheck["body"] {
  return async (local) => {
    const waiting = underWay(failure((await clog(local)).waiting, "the write that waited", "closed"));
    local[how]();
    await waiting;
  };
}

/** Again, and the other one too: it never throws, and every later call is told. */
function isIdempotent(how: LetGo, other: LetGo): TransportCheck["body"] {
  return async (local) => {
    for (const go of [how, how, other, how] as const) local[go]();
    await turns();
    local[how]();
    await failure(readOnce(local), "read()", "closed");
    await failure(local.write([bytes("x")]), "write()", "closed");
    await failure(local.closeWrite(), "closeWrite()", "closed");
  };
}

function addressesOf({ localAddress, remoteAddress }: Transport): string {
  return JSON.stringify({ localAddress, remoteAddress });
}

export const endingChecks: readonly TransportCheck[] = [
  {
    id: "C1",
    title: "closeWrite() is the peer's end of stream, behind everything written",
    async body(local, peer) {
      const sent = pattern(300_000);
      const [received] = await Promise.all([
        readToEnd(peer, sent.length),
        local.write([sent]).then(() => local.closeWrite()),
      ]);
      expectBytes(received, sent, "the peer read");
    },
  },
  {
    id: "C2",
    title: "reading goes on after closeWrite()",
    async body(local, peer) {
      await local.closeWrite();
      expect(await readOnce(peer) === null, "the peer read bytes that nobody sent");
      underWay(peer.write([bytes("the answer")]));
      expectBytes(await readExactly(local, 10), bytes("the answer"), "read()");
    },
  },
  {
    id: "C3",
    title: "closeWrite() is idempotent, also while the first is under way",
    async body(local, peer) {
      await Promise.all([local.closeWrite(), local.closeWrite()]);
      await local.closeWrite();
      expect(await readOnce(peer) === null, "the peer read bytes that nobody sent");
    },
  },
  {
    id: "R1",
    title: "release() loses nothing that was written: the peer reads it, then the end of stream",
    async body(local, peer) {
      const writing = underWay(local.write([pattern(SOME)]).then(() => local.release()));
      await turns(); // Where there is a buffer between the ends, it is released before anybody reads.
      const [received] = await Promise.all([readToEnd(peer, SOME), writing]);
      expectBytes(received, pattern(SOME), "the peer read");
    },
  },
  {
    id: "R2",
    title: 'release() wakes a read with "closed", never with an end of stream',
    body: wakesRead("release"),
  },
  {
    id: "R3",
    title: 'release() wakes a write with "closed"',
    body: wakesWrite("release"),
  },
  {
    id: "R4",
    title: 'release() is idempotent and never throws; later calls fail with "closed"',
    body: isIdempotent("release", "abort"),
  },
  {
    id: "A1",
    title: "abort() ends the peer: with a reset where that can be sent, else with an end of stream",
    async body(local, peer) {
      local.abort();
      const last = await readOnce(peer).catch((error) => failure(Promise.reject(error), "the peer's read()", ...GONE));
      expect(!(last instanceof Uint8Array), "the peer read bytes that nobody sent");
    },
  },
  {
    id: "A2",
    title: 'abort() wakes a read with "closed", never with an end of stream',
    body: wakesRead("abort"),
  },
  {
    id: "A3",
    title: 'abort() wakes a write with "closed"',
    body: wakesWrite("abort"),
  },
  {
    id: "A4",
    title: 'abort() is idempotent and never throws; later calls fail with "closed"',
    body: isIdempotent("abort", "release"),
  },
  {
    id: "P1",
    title: "the addresses are a snapshot: the same after the transport has been released",
    async body(local) {
      const before = addressesOf(local);
      expect(["tcp", "unix"].includes(local.localAddress?.transport), `localAddress is no Address: ${before}`);
      expect(["tcp", "unix"].includes(local.remoteAddress?.transport), `remoteAddress is no Address: ${before}`);
      local.release();
      await turns();
      expect(addressesOf(local) === before, `${before} became ${addressesOf(local)}`);
    },
  },
  {
    id: "P2",
    title: "watch(), ref() and unref(), where there are any, can be called at any time",
    async body(local) {
      local.watch?.(() => {});
      local.unref?.();
      local.ref?.();
      local.release();
      await turns();
      local.unref?.();
      local.ref?.();
    },
  },
];
