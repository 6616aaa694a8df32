import assert from "node:assert/strict";
import {
  BusyError,
  connect,
  type Connection,
  ConnectionAbortedError,
  type ConnectionOptions,
  isRetriable,
  listen,
  type Transport,
} from "@hawser/net";
import {
  type Cut,
  type Exploration,
  ExplorationError,
  exploreAborts,
  type ExploreOptions,
  type FindingKind,
  type Scenario,
} from "@hawser/net/testing";
import { Delegate } from "./delegate.ts";
import { test } from "./harness.ts";
import { onBun } from "./raw_peers.ts";

const QUIET = { print: () => {} };

/** Asks once, and gives the answer. */
async function ask({ reader, writer }: Connection): Promise<string> {
  await writer.write("time?\n");
  return await reader.readLine({ required: true });
}

async function answer({ reader, writer }: Connection): Promise<void> {
  for await (const line of reader.lines()) {
    assert.equal(line, "time?");
    await writer.write("12:05\n");
  }
}

/** The conversation that everything here is a variation of. */
const clean: Scenario<string> = { local: ({ connection }) => ask(connection), peer: answer };

/** What is explored and found, whether something is found or not. */
async function explore<T>(scenario: Scenario<T>, options: ExploreOptions<T> = {}): Promise<Exploration> {
  try {
    return await exploreAborts(scenario, { ...QUIET, ...options });
  } catch (error) {
    if (error instanceof ExplorationError) return error.exploration;
    throw error;
  }
}

async function kindsOf<T>(scenario: Scenario<T>, options?: ExploreOptions<T>): Promise<FindingKind[]> {
  const { findings } = await explore(scenario, options);
  return [...new Set(findings.map(({ kind }) => kind))];
}

/** Counts bytes and events of the seam by itself. */
class Counter extends Delegate {
  bytesIn = 0;
  bytesOut = 0;
  events = 0;

  constructor(inner: Transport) {
    super(inner, {});
  }

  override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    this.events++;
    const bytes = await super.read(into).finally(() => this.events++);
    this.bytesIn += bytes ?? 0;
    return bytes;
  }

  override async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.events++;
    await super.write(chunks).finally(() => this.events++);
    for (const { length } of chunks) this.bytesOut += length;
  }

  override async closeWrite(): Promise<void> {
    this.events++;
    await super.closeWrite().finally(() => this.events++);
  }

  override release(): void {
    this.events++;
    super.release();
  }
}

test("exploreAborts() cuts at every byte and event that an independent wrapper counts", async () => {
  const counters: Counter[] = [];
  const wrap: ConnectionOptions["wrap"] = (transport) => {
    counters.push(new Counter(transport));
    return counters.at(-1)!;
  };
  const exploration = await exploreAborts(clean, { ...QUIET, connection: { wrap } });
  const { bytesIn, bytesOut, events } = counters[0]!;
  assert.deepEqual({ bytesIn, bytesOut }, { bytesIn: 6, bytesOut: 6 });
  assert.equal(exploration.events, events);
  assert.equal(exploration.cuts, bytesIn + bytesOut + events);
  assert.equal(exploration.runs, exploration.cuts * 8);
  assert.equal(counters.length, exploration.runs + 1);
  assert.equal(exploration.unreached, 0);
});

test("exploreAborts() prints how many cuts, ways and runs there were", async () => {
  const lines: string[] = [];
  const { cuts, runs } = await exploreAborts(clean, { print: (line) => lines.push(line) });
  assert.deepEqual(lines, [`explored: ${cuts} cuts × 8 ways = ${runs} runs`]);
});

test("exploreAborts() tries only the ways that it is told to", async () => {
  const { cuts, runs, ways } = await exploreAborts(clean, { ...QUIET, ways: ["reset", "late"] });
  assert.deepEqual(ways, ["reset", "late"]);
  assert.equal(runs, cuts * 2);
});

test("exploreAborts() finds what hangs", async () => {
  const { findings } = await explore(clean, { connection: { readTimeout: Infinity, writeTimeout: Infinity } });
  assert.deepEqual(
    new Set(findings.map(({ kind, cut }) => `${kind} ${cut?.way}`)),
    new Set(["hang stall", "hang late"]),
  );
  assert.match(findings[0]!.message, /no timeout is armed/);
});

test("exploreAborts() takes for hanging what heartbeats for ever", async () => {
  const patient: Scenario<string> = {
    ...clean,
    async local({ connection: { reader, writer } }) {
      await writer.write("time?\n");
      for (;;) {
        try {
          return await reader.readLine({ timeout: 100, keepOpen: true, required: true });
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
        }
      }
    },
  };
  const { findings } = await explore(patient, { ways: ["stall"], connection: { readTimeout: Infinity } });
  assert.ok(findings.length > 0);
  assert.match(findings[0]!.message, /2000 timeouts later/);
});

test("exploreAborts() finds errors that are not this package's", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    local: ({ connection }) => ask(connection).catch((error) => Promise.reject(new Error("no time", { cause: error }))),
  };
  assert.deepEqual(await kindsOf(scenario), ["error"]);
  assert.deepEqual(await kindsOf(scenario, { allow: (error) => (error as Error).message === "no time" }), []);
});

test("exploreAborts() does not allow a BusyError", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection }) {
      const { reader } = connection;
      return await ask(connection).catch(() => {
        throw new BusyError("readLine", `${reader.bufferedBytes}`);
      });
    },
  };
  assert.deepEqual(await kindsOf(scenario), ["error"]);
});

test("exploreAborts() lets a check of yours judge the error", async () => {
  const checkError = (error: unknown, cut: Cut): void => {
    assert.ok(ConnectionAbortedError.is(error));
    if (cut.way === "end") assert.equal(error.reason, "reset", `the end is a ${error.reason}`);
  };
  const { findings } = await explore(clean, { checkError });
  assert.deepEqual(new Set(findings.map(({ kind, cut }) => `${kind} ${cut?.way}`)), new Set(["error end"]));
  assert.match(findings[0]!.message, /the end is a unexpected-end/);
});

test("exploreAborts() finds half a message that was taken for a whole one", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection: { reader, writer } }) {
      await writer.write("time?\n");
      return await reader.readLine({ required: true, allowUnterminated: true });
    },
  };
  const { findings } = await explore(scenario);
  assert.deepEqual(new Set(findings.map(({ kind, cut }) => `${kind} ${cut?.way}`)), new Set(["result end"]));
  assert.match(findings[0]!.message, /it resolved to "1", where the clean run gave "12:05"/);
});

test("exploreAborts() lets a check of yours judge the result", async () => {
  const scenario: Scenario<string> = { ...clean, local: ({ connection }) => ask(connection).catch(() => "no time") };
  assert.deepEqual(await kindsOf(scenario), ["result"]);
  const seen = new Set<string>();
  const check = (result: string, _cut: unknown, wanted: string): void => {
    seen.add(`${result}, clean ${wanted}`);
  };
  assert.deepEqual(await kindsOf(scenario, { check }), []);
  assert.deepEqual(seen, new Set(["no time, clean 12:05", "12:05, clean 12:05"]));
});

test("exploreAborts() finds bytes that were lost although all seemed well", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    async local({ dial }) {
      const connection = await dial();
      const time = await ask(connection);
      connection.writer.write("thank you\n").catch(() => {});
      await connection.close().catch(() => {});
      return time;
    },
    async peer({ reader, writer }) {
      await reader.readLine();
      await writer.write("12:05\n");
      await reader.readAll();
    },
  };
  assert.deepEqual(await kindsOf(scenario), ["loss"]);
});

test("exploreAborts() finds a connection that was left open", async () => {
  const scenario: Scenario<string | null> = {
    ...clean,
    async local({ dial }) {
      const connection = await dial();
      await connection.writer.write("time?\n");
      const time = await connection.reader.readLine();
      if (time !== null) await connection.close();
      return time;
    },
  };
  assert.deepEqual(await kindsOf(scenario, { check: () => {} }), ["open"]);
});

test("exploreAborts() finds timers that were left", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection }) {
      const timer = setTimeout(() => {}, 1_000);
      const time = await ask(connection);
      clearTimeout(timer);
      return time;
    },
  };
  const { findings } = await explore(scenario, { ways: ["reset"] });
  assert.deepEqual(new Set(findings.map(({ kind }) => kind)), new Set(["timer"]));
  assert.match(findings[0]!.message, /1 timers are still set/);
});

test("exploreAborts() finds listeners that were left on the signal", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection, signal }) {
      const listener = (): void => {};
      signal.addEventListener("abort", listener);
      const time = await ask(connection);
      signal.removeEventListener("abort", listener);
      return time;
    },
  };
  assert.deepEqual(await kindsOf(scenario), ["listener"]);
});

// `bun test` takes unhandled rejections before anybody else and fails the test that runs: the explorer hears nothing.
if (!onBun) {
  test("exploreAborts() finds rejections that nobody handles", async () => {
    const scenario: Scenario<string> = {
      ...clean,
      async local({ connection }) {
        const time = ask(connection);
        void time.then(() => {});
        return await time;
      },
    };
    assert.deepEqual(await kindsOf(scenario, { ways: ["reset"] }), ["unhandled"]);
  });
}

test("exploreAborts() finds a connection that counts other bytes than passed", async () => {
  class Miser extends Delegate {
    constructor(inner: Transport) {
      super(inner, {});
    }

    override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
      const bytes = await super.read(into);
      return bytes === 6 ? await super.read(into) : bytes;
    }
  }
  const scenario: Scenario<number> = {
    local: async ({ connection }) => (await connection.reader.readAll()).length,
    async peer({ writer }) {
      await writer.write("lost!\n");
      await writer.flush();
    },
  };
  const { findings } = await explore(scenario, { connection: { wrap: (transport) => new Miser(transport) } });
  assert.match(findings[0]!.message, /connection 1 counted 0 bytes read and 0 written, but 6 and 0 passed/);
});

test("exploreAborts() says what is wrong without a cut, and does not cut then", async () => {
  const { findings, runs } = await explore({ ...clean, local: () => Promise.reject(new Error("never works")) });
  assert.deepEqual(findings.map(({ kind, cut }) => [kind, cut]), [["error", undefined]]);
  assert.equal(runs, 0);
});

test("exploreAborts() tells when the peer is not content with the clean run", async () => {
  const { findings } = await explore({
    ...clean,
    async peer(connection) {
      await answer(connection);
      throw new Error("no goodbye");
    },
  });
  assert.deepEqual(findings.map(({ kind, message }) => [kind, message]), [
    ["peer", "the peer rejected with Error: no goodbye"],
  ]);
});

test("exploreAborts() cuts at every nth byte, and at each event", async () => {
  const { cuts, events, bytesIn, bytesOut } = await exploreAborts(clean, { ...QUIET, step: 4, ways: ["reset"] });
  assert.deepEqual([bytesIn, bytesOut], [6, 6]);
  assert.equal(cuts, events + 2);
});

test("exploreAborts() replays one cut", async () => {
  let runs = 0;
  const lines: string[] = [];
  const exploration = await exploreAborts({ ...clean, local: ({ connection }) => (runs++, ask(connection)) }, {
    only: "in:3:reset",
    print: (line) => lines.push(line),
  });
  assert.equal(runs, 2);
  assert.equal(exploration.runs, 1);
  assert.deepEqual(lines, ["explored: the cut in:3:reset"]);
});

test("exploreAborts() rejects with the cut in words, the wire and the line that replays it", async () => {
  const scenario: Scenario<string> = { ...clean, local: ({ connection }) => ask(connection).catch(() => "no time") };
  await assert.rejects(exploreAborts(scenario, { ...QUIET, only: "in:3:reset" }), (error) => {
    assert.ok(error instanceof ExplorationError);
    assert.equal(error.name, "ExplorationError");
    assert.match(error.message, /after byte 3 from the peer, by reset: it resolved to "no time"/);
    assert.match(error.message, /→ "time\?\\n"\n {4}← "12:"\n {4}✂ cut here/);
    assert.match(error.message, /replay: exploreAborts\(scenario, \{ only: "in:3:reset" \}\)/);
    return true;
  });
});

test("exploreAborts() runs timers, AbortSignal.timeout and Date.now on virtual time", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection }) {
      const before = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      await new Promise((resolve) => AbortSignal.timeout(3_600_000).addEventListener("abort", resolve));
      assert.ok(Date.now() - before >= 7_200_000);
      return await ask(connection);
    },
  };
  await exploreAborts(scenario, { ...QUIET, ways: ["reset"] });
});

test("exploreAborts() gives the timers back", async () => {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  const { now } = Date;
  const { timeout } = AbortSignal;
  await explore({ ...clean, local: () => Promise.reject(new Error("never works")) });
  assert.deepEqual(
    [globalThis.setTimeout, globalThis.clearTimeout, globalThis.setInterval, globalThis.clearInterval],
    [setTimeout, clearTimeout, setInterval, clearInterval],
  );
  assert.deepEqual([Date.now, AbortSignal.timeout], [now, timeout]);
});

test("exploreAborts() runs one exploration at a time", async () => {
  let running = 0;
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection }) {
      assert.equal(++running, 1);
      return await ask(connection).finally(() => running--);
    },
  };
  await Promise.all([explore(scenario), explore(scenario)].map(async (one) => {
    assert.deepEqual((await one).findings, []);
  }));
});

test("exploreAborts() lets a client that dials anew succeed in spite of the cut", async () => {
  const results = new Set<string>();
  const scenario: Scenario<string> = {
    ...clean,
    async local({ dial }) {
      for (let attempt = 1;; attempt++) {
        try {
          await using connection = await dial();
          return await ask(connection);
        } catch (error) {
          if (!isRetriable(error) || attempt === 3) throw error;
          await new Promise((resolve) => setTimeout(resolve, 1_000));
        }
      }
    },
  };
  await exploreAborts(scenario, { ...QUIET, check: (result, cut) => results.add(`${cut.way} ${result}`) });
  for (const way of ["reset", "end", "stall", "late", "write-error"]) assert.ok(results.has(`${way} 12:05`), way);
});

test("exploreAborts() numbers the bytes of several connections through", async () => {
  const scenario: Scenario<string[]> = {
    ...clean,
    async local({ dial }) {
      const times: string[] = [];
      for (let i = 0; i < 2; i++) {
        await using connection = await dial();
        times.push(await ask(connection));
      }
      return times;
    },
  };
  const { bytesIn, bytesOut } = await exploreAborts(scenario, QUIET);
  assert.deepEqual({ bytesIn, bytesOut }, { bytesIn: 12, bytesOut: 12 });
});

test("exploreAborts() asks nothing of the result of a scenario that nobody waits for", async () => {
  const scenario: Scenario<string> = { ...clean, local: ({ connection }) => ask(connection).catch(() => "given up") };
  const { findings } = await explore(scenario, { ways: ["cancel"] });
  assert.deepEqual(findings, []);
});

test("exploreAborts() aborts the signal of scenario and connection", async () => {
  const reasons = new Set<unknown>();
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection, signal }) {
      return await ask(connection).catch((error) => {
        assert.ok(ConnectionAbortedError.is(error));
        assert.equal(error.cause, signal.reason);
        reasons.add(error.reason);
        throw error;
      });
    },
  };
  await exploreAborts(scenario, { ...QUIET, ways: ["signal"] });
  assert.deepEqual(reasons, new Set(["signal"]));
});

test("exploreAborts() cuts real sockets that are wrapped, where it cannot close them", async () => {
  const listener = await listen({ port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      void answer(connection).then(() => connection.close(), () => connection.abort());
    }
  })();
  const scenario: Scenario<string> = {
    async local({ wrap, signal }) {
      await using connection = await connect(listener.address, { wrap, signal });
      return await ask(connection);
    },
  };
  const { cuts, runs, ways } = await exploreAborts(scenario, {
    ...QUIET,
    quiet: 1_000, // Only reached by a run that waits for nothing: these ways wake it at once.
    ways: ["reset", "end", "signal", "cancel", "close"],
  });
  await listener.close();
  await serving;
  assert.deepEqual(ways, ["reset", "end", "signal"]);
  assert.equal(runs, cuts * 3);
});

test("exploreAborts() lets a late answer come when the first timeout has passed", async () => {
  const scenario: Scenario<string> = {
    ...clean,
    async local({ connection: { reader, writer } }) {
      await writer.write("time?\n");
      for (;;) {
        try {
          return await reader.readLine({ timeout: 1_000, keepOpen: true, required: true });
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
        }
      }
    },
  };
  let resolved = 0;
  const { cuts } = await exploreAborts(scenario, { ...QUIET, ways: ["late"], check: () => resolved++ });
  assert.equal(resolved, cuts);
});

test("exploreAborts() cuts what arrives into chunks, the same for the same seed", async () => {
  const chunks: number[][] = [];
  const scenario: Scenario<number> = {
    async local({ connection }) {
      const sizes: number[] = [];
      for await (const { length } of connection) sizes.push(length);
      chunks.push(sizes);
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    peer: ({ writer }) => writer.write(new Uint8Array(40)),
  };
  for (const seed of [undefined, 3, 3]) await exploreAborts(scenario, { ...QUIET, only: "event:1:write-error", seed });
  assert.deepEqual(chunks[0], [40]);
  assert.ok(chunks[2]!.length > 3);
  assert.deepEqual(chunks[2], chunks[4]);
});

test("exploreAborts() counts the cuts that did not come", async () => {
  let runs = 0;
  const lines: string[] = [];
  const scenario: Scenario<number> = {
    async local({ connection: { writer } }) {
      if (runs++ === 0) await writer.write("only at first\n");
      await writer.flush();
      return 0;
    },
    peer: async ({ reader }) => void await reader.readAll(),
  };
  const { unreached } = await exploreAborts(scenario, { ways: ["reset"], print: (line) => lines.push(line) });
  assert.ok(unreached >= 14);
  assert.match(lines[0]!, /not reached: the scenario does not do the same in every run/);
});

test("exploreAborts() refuses wrong options before it runs anything", async () => {
  const never: Scenario<void> = { local: () => assert.fail("it ran") };
  const wrong: [ExploreOptions<void>, RegExp][] = [
    [{ only: "in:0:reset" }, /Cannot replay the cut "in:0:reset"/],
    [{ ways: ["hang up" as "reset"] }, /Cannot cut by "hang up"/],
    [{ capacity: 0 }, /Cannot use capacity 0/],
    [{ step: 0 }, /Cannot use step 0/],
    [{ quiet: -1 }, /Cannot use quiet -1/],
    [{ allow: 1 as never }, /Cannot use allow 1/],
    [{ check: 1 as never }, /Cannot use check 1/],
    [{ checkError: 1 as never }, /Cannot use checkError 1/],
    [{ print: 1 as never }, /Cannot use print 1/],
    [{ connection: { readTimeout: 0 } }, /Cannot use readTimeout 0/],
  ];
  for (const [options, message] of wrong) await assert.rejects(exploreAborts(never, options), { message });
  await assert.rejects(exploreAborts({} as typeof never), /must have a function `local`/);
  await assert.rejects(exploreAborts({ ...never, peer: 1 as never }), /Cannot use peer 1/);
});
