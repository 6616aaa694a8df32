/** Each check fails over a transport that breaks its sentence: a check that cannot fail proves nothing. */
import assert from "node:assert/strict";
import { ConnectionAbortedError, type Transport } from "../mod.ts";
import { checkTransport, memoryPair, type TransportPair } from "../lib/testing/mod.ts";
import { concat, reset } from "./manual_transport.ts";
import { Delegate, type Overrides } from "./delegate.ts";
import { test } from "./harness.ts";
import { memoryMaker } from "./transport_makers.ts";

/** What breaks one promise, and how a check must say it. */
interface Broken {
  readonly id: string;
  readonly what: string;
  readonly message: RegExp;
  /** Spoils the local end; the peer may be replaced too. */
  spoil(local: Transport, peer: Transport): Transport | TransportPair;
}

function overridden(inner: Transport, overrides: Overrides): Transport {
  return new Delegate(inner, overrides);
}

/** Reads ahead for as long as there is something, and answers from what it has. */
function pumping(inner: Transport): Transport {
  const here: (number | null)[] = [];
  let wake: () => void = () => {};
  void (async () => {
    const into = new Uint8Array(65_536);
    for (;;) {
      const count = await inner.read(into).catch(() => null);
      here.push(count);
      wake();
      if (count === null) return;
    }
  })();
  return overridden(inner, {
    async read() {
      while (here.length === 0) await new Promise<void>((resolve) => wake = resolve);
      return here.shift()!;
    },
  });
}

/** Takes everything at once and sends it when it can. */
function unbounded(inner: Transport): Transport {
  let last: Promise<void> = Promise.resolve();
  return overridden(inner, {
    write(chunks) {
      last = last.then(() => inner.write(chunks)).catch(() => {});
      return Promise.resolve();
    },
  });
}

/** Swallows a failure of a call and goes on as if nothing were. */
function forgetful(inner: Transport): Transport {
  return overridden(inner, { read: (into) => inner.read(into).catch(() => null) });
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

const BROKEN: readonly Broken[] = [
  {
    id: "1a",
    what: "lets writes wait for the read",
    message: /hangs/,
    spoil(inner) {
      let reading: Promise<unknown> = Promise.resolve();
      return overridden(inner, {
        read: (into) => reading = inner.read(into),
        write: (chunks) => reading.then(() => inner.write(chunks)),
      } as Overrides);
    },
  },
  {
    id: "1b",
    what: "changes a byte of a large write",
    message: /the peer read: byte 500000 is/,
    spoil: (inner) =>
      overridden(inner, {
        write(chunks) {
          const all = concat(chunks);
          if (all.length > 500_000) all[500_000]! ^= 1;
          return inner.write([all]);
        },
      }),
  },
  {
    id: "2a",
    what: "fills the whole memory behind the view",
    message: /outside of the view/,
    spoil: (inner) =>
      overridden(inner, {
        async read(into) {
          const count = await inner.read(into);
          new Uint8Array(into.buffer).fill(1, into.byteOffset + into.length);
          return count;
        },
      }),
  },
  {
    id: "2b",
    what: "goes on writing into the first memory it got",
    message: /memory of an earlier one/,
    spoil(inner) {
      let first: Uint8Array | undefined;
      return overridden(inner, {
        async read(into) {
          first ??= into;
          const count = await inner.read(into);
          first[0] = into[0]!;
          return count;
        },
      });
    },
  },
  {
    id: "2c",
    what: "fills memory again that it has handed over",
    message: /the chunks, looked at when all had come: byte 0 is/,
    spoil(inner) {
      const memory = new Uint8Array(65_536);
      const readChunk = async (): Promise<Uint8Array<ArrayBuffer> | null> => {
        const count = await inner.read(memory);
        return count === null ? null : memory.subarray(0, count);
      };
      return Object.assign(overridden(inner, {}), { readChunk });
    },
  },
  {
    id: "3a",
    what: "resolves to 0",
    message: /read\(\) resolved to 0/,
    spoil: (inner) => overridden(inner, { read: () => Promise.resolve(0) }),
  },
  {
    id: "3a",
    what: "loses what does not fit",
    message: /end of stream after 1 of 3001 bytes/,
    spoil: (inner) =>
      overridden(inner, {
        async read(into) {
          const memory = new Uint8Array(65_536);
          const count = await inner.read(memory);
          into.set(memory.subarray(0, Math.min(count ?? 0, into.length)));
          return count === null ? null : Math.min(count, into.length);
        },
      }),
  },
  {
    id: "3b",
    what: "ends before the last byte",
    message: /up to the end of stream: \d+ bytes, not 70000/,
    spoil(inner) {
      let seen = 0;
      return overridden(inner, {
        async read(into) {
          const count = await inner.read(into);
          seen += count ?? 0;
          return seen === 70_000 ? null : count;
        },
      });
    },
  },
  {
    id: "3c",
    what: "rejects after its null",
    message: /after the end/,
    spoil(inner) {
      let ended = false;
      return overridden(inner, {
        async read(into) {
          if (ended) throw new Error("read after the end");
          const count = await inner.read(into);
          ended = count === null;
          return count;
        },
      });
    },
  },
  {
    id: "3d",
    what: "never tells a read that waits",
    message: /hangs/,
    spoil: (inner) => overridden(inner, { read: async (into) => (await inner.read(into)) ?? await never<null>() }),
  },
  {
    id: "4a",
    what: "rejects with the runtime's own error",
    message: /Error: ECONNRESET, which is no ConnectionAbortedError/,
    spoil: (inner) =>
      overridden(inner, {
        write: (chunks) => inner.write(chunks).catch(() => Promise.reject(new Error("ECONNRESET"))),
      }),
  },
  {
    id: "4a",
    what: "takes everything for a peer that is gone",
    message: /10000 writes were taken/,
    spoil: (inner) => overridden(inner, { write: () => Promise.resolve() }),
  },
  {
    id: "4a",
    what: "blames this side",
    message: /the initiator is "local"/,
    spoil: (inner) => overridden(inner, { write: () => Promise.reject(failure("reset", "local")) }),
  },
  {
    id: "4b",
    what: "takes writes again after one failed",
    message: /the next write\(\) resolved to undefined/,
    spoil(inner) {
      let failed = false;
      return overridden(inner, {
        write: (chunks) => failed ? Promise.resolve() : inner.write(chunks).finally(() => failed = true),
      });
    },
  },
  {
    id: "4c",
    what: "reports an end of stream after a failed write",
    message: /read\(\) resolved to null/,
    spoil: forgetful,
  },
  {
    id: "4d",
    what: "reports a reset once",
    message: /the next read\(\) resolved to null/,
    spoil(inner) {
      let failed = false;
      return overridden(inner, {
        read: (into) => failed ? Promise.resolve(null) : inner.read(into).finally(() => failed = true),
      });
    },
  },
  {
    id: "5a",
    what: "sends the chunks backwards",
    message: /the peer read: byte 0 is/,
    spoil: (inner) => overridden(inner, { write: (chunks) => inner.write(chunks.toReversed()) }),
  },
  {
    id: "5b",
    what: "takes everything at once",
    message: /67108864 bytes were taken/,
    spoil: unbounded,
  },
  {
    id: "5c",
    what: "sends later what it took",
    message: /the peer read: byte 0 is 0/,
    spoil: (inner) =>
      overridden(inner, {
        async write(chunks) {
          await Promise.resolve();
          setTimeout(() => inner.write(chunks).catch(() => {}), 0);
        },
      }),
  },
  {
    id: "5d",
    what: "throws away what had arrived when a write fails",
    message: /the peer/,
    spoil(inner) {
      let failed: unknown;
      return overridden(inner, {
        write: (chunks) => inner.write(chunks).catch((error) => Promise.reject(failed = error)),
        read: (into) => failed === undefined ? inner.read(into) : Promise.reject(failed),
      });
    },
  },
  {
    id: "5e",
    what: "counts twice",
    message: /bytesTaken grew by 140006, 70003 bytes were taken/,
    spoil(inner) {
      const local = overridden(inner, {});
      return Object.defineProperty(local, "bytesTaken", { get: () => inner.bytesTaken! * 2 });
    },
  },
  {
    id: "6a",
    what: "ends a read that waits when this end half-closes",
    message: /the parked read resolved to null/,
    spoil(inner) {
      let closed: (none: null) => void = () => {};
      return overridden(inner, {
        read: (into) => Promise.race([inner.read(into), new Promise<null>((resolve) => closed = resolve)]),
        closeWrite: () => inner.closeWrite().then(() => closed(null)),
      });
    },
  },
  { id: "7a", what: "pumps", message: /67108864 bytes were taken/, spoil: pumping },
  {
    id: "C1",
    what: "never half-closes",
    message: /hangs/,
    spoil: (inner) => overridden(inner, { closeWrite: () => Promise.resolve() }),
  },
  {
    id: "C2",
    what: "stops reading when it half-closes",
    message: /end of stream after 0 of 10 bytes/,
    spoil(inner) {
      let closed = false;
      return overridden(inner, {
        read: (into) => closed ? Promise.resolve(null) : inner.read(into),
        closeWrite: () => inner.closeWrite().then(() => void (closed = true)),
      });
    },
  },
  {
    id: "C3",
    what: "half-closes once only",
    message: /already closed/,
    spoil(inner) {
      let closed = false;
      return overridden(inner, {
        closeWrite() {
          if (closed) return Promise.reject(new Error("already closed"));
          closed = true;
          return inner.closeWrite();
        },
      });
    },
  },
  {
    id: "R1",
    what: "lets go with a reset",
    message: /the peer reset the connection/,
    spoil: (inner) => overridden(inner, { release: () => inner.abort() }),
  },
  {
    id: "R2",
    what: "takes its own release for an end of stream",
    message: /the read that waited resolved to null/,
    spoil: forgetful,
  },
  {
    id: "R3",
    what: "never tells a write that waits that it was released",
    message: /hangs/,
    spoil: (inner) => overridden(inner, { write: (chunks) => inner.write(chunks).catch(() => never<void>()) }),
  },
  {
    id: "R4",
    what: "throws when it is released again",
    message: /released twice/,
    spoil(inner) {
      let gone = false;
      return overridden(inner, {
        release() {
          if (gone) throw new Error("released twice");
          gone = true;
          inner.release();
        },
      });
    },
  },
  {
    id: "R4",
    what: "can still be read when it was released",
    message: /read\(\) resolved to null, it must reject/,
    spoil: forgetful,
  },
  {
    id: "A1",
    what: "does not tell the peer that it aborted",
    message: /hangs/,
    spoil: (inner) => overridden(inner, { abort: () => {} }),
  },
  {
    id: "A2",
    what: "takes its own abort for a reset of the peer",
    message: /the read that waited: "reset", not "closed"/,
    spoil: (inner) => overridden(inner, { read: (into) => inner.read(into).catch(() => Promise.reject(reset())) }),
  },
  {
    id: "A3",
    what: "never tells a write that waits that it was aborted",
    message: /hangs/,
    spoil: (inner) => overridden(inner, { write: (chunks) => inner.write(chunks).catch(() => never<void>()) }),
  },
  {
    id: "A4",
    what: "takes writes after it was aborted",
    message: /write\(\) resolved to undefined, it must reject/,
    spoil: (inner) => overridden(inner, { write: (chunks) => inner.write(chunks).catch(() => {}) }),
  },
  {
    id: "P1",
    what: "forgets its addresses",
    message: /became/,
    spoil(inner) {
      let gone = false;
      const local = overridden(inner, { release: () => (gone = true, inner.release()) });
      return Object.defineProperty(local, "localAddress", {
        get: () => ({ transport: "unix", path: gone ? "" : "here" }),
      });
    },
  },
  {
    id: "P2",
    what: "throws when it keeps nothing alive any more",
    message: /no handle/,
    spoil(inner) {
      let gone = false;
      const local = overridden(inner, { release: () => (gone = true, inner.release()) });
      return Object.assign(local, {
        ref: () => {
          if (gone) throw new Error("no handle");
        },
      });
    },
  },
];

function failure(reason: "reset", initiator: "local"): ConnectionAbortedError {
  return new ConnectionAbortedError({ reason, initiator, operation: "write" });
}

for (const { id, what, message, spoil } of BROKEN) {
  test(`checkTransport() ${id} finds a transport that ${what}`, async () => {
    const made: Transport[] = [];
    const checks = checkTransport(() => {
      const [local, peer] = memoryPair();
      made.push(local, peer);
      const spoilt = spoil(local, peer);
      return "read" in spoilt ? [spoilt, peer] : spoilt;
    }, { timeout: message.source === "hangs" ? 300 : 20_000 });
    const { run } = checks.find((check) => check.id === id)!;
    await assert.rejects(run(), { message });
    for (const transport of made) transport.abort();
  });
}

test("checkTransport() has a broken transport for every check, and no id twice", () => {
  const ids = checkTransport(memoryMaker.make).map((check) => check.id);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(ids.filter((id) => !BROKEN.some((broken) => broken.id === id)), []);
});

test("checkTransport() names its checks by id and sentence", () => {
  for (const { id, name } of checkTransport(memoryMaker.make)) assert.ok(name.startsWith(`${id} `) && name.length > 20);
});

test("checkTransport() aborts both ends after each check, also after one that hangs", async () => {
  const made: Transport[] = [];
  const checks = checkTransport(() => {
    const [local, peer] = memoryPair();
    made.push(local, peer);
    return [overridden(local, { write: () => never() }), peer];
  }, { timeout: 10 });
  await assert.rejects(checks.find(({ id }) => id === "1a")!.run(), { message: /hangs, after 10 ms/ });
  for (const transport of made) await assert.rejects(transport.write([new Uint8Array(1)]), { reason: "closed" });
});

test("checkTransport() refuses what makes no pair", async () => {
  assert.throws(() => checkTransport(undefined as never), { name: "TypeError" });
  assert.throws(() => checkTransport(5 as never), { name: "TypeError", message: /make 5/ });
  assert.throws(() => checkTransport(memoryMaker.make, { timeout: 0 }), { name: "RangeError", message: /timeout 0/ });
  const [check] = checkTransport(() => memoryPair()[0] as never);
  await assert.rejects(check!.run(), { name: "TypeError", message: /did not make a pair/ });
});
