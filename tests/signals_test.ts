/** Signals: the same outcome at every moment, and one of them for thousands of connections. */
import assert from "node:assert/strict";
import process from "node:process";
import { connect, Connection, listen } from "../mod.ts";
import { tellsAtOnce } from "../lib/runtime/node/net_socket.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { runChild } from "./child.ts";
import { MESSAGE, SCENARIOS } from "./cuts/scenarios.ts";
import { type Ends, places } from "./far_end.ts";
import { test } from "./harness.ts";
import { onBun, onDeno, RawServer, rejection, runtimes } from "./raw_peers.ts";

const REASON = new Error("given up");

/** When the signal aborts, seen from the call. */
const MOMENTS: Record<string, (call: () => Promise<unknown>, abort: () => void) => Promise<unknown>> = {
  async "one microtask before"(call, abort) {
    abort();
    await Promise.resolve();
    return call();
  },
  "at"(call, abort) {
    const calling = call();
    abort();
    return calling;
  },
  "one microtask after"(call, abort) {
    const calling = call();
    queueMicrotask(abort);
    return calling;
  },
};

/** What a call rejects with when its signal aborts at a moment. */
function rejectionAt(moment: string, call: (signal: AbortSignal) => Promise<unknown>): ReturnType<typeof rejection> {
  const controller = new AbortController();
  return rejection(MOMENTS[moment]!(() => call(controller.signal), () => controller.abort(REASON)));
}

/** Cut by the signal, and over. */
async function assertCut({ local }: Ends, error: Record<string, unknown>, operation: string): Promise<void> {
  const { name, reason, initiator, cause } = error;
  assert.deepEqual({ name, reason, initiator, operation: error.operation }, {
    name: "ConnectionAbortedError",
    reason: "signal",
    initiator: "local",
    operation,
  });
  assert.equal(cause, REASON);
  const { error: last, clean } = await local.closed;
  assert.deepEqual([last?.reason, clean], ["signal", false]);
  assert.equal((await rejection(local.reader.read())).reason, "signal");
}

for (const place of places) {
  for (const [name, scenario] of SCENARIOS) {
    const takesSignal = scenario.kind === "read"
      ? scenario.optionsOf === "call" && !scenario.returns
      : scenario.keepsOpen !== "closing";
    if (!takesSignal) continue;
    const always = scenario.keepsOpen === "always";
    /** Begins the call; what it writes waits at least a turn. */
    const begin = (ends: Ends, signal: AbortSignal, keepOpen?: true): Promise<unknown> => {
      const options = { signal, ...(keepOpen && { keepOpen }) };
      if (scenario.kind === "read") return scenario.begin(ends.local, options, 0).step();
      if (scenario.afterWrite) void ends.local.writer.write(MESSAGE);
      return scenario.call(ends.local, options);
    };
    const operation = scenario.kind === "read" ? "read" : scenario.operation;

    for (const moment of Object.keys(MOMENTS)) {
      if (!always) {
        test(`R16: ${name} whose signal aborts ${moment} the call ends the connection, over ${place.name}`, async () => {
          await using ends = await place.open({ highWaterMark: 1 });
          await assertCut(ends, await rejectionAt(moment, (signal) => begin(ends, signal)), operation);
        });
      }
      if (scenario.keepsOpen === "never" || place.transport === "unix") continue;
      // The kernel has taken everything within the call: there is nothing to give up any more.
      const done = tellsAtOnce() && place.name.includes("node sockets") && moment !== "one microtask before";
      if (name === "Writer.flush" && done) continue;
      test(`R16: ${name} with keepOpen whose signal aborts ${moment} the call leaves it, over ${place.name}`, async () => {
        await using ends = await place.open({ highWaterMark: 1 });
        assert.equal(await rejectionAt(moment, (signal) => begin(ends, signal, true)), REASON);
        assert.equal(ends.local.signal.aborted, false);
      });
    }

    if (scenario.kind !== "read") continue;
    test(`R16: ${name} takes an aborted signal as aborted although the bytes are at hand, over ${place.name}`, async () => {
      await using ends = await place.open();
      await ends.far.send(MESSAGE);
      await ends.local.reader.peek(MESSAGE.length);
      const error = await rejection(begin(ends, AbortSignal.abort(REASON)));
      if (always) assert.equal(error, REASON);
      else await assertCut(ends, error, "read");
    });
  }
}

for (const moment of Object.keys(MOMENTS)) {
  for (const runtime of runtimes) {
    test(`R16: connect() whose signal aborts ${moment} the call gives up, runtime ${runtime}`, async () => {
      await using server = await RawServer.listen();
      const error = await rejectionAt(moment, (signal) => connect({ port: server.port, runtime, signal }));
      const { reason, operation, initiator, cause, retrySafe } = error;
      assert.deepEqual([reason, operation, initiator, retrySafe], ["signal", "connect", "local", true]);
      assert.equal(cause, REASON);
    });

    test(`R16: Listener.accept() whose signal aborts ${moment} the call gives up, runtime ${runtime}`, async () => {
      await using listener = await listen({ port: 0, runtime });
      assert.equal(await rejectionAt(moment, (signal) => listener.accept({ signal })), REASON);
      const [server, client] = await Promise.all([listener.accept(), connect(listener.address)]);
      server.abort();
      client.abort();
    });
  }
}

/** Descriptors of a process are bounded; memory pairs have none. */
const MANY = 5_000;
const MANY_SOCKETS = 400;

/** A signal that counts its listeners. */
function countingSignal(): { controller: AbortController; listeners: () => number; most: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let [listeners, most] = [0, 0];
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>): void => {
    most = Math.max(most, ++listeners);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>): void => {
    listeners--;
    remove(...args);
  };
  return { controller, listeners: () => listeners, most: () => most };
}

/** The warnings of the runtime while something runs. */
async function warningsDuring(work: () => Promise<void>): Promise<string[]> {
  const warnings: string[] = [];
  const note = (warning: Error): unknown => warnings.push(`${warning.name}: ${warning.message}`);
  process.on("warning", note);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 0)); // They come a turn later.
  process.off("warning", note);
  return warnings;
}

/** All are cut by one abort, each pending read with an error of its own. */
async function assertAbortSettles(connections: Connection[], controller: AbortController): Promise<void> {
  const reads = connections.map(({ reader }) => rejection(reader.read({ signal: controller.signal })));
  controller.abort(REASON);
  const errors = await Promise.all(reads);
  assert.equal(new Set(errors).size, connections.length);
  assert.ok(errors.every(({ reason, cause }) => reason === "signal" && cause === REASON));
  const outcomes = await Promise.all(connections.map(({ closed }) => closed));
  assert.ok(outcomes.every(({ error }) => error?.reason === "signal"));
}

test(`R27: ${MANY} connections on one signal: one listener, no warning, and an abort settles all`, async () => {
  const { controller, most } = countingSignal();
  const warnings = await warningsDuring(async () => {
    const { signal } = controller;
    const connections = Array.from({ length: MANY }, () => new Connection(memoryPair()[0], { signal }));
    await assertAbortSettles(connections, controller);
  });
  assert.deepEqual(warnings, []);
  assert.equal(most(), 1);
});

for (const runtime of runtimes) {
  test(`R27: ${MANY_SOCKETS} sockets on one signal: no warning, and an abort settles all, runtime ${runtime}`, async () => {
    await using server = await RawServer.listen();
    const { controller, most } = countingSignal();
    const warnings = await warningsDuring(async () => {
      const dial = { port: server.port, runtime, signal: controller.signal };
      const connections: Connection[] = [];
      for (let i = 0; i < MANY_SOCKETS; i++) connections.push(await connect(dial));
      await assertAbortSettles(connections, controller);
    });
    assert.deepEqual(warnings, []);
    assert.equal(most(), 1);
  });
}

test("R27: Connections that are over leave no listener on their signal", async () => {
  const { controller, listeners } = countingSignal();
  const { signal } = controller;
  const connections = Array.from({ length: 100 }, () => new Connection(memoryPair()[0], { signal }));
  const reads = connections.map(({ reader }) => rejection(reader.read({ signal })));
  assert.equal(listeners(), 1);
  for (const connection of connections) connection.abort();
  await Promise.all(reads);
  assert.equal(listeners(), 0);
});

test(`R27: A signal keeps none of ${MANY} connections alive that are over`, async () => {
  const flags = onDeno ? ["-A", "--v8-flags=--expose-gc"] : [];
  const said = await runChild("signal_garbage", [String(MANY)], flags);
  const kept = Number(/^kept alive: (\d+)\n$/.exec(said)?.[1] ?? NaN);
  // JavaScriptCore looks for references in whatever lies on the stack: a stale word may hold the last one.
  assert.ok(kept <= (onBun ? 3 : 0), said);
});
