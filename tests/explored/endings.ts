/** Goodbyes, losses, retries, and peers that do not behave. */
import assert from "node:assert/strict";
import { type Address, type Connection, ConnectionAbortedError, isRetriable } from "@hawser/net";
import { WrappedTransport } from "../../lib/testing/wrapped_transport.ts";
import { type Explored, explored, onceOver, peerExpects } from "./rules.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const goodbye: Explored = explored("a goodbye with unread input, and answers on their way", {
  async local({ dial }) {
    const connection = await dial();
    return await onceOver(connection, async ({ reader, writer }) => {
      const first = await reader.readLine({ required: true });
      void writer.write("thank you\n");
      const { clean, discardedBytes, bytesRead, peerEnded } = await connection.close();
      assert.equal(bytesRead, first.length + 1 + discardedBytes, "bytes read, and neither taken nor discarded");
      return { first, clean, peerEnded };
    });
  },
  async peer({ reader, writer }) {
    await writer.write("first\nsecond, which nobody reads\n");
    await writer.flush();
    await reader.readLine();
    await writer.write("third, sent after the goodbye\n");
    await writer.closeWrite();
    await reader.readAll();
  },
}, {
  check: (result, { way }, clean) => {
    if (["reset", "end", "signal", "close", "write-error", "stall", "late"].includes(way)) return;
    assert.deepEqual(result, clean);
  },
});

const unread: Explored = explored("a close that must not reset what it has sent", {
  async local({ dial }) {
    const connection = await dial();
    await connection.reader.readLine({ required: true });
    await connection.writer.write("the whole answer\n");
    await connection.close();
    return "closed";
  },
  async peer(connection) {
    const { reader, writer } = connection;
    await writer.write("request\nmore that is not read\n");
    await writer.flush();
    await wait(100);
    const answer = await reader.readLine().catch((error) => error);
    await writer.write("even more\n").catch(() => {});
    // In the clean run it comes whole; `unread-clean` below looks at that.
    if (typeof answer === "string") peerExpects(answer === "the whole answer", `unread: the answer ${answer}`);
  },
}, { check: () => {} });

const retrying: Explored = explored("a client that dials anew when it may succeed", {
  async local({ dial }) {
    for (let attempt = 1;; attempt++) {
      try {
        await using connection = await dial();
        return await onceOver(connection, async ({ reader, writer }) => {
          try {
            await writer.write("increment\n");
            return await reader.readLine({ required: true, timeout: 1_000 });
          } catch (error) {
            const safe = ConnectionAbortedError.is(error) && error.retrySafe;
            if (safe) assert.equal(connection.bytesWritten, 0, "safe to retry, although bytes have left");
            throw error;
          }
        });
      } catch (error) {
        if (!isRetriable(error)) {
          const reason = ConnectionAbortedError.is(error) ? error.reason : error;
          assert.ok(reason === "signal" || reason === "closed", `not retriable: ${reason}`);
          throw error;
        }
        assert.ok(attempt < 3, "three attempts, and one cut");
        await wait(100);
      }
    }
  },
  async peer({ reader, writer }) {
    const line = await reader.readLine();
    if (line !== null) await writer.write("1\n");
  },
});

const overflow: Explored = explored("a peer that does not read, and a limit", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await reader.readLine({ required: true });
      void writer.write("x".repeat(100)); // Just as much as may wait.
      void writer.write("y");
      const error = await writer.write("z").catch((error) => error);
      if (!ConnectionAbortedError.is(error)) return "nothing";
      if (error.reason !== "overflow") throw error;
      assert.ok(error.unsentBytes > 100);
      return error.reason;
    }),
  async peer({ reader, writer }) {
    await writer.write("send\n");
    await writer.flush();
    await wait(1_000);
    const { length } = await reader.readAll().catch(({ partial }) => partial ?? "");
    peerExpects(length <= 8, `overflow: ${length} bytes arrived`);
  },
}, { capacity: 8, connection: { writeBufferLimit: 100, highWaterMark: 50 }, check: () => {} });

/** Writes of many sizes that nobody awaits, on two connections at once: no byte may change sides. */
const crowd: Explored = explored("two connections that write at once", {
  async local({ dial }) {
    const [a, b] = [await dial(), await dial()];
    const finish = async (connection: Connection, letter: string): Promise<string> =>
      await onceOver(connection, async ({ reader, writer }) => {
        for (let i = 1; i <= 6; i++) {
          void writer.write(letter.repeat(i));
          if (i % 2 === 0) await wait(1);
        }
        await writer.closeWrite();
        const echoed = new TextDecoder().decode(await reader.readAll());
        assert.match(echoed, letter === "a" ? /^a*$/ : /^b*$/, "bytes of another connection");
        return echoed;
      });
    try {
      const results = await Promise.allSettled([finish(a, "a"), finish(b, "b")]);
      return results.map((result) => result.status === "fulfilled" ? result.value : "cut");
    } finally {
      await Promise.allSettled([a.close(), b.close()]);
    }
  },
  async peer({ reader, writer }, nth) {
    for await (const chunk of reader.chunks()) {
      const letters = new TextDecoder().decode(chunk);
      peerExpects(nth === 1 ? /^a*$/.test(letters) : /^b*$/.test(letters), `crowd: ${letters} on connection ${nth}`);
      await writer.write(chunk);
    }
    await writer.closeWrite();
  },
}, { capacity: 4, check: () => {} });

const dropped: Explored = explored("bytes that nobody awaits are never lost in silence", {
  async local({ dial }) {
    await using connection = await dial();
    void connection.writer.write("nobody awaits this\n");
    void connection.writer.write("nor this\n");
    return "done";
  },
  async peer({ reader }) {
    const line = await reader.readLine();
    peerExpects(line === null || line === "nobody awaits this", `dropped: ${line}`);
    await reader.readAll();
  },
}, { connection: { highWaterMark: 1, writeTimeout: 1_000 } });

/** A transport that has carried bytes for somebody else before, to an address that means no good, and that throws. */
class Used extends WrappedTransport {
  override get remoteAddress(): Address {
    return { transport: "unix", path: "/tmp/\u001b[2Jevil\n\u202e" };
  }

  override get bytesTaken(): number {
    return 1_000 + (super.bytesTaken ?? 0);
  }

  override abort(): void {
    super.abort();
    throw new Error("never throws, says the contract");
  }
}

const used: Explored = explored("a transport that somebody has used before", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await writer.write("x".repeat(30));
      await writer.flush();
      await writer.closeWrite();
      return await reader.readLine({ required: true });
    }),
  async peer({ reader, writer }) {
    const { length } = await reader.readAll();
    await writer.write(`${length} bytes\n`);
  },
}, { capacity: 8, connection: { wrap: (transport) => new Used(transport) } });

/** Counts the writes of the transport. */
class Counting extends WrappedTransport {
  writes = 0;

  override write(chunks: readonly Uint8Array[]): Promise<void> {
    this.writes++;
    return super.write(chunks);
  }
}

const gathered: Explored = explored("small writes that are each awaited, and go out together", {
  async local({ dial }) {
    let counting!: Counting;
    await using connection = await dial({ wrap: (transport) => counting = new Counting(transport) });
    return await onceOver(connection, async ({ reader, writer }) => {
      for (let i = 0; i < 20; i++) await writer.write("ab");
      const line = await reader.readLine({ required: true });
      assert.ok(counting.writes <= 2, `${counting.writes} writes of the transport`);
      return line;
    });
  },
  async peer({ reader, writer }) {
    await reader.skip(40);
    await writer.write("40 bytes\n");
  },
});

const iterators: Explored = explored("an iterator that is stopped from outside, and two steps at once", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const stopped = reader.lines();
      const pending = stopped.next();
      await stopped.return();
      const { done } = await pending;
      await writer.write("go\n");
      const two = reader.lines();
      const pair = await Promise.all([two.next(), two.next()]);
      return [done, ...pair.map(({ value }) => value)];
    }, { awaits: false }),
  async peer({ reader, writer }) {
    await reader.readLine();
    await writer.write("a\n");
    await wait(10);
    await writer.write("b\n");
  },
}, {
  check: (seen, { way }, clean) =>
    assert.deepEqual(seen.map((item, at) => item ?? clean[at]), way === "end" ? clean : seen),
});

export const endings: readonly Explored[] = [
  goodbye,
  unread,
  retrying,
  overflow,
  crowd,
  dropped,
  used,
  gathered,
  iterators,
];
