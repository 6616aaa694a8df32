/** Heartbeats, slow peers, timeouts and signals: everything that is about time. */
import assert from "node:assert/strict";
import { type Connection, ConnectionAbortedError } from "@hawser/net";
import { blame, type Explored, explored, onceOver, peerExpects } from "./rules.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** Reads a line, and gives a sign of life each time that it takes too long. */
async function patientLine({ reader, writer }: Connection): Promise<string> {
  for (;;) {
    const started = Date.now();
    try {
      return await reader.readLine({ timeout: 500, keepOpen: true, required: true });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      assert.ok(Date.now() - started >= 499, "a timeout was early");
      await writer.write("beat\n");
    }
  }
}

const heartbeat: Explored = explored("heartbeats while a line comes in halves", {
  local: ({ connection }) =>
    onceOver(connection, async () => {
      await connection.writer.write("measure\n");
      const lines = [await patientLine(connection), await patientLine(connection)];
      assert.ok(lines.every((line) => line === "21.5 °C" || line === "22.5 °C"), `a line has changed: ${lines}`);
      return lines;
    }),
  async peer({ reader, writer }) {
    peerExpects(await reader.readLine() !== "beat", "heartbeat: a beat before the request");
    await writer.write("21.");
    await reader.readLine();
    await writer.write("5 °C\n22");
    await reader.readLine();
    await writer.write(".5 °C\n");
  },
}, { connection: { readTimeout: Infinity, writeTimeout: 1_000, idleTimeout: 5_000 } });

const drip: Explored = explored("a peer that drips, within the timeouts", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const line = await reader.readLine({ required: true });
      await writer.write("a\n");
      await writer.flush();
      return line;
    }),
  async peer({ reader, writer }) {
    for (const char of "dripped\n") {
      await wait(90);
      await writer.write(char);
      await writer.flush();
    }
    await reader.readLine();
  },
}, {
  connection: { readTimeout: 100, idleTimeout: 100, writeTimeout: 100 },
  ways: ["reset", "end", "stall", "signal", "cancel", "close", "write-error"],
});

const slowReader: Explored = explored("a peer that takes its time to read, within the write timeout", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      void writer.write("x".repeat(60));
      try {
        await writer.flush();
      } catch (error) {
        assert.ok(!(error as ConnectionAbortedError).retrySafe, "a flush is safe to retry");
        throw error;
      }
      assert.equal(writer.unsentBytes, 0, "flush() resolved with bytes that wait");
      return await reader.readLine({ required: true });
    }),
  async peer({ reader, writer }) {
    for (let left = 60; left > 0; left -= 10) {
      await wait(90);
      await reader.skip(10);
    }
    await writer.write("all here\n");
  },
}, {
  capacity: 10,
  connection: { readTimeout: 1_000, writeTimeout: 100 },
  ways: ["reset", "end", "stall", "signal", "cancel", "close", "write-error"],
});

const perCall: Explored = explored("a timeout for the whole call, however the peer drips", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader }) => {
      const started = Date.now();
      const error = await reader.readLine({ timeout: 200, required: true }).catch((error) => error);
      if (ConnectionAbortedError.is(error) && error.reason === "timeout") {
        const elapsed = Date.now() - started;
        assert.ok(elapsed >= 199 && elapsed <= 250, `a timeout of 200 ms after ${elapsed}`);
        return "too slow";
      }
      throw error;
    }),
  async peer({ writer }) {
    for (let i = 0; i < 9; i++) {
      await writer.write("drip ").catch(() => {});
      await wait(50);
    }
  },
}, { connection: { readTimeout: Infinity } });

const idle: Explored = explored("an idle connection that is ended", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await writer.write("hello\n");
      if (!await reader.ready()) return "ended";
      await reader.skipUntil("\n");
      const { error } = await connection.closed; // Nobody reads.
      return error?.reason === "timeout" && error.operation === "idle" ? "idle" : error?.reason;
    }),
  async peer({ reader, writer }) {
    await reader.readLine();
    await writer.write("hello\n");
    await reader.readAll().catch(() => {});
  },
}, { connection: { idleTimeout: 1_000 }, check: () => {} });

const signals: Explored = explored("calls that are given up by signals of their own", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const results: string[] = [];
      const gone = AbortSignal.abort("given up before");
      const early = await reader.readLine({ signal: gone, keepOpen: true }).catch((error) => error);
      if (early !== "given up before") throw early;
      const controller = new AbortController();
      const [read, write] = await Promise.allSettled([
        reader.readLine({ signal: controller.signal, keepOpen: true, required: true }),
        writer.write("go\n").then(() => writer.flush()).then(() => controller.abort("given up")),
      ]);
      if (write.status === "rejected") throw write.reason;
      assert.ok(read.status === "rejected", "half a line was taken for a line");
      if (read.reason !== "given up") throw read.reason;
      results.push(read.reason);
      results.push(await reader.readLine({ required: true, signal: new AbortController().signal }));
      assert.equal(results[1], "gone?");
      return results;
    }, { awaits: false }),
  async peer({ reader, writer }) {
    await reader.readLine();
    await writer.write("go");
    await wait(20);
    await writer.write("ne?\n");
  },
});

const before: Explored = explored("calls whose signal was aborted before, with the bytes at hand", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await reader.peek(6);
      const signal = AbortSignal.abort("given up before");
      const kept = await reader.readLine({ signal, keepOpen: true }).catch((error) => error);
      if (kept !== "given up before") throw kept;
      const line = await reader.readLine({ required: true });
      const error = await reader.readLine({ signal }).catch((error) => error);
      if (!ConnectionAbortedError.is(error)) return `${line} was given, and ${error}`;
      if (error.cause !== "given up before") throw error;
      assert.ok(ConnectionAbortedError.is(await writer.write("x").catch((error) => error)), "the connection goes on");
      return line;
    }),
  async peer({ reader, writer }) {
    await writer.write("first\nsecond\n");
    await reader.readAll().catch(() => {});
  },
}, { check: (line, { way }, clean) => assert.ok(line === clean || way === "end", `${line}`) });

const refused: Explored = explored("a write whose signal was aborted before", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const line = await reader.readLine({ required: true });
      const signal = AbortSignal.abort("given up before");
      const error = await writer.write("never\n", { signal }).catch((error) => error);
      if (error?.cause !== "given up before") throw error ?? new Error("it was written");
      assert.equal(error.retrySafe, true);
      return line;
    }),
  async peer({ reader, writer }) {
    await writer.write("hello\n");
    const line = await reader.readLine().catch(() => null);
    peerExpects(line === null, `refused: ${line}`);
  },
});

const ended: Explored = explored("a read that is given up when both sides have ended", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await writer.write("all\n");
      await writer.closeWrite();
      await reader.peek(100);
      const error = await reader.readLine({ signal: AbortSignal.abort("given up") }).catch((error) => error);
      return ConnectionAbortedError.is(error) && error.cause === "given up" ? error.reason : Promise.reject(error);
    }),
  async peer({ reader, writer }) {
    await reader.readAll();
    await writer.write("a\nb\n");
  },
});

const quietPeer: Explored = explored("AbortSignal.timeout, which is a timeout", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader }) => {
      const error = await reader.readLine({ signal: AbortSignal.timeout(500), required: true }).catch((error) => error);
      if (
        ConnectionAbortedError.is(error) && error.cause instanceof DOMException && error.cause.name === "TimeoutError"
      ) {
        assert.equal(error.reason, "timeout", "the reason");
        return error.reason;
      }
      throw error;
    }),
  peer: async ({ reader }) => void await reader.readAll().catch(() => {}),
});

const early: Explored = explored("an answer that comes before a write that fails", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await wait(10);
      const failed = await writer.write("x".repeat(30)).then(() => writer.flush()).catch((error) => error);
      const line = await reader.readLine({ required: true }).catch((error) => {
        throw failed ?? error;
      });
      return { line, sent: failed === undefined };
    }, { awaits: false }),
  async peer({ reader, writer }) {
    await writer.write("too much, says the server\n");
    await reader.readAll().catch(() => {});
  },
}, {
  capacity: 40,
  check: ({ line }, _, clean) => assert.equal(line, clean.line),
  checkError: (error, cut) => {
    blame(error, cut);
    // What had arrived is still read after a write has failed.
    assert.notEqual(cut.way, "write-error", "an answer was lost behind a failed write");
  },
});

const kept: Explored = explored("a signal that outlives its calls", {
  async local({ connection, signal }) {
    return await onceOver(connection, async ({ reader, writer }) => {
      const lines: string[] = [];
      for (let i = 0; i < 3; i++) {
        await writer.write(`${i}\n`, { signal });
        lines.push(await reader.readLine({ signal, timeout: 1_000, required: true }));
        await writer.flush({ signal });
      }
      return lines;
    });
  },
  async peer({ reader, writer }) {
    for await (const line of reader.lines()) await writer.write(`${line}${line}\n`);
  },
});

export const timing: readonly Explored[] = [
  heartbeat,
  drip,
  slowReader,
  perCall,
  idle,
  signals,
  before,
  refused,
  ended,
  quietPeer,
  early,
  kept,
];
