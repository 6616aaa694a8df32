/** Limits, delimiters, borrowed memory, looking ahead: the finer points of reading. */
import assert from "node:assert/strict";
import { ConnectionAbortedError, LimitExceededError } from "@hawser/net";
import { type Explored, explored, onceOver } from "./rules.ts";

const text = (bytes: Uint8Array | null): string => bytes === null ? "null" : new TextDecoder().decode(bytes);

async function isTooLong(read: Promise<unknown>): Promise<true> {
  const error = await read.then((value) => assert.fail(`the limit was passed: ${value}`), (error: unknown) => error);
  if (!LimitExceededError.is(error)) throw error;
  return true;
}

const exact: Explored = explored("messages that are just as long as allowed, and longer ones", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader }) => {
      const seen = [
        await reader.readLine({ limit: 5, required: true }),
        text(await reader.readUntil("::", { limit: 5, required: true })),
        text(await reader.readExactly(5, { limit: 5 })),
        text(await reader.peek(5, { limit: 5 })),
      ];
      await reader.skip(5);
      await isTooLong(reader.readLine({ limit: 5, required: true }));
      await reader.skipUntil("\n");
      await isTooLong(reader.readUntil("::", { limit: 5, required: true }));
      await reader.skipUntil("::");
      await isTooLong(reader.readExactly(6, { limit: 5 }));
      await isTooLong(reader.peek(6, { limit: 5 }));
      seen.push(await reader.readLine({ limit: 5, encoding: "latin1", required: true }));
      const most = await reader.readAll({ limit: 4 }).catch((error: unknown) =>
        LimitExceededError.is(error) ? null : error
      );
      if (most instanceof Uint8Array) return [...seen, "less"]; // The stream has ended before.
      if (most !== null) throw most;
      seen.push(text(await reader.readAll({ limit: 5 })));
      assert.deepEqual(seen, ["line5", "until", "exact", "peek5", "latin", "all 5"]);
      return seen;
    }),
  async peer({ writer }) {
    await writer.write("line5\r\nuntil::exactpeek5");
    await writer.write("line 6\nuntil6::latin\n");
    await writer.write("all 5");
    await writer.closeWrite();
  },
}, {
  seed: 2,
  check: (seen, { way }, clean) => way === "end" || assert.deepEqual(seen, clean),
});

const lines: Explored = explored("lines in batches, one of them too long, and a delimiter that comes in halves", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader }) => {
      const seen: string[] = [];
      const batches = reader.lines({ limit: 4 }).batches();
      for (;;) {
        try {
          const { done, value } = await batches.next();
          if (done) break;
          seen.push(...value);
        } catch (error) {
          if (!LimitExceededError.is(error)) throw error;
          await reader.skipUntil("\n");
          assert.ok(!seen.includes("(long)"), "a line that was skipped is still too long");
          seen.push("(long)");
        }
      }
      return seen;
    }),
  async peer({ writer }) {
    await writer.write("one\ntwo\n");
    await writer.write("three is long\nfour\nfive\n");
    await writer.closeWrite();
  },
}, { check: (seen, { way }, clean) => assert.deepEqual(seen, way === "end" ? clean.slice(0, seen.length) : clean) });

const skipping: Explored = explored("skipping to a long delimiter that comes byte by byte", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader }) => {
      await reader.skipUntil("ababac");
      const first = text(await reader.readUntil("--end--", { required: true }));
      const piece = text(await reader.readUntil("e", { required: true }));
      return [first, piece, await reader.readLine({ required: true })];
    }),
  peer: ({ writer }) => writer.write("abababababacbody--en--end--pieces\n"),
}, { seed: 11 });

const borrowed: Explored = explored("borrowed and owned chunks", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      const owned: Uint8Array[] = [];
      let all = "";
      for (
        let chunk = await reader.read({ borrow: true });
        chunk !== null;
        chunk = await reader.read({ borrow: true })
      ) {
        const before = chunk.slice();
        try {
          await writer.write(before);
          await writer.flush();
          await new Promise((resolve) => setTimeout(resolve, 5));
        } finally {
          // Also behind a write that failed, when what had arrived is fetched.
          assert.deepEqual(chunk, before, "a borrowed chunk has changed before the next read");
        }
        all += text(chunk);
        const next = await reader.read({ atMost: 3 });
        if (next === null) break;
        owned.push(next);
        all += text(next);
      }
      assert.equal(owned.map(text).join("").length, owned.reduce((sum, { length }) => sum + length, 0));
      assert.ok("abcdefghijklmnopqrstuvwxyz".startsWith(all), `other bytes arrived: ${all}`);
      return all;
    }),
  async peer({ reader, writer }) {
    for (const part of ["abcdef", "ghijklm", "nopqrstuvw", "xyz"]) {
      await writer.write(part);
      await reader.skip(1);
    }
    await writer.closeWrite();
    await reader.readAll();
  },
}, { check: (all, { way }, clean) => assert.ok(way === "end" ? clean.startsWith(all) : all === clean) });

const buffered: Explored = explored("what is here already, and what is ahead", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await writer.write("all\n");
      const ahead = text(await reader.peek(1));
      if (ahead === "null") return [];
      assert.equal(ahead, "a");
      const seen: (string | undefined)[] = [await reader.readLine({ required: true })];
      while (seen.length < 4) {
        const line = reader.tryReadLine();
        if (line !== undefined) seen.push(line);
        else if (!await reader.ready()) break;
        else seen.push(await reader.readLine({ required: true }));
      }
      assert.equal(reader.bufferedBytes, 0);
      return seen;
    }),
  async peer({ reader, writer }) {
    await reader.readLine();
    await writer.write("a\nbb\nccc\n");
    await writer.flush();
    await writer.write("dddd\n");
  },
}, { check: (seen, { way }, clean) => assert.deepEqual(seen, way === "end" ? clean.slice(0, seen.length) : clean) });

const announced: Explored = explored("a peer that announces more than it has", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader }) => {
      const size = Number(await reader.readLine({ required: true }));
      const error = await reader.readExactly(size, { limit: Infinity }).catch((error) => error);
      if (!ConnectionAbortedError.is(error) || error.reason !== "unexpected-end") throw error;
      return { got: error.partial?.length, wanted: error.expected };
    }),
  async peer({ writer }) {
    await writer.write(`${2 ** 45}\nnot much`);
    await writer.closeWrite();
  },
}, { check: ({ got, wanted }, _, clean) => assert.ok(wanted === clean.wanted && got! <= clean.got!) });

const wrong: Explored = explored("calls that are wrong, and change nothing", {
  local: ({ connection }) =>
    onceOver(connection, async ({ reader, writer }) => {
      await writer.write("one\n");
      const before = connection.bytesWritten;
      const results = await Promise.allSettled([
        writer.flush({ timeout: -1 }),
        writer.write("x", { timeout: 0 }),
        reader.readLine({ limit: -1 }),
        reader.readExactly(-1),
        connection.close({ keepOpen: true } as never),
      ]);
      for (const result of results) {
        assert.ok(result.status === "rejected", "a wrong call was taken");
        assert.match(result.reason.name, /^(Type|Range)Error$/, String(result.reason));
      }
      assert.equal(connection.bytesWritten, before, "a wrong flush has sent");
      return await reader.readLine({ required: true });
    }),
  async peer({ reader, writer }) {
    await writer.write(`${await reader.readLine()}\n`);
  },
});

export const limits: readonly Explored[] = [exact, lines, skipping, borrowed, buffered, announced, wrong];
