import assert from "node:assert/strict";
import { connect, ConnectError, Connection, type Handler, Listener, serve, type ServeOptions, Server } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import type { Acceptor } from "../lib/platform.ts";
import type { Transport } from "../mod.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { countsSockets, fate, openSockets, rawDial, rejection, runtimes, temporaryFolder, until } from "./raw_peers.ts";
import { virtually } from "./virtual_time.ts";

/** Answers each line with itself. */
async function echo(connection: Connection): Promise<void> {
  for await (const line of connection.reader.lines()) await connection.writer.write(`${line}\n`);
}

/** Hands out what a test says, and then waits until it is closed. */
class ScriptedAcceptor implements Acceptor {
  readonly address = { transport: "unix", path: "scripted" } as const;
  readonly #steps: (() => Transport)[];
  #wake: ((error: unknown) => void) | undefined;
  accepts = 0;

  constructor(steps: (() => Transport)[]) {
    this.#steps = steps;
  }

  accept(): Promise<Transport> {
    this.accepts++;
    const step = this.#steps.shift();
    if (step === undefined) return new Promise((_, reject) => this.#wake = reject);
    return new Promise((resolve) => resolve(step()));
  }

  close(): void {
    this.#wake?.(new Error("closed"));
  }

  ref(): void {}
  unref(): void {}
}

function exhausted(): never {
  throw new ConnectError({
    reason: "resource-exhausted",
    operation: "accept",
    initiator: "local",
    code: "EMFILE",
    retrySafe: true,
  });
}

const scripted = (
  steps: (() => Transport)[],
  handler: (connection: Connection) => Promise<void> | void,
  options: ServeOptions = {},
): Server => new Server(new Listener(new ScriptedAcceptor(steps), {}), handler, options);

const never = (): Promise<never> => new Promise(() => {});

for (const runtime of runtimes) {
  test(`TS09: serve() runs a handler for each client, TCP and Unix, runtime "${runtime}"`, async () => {
    await using folder = await temporaryFolder();
    for (const where of [{ port: 0 }, { path: folder.path("s") }]) {
      await using server = await serve({ ...where, runtime }, echo);
      const clients = await Promise.all([1, 2, 3].map(() => connect({ ...server.address, runtime })));
      await Promise.all(clients.map(async (client, i) => {
        await client.writer.write(`client ${i}\n`);
        assert.equal(await client.reader.readLine({ timeout: 10_000 }), `client ${i}`);
      }));
      assert.equal(server.connections.size, 3);
      await Promise.all(clients.map((client) => client.close()));
      await until(() => server.connections.size === 0, "the server let its connections go");
    }
  });

  test(`serve() gives its options to every connection, runtime "${runtime}"`, async () => {
    const reasons: unknown[] = [];
    const wrapped: Transport[] = [];
    const wrap = (transport: Transport): Transport => (wrapped.push(transport), transport);
    await using server = await serve({ port: 0, runtime, readTimeout: 10, wrap }, async ({ reader }) => {
      reasons.push((await rejection(reader.read())).reason);
    });
    const clients = [await connect(server.address), await connect(server.address)];
    await until(() => reasons.length === 2, "both have waited");
    assert.deepEqual([reasons, wrapped.length], [["timeout", "timeout"], 2]);
    for (const client of clients) client.abort();
  });

  test(`serve() closes in order when the handler returns, and resets when it throws, runtime "${runtime}"`, async () => {
    const told: unknown[] = [];
    const bug = new Error("a bug");
    await using server = await serve({ port: 0, runtime, onError: (error) => told.push(error) }, async (connection) => {
      const line = await connection.reader.readLine();
      await connection.writer.write("half a rep");
      if (line === "throw") throw bug;
    });
    const port = (server.address as { port: number }).port;
    for (const [line, ended] of [["return", true], ["throw", false]] as const) {
      const socket = await rawDial({ port });
      socket.write(`${line}\n`);
      socket.on("end", () => socket.end());
      const how = await fate(socket);
      // Native Deno has no reset: there an abort is an end.
      if (runtime !== "deno") assert.equal(how.ended, ended, line);
    }
    await until(() => told.length > 0, "the error was told");
    assert.deepEqual(told, [bug]);
  });
}

test("serve() goes on after a handler that throws at once, and tells with which connection", async () => {
  const told: unknown[] = [];
  const bug = new Error("a bug");
  let calls = 0;
  const options = { port: 0, onError: (error: unknown, connection?: Connection) => told.push(error, connection) };
  await using server = await serve(options, (connection) => {
    if (++calls > 1) return echo(connection);
    throw bug;
  });
  // A dial that is reset before it stands was that connection all the same.
  const first = await connect(server.address).catch(() => undefined);
  await first?.reader.read({ required: true }).catch(() => {});
  await until(() => told.length > 0, "the error was told");
  assert.equal(told[0], bug);
  assert.equal((told[1] as Connection).remoteAddress.transport, "tcp");
  await using second = await connect(server.address);
  await second.writer.write("still here\n");
  assert.equal(await second.reader.readLine(), "still here");
});

test("serve() goes on when onError throws", async () => {
  const { error } = console;
  const printed: unknown[] = [];
  console.error = (...args: unknown[]) => void printed.push(...args);
  try {
    const failure = new Error("the log is full");
    const options: ServeOptions = {
      port: 0,
      onError: () => {
        throw failure;
      },
    };
    await using server = await serve(options, async ({ reader }) => {
      await reader.readLine();
      throw new Error("a bug");
    });
    for (let round = 1; round <= 2; round++) {
      await using client = await connect(server.address);
      await client.writer.write("go\n");
      await until(() => printed.length === round, "the failure was printed");
    }
    assert.deepEqual(printed, [failure, failure]);
  } finally {
    console.error = error;
  }
});

test("serve() prints what a handler throws, but not that a client went away", async () => {
  const { error } = console;
  const printed: unknown[] = [];
  console.error = (...args: unknown[]) => void printed.push(...args);
  try {
    const [here, there] = memoryPair();
    const [mine, yours] = memoryPair();
    const bug = new Error("a bug");
    let calls = 0;
    const server = scripted([() => here, () => mine], async (connection) => {
      if (++calls === 1) await connection.reader.readLine({ required: true });
      else throw bug;
    });
    there.abort();
    await until(() => printed.length > 0, "something was printed");
    await server.shutdown();
    assert.deepEqual(printed, [bug]);
    yours.abort();
  } finally {
    console.error = error;
  }
});

test("serve() prints what concerns no client of its own: another connection that broke, and accepting that rests", async () => {
  const { error } = console;
  const printed: unknown[] = [];
  console.error = (...args: unknown[]) => void printed.push(...args);
  try {
    const [here, there] = memoryPair();
    const [upstream, gone] = memoryPair();
    gone.abort();
    const failure = rejection(new Connection(upstream).reader.read());
    let handled = false;
    const server = scripted([exhausted, () => here], async () => {
      handled = true;
      throw await failure; // The same class as of a client that went away, but it is a server behind this one.
    });
    await until(() => handled, "it goes on after a rest");
    await server.shutdown();
    const [first, second, ...others] = printed;
    assert.ok(ConnectError.is(first) && first.code === "EMFILE", String(first));
    assert.deepEqual([second, others], [await failure, []]);
    there.abort();
  } finally {
    console.error = error;
  }
});

test("TS10: serve() ends with an error of accept that it does not know, as that very object", async () => {
  const strange = new TypeError("what is this?");
  const told: unknown[] = [];
  const server = scripted(
    [
      () => {
        throw strange;
      },
    ],
    echo,
    { onError: (error) => told.push(error) },
  );
  assert.equal(await rejection(server.finished), strange);
  assert.deepEqual(told, [strange]);
});

test("TS11: serve() rests when descriptors run out, tells each time, and goes on", async () => {
  const told: unknown[] = [];
  const [here, there] = memoryPair();
  const times: number[] = [];
  const failing = (): never => {
    times.push(performance.now());
    return exhausted();
  };
  const server = scripted([failing, failing, failing, () => here], async (connection) => {
    await connection.writer.write("at last\n");
  }, { onError: (error) => told.push(error) });
  const into = new Uint8Array(100);
  assert.equal(await there.read(into), 8);
  assert.equal(told.length, 3);
  assert.ok(told.every((error) => ConnectError.is(error) && error.code === "EMFILE"));
  assert.ok(times[2]! - times[0]! >= 200, "it rested twice for at least 100 ms");
  there.abort();
  await server.shutdown();
});

test("serve() pauses accepting at maxConnections, and counts a connection until it is gone", async () => {
  const acceptor = new ScriptedAcceptor([]);
  const pairs = [memoryPair(), memoryPair(), memoryPair()];
  const scriptedSteps = pairs.map(([here]) => () => here);
  const counted = new ScriptedAcceptor(scriptedSteps);
  const server = new Server(new Listener(counted, {}), echo, { maxConnections: 2 });
  await until(() => server.connections.size === 2, "two are served");
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(counted.accepts, 2);
  pairs[0]![1].release();
  await until(() => counted.accepts >= 3, "the third was accepted");
  for (const [, there] of pairs) there.abort();
  await server.shutdown();
  assert.equal(acceptor.accepts, 0);
});

test("serve() serves 10,000 connections at once unless told otherwise", async () => {
  const steps = Array.from({ length: 10_001 }, () => () => new ManualTransport());
  const counted = new ScriptedAcceptor(steps);
  const untilShutdown: Handler = (_, { signal }) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  const server = new Server(new Listener(counted, {}), untilShutdown, {});
  await until(() => server.connections.size >= 10_000, "as many as it may");
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(counted.accepts, 10_000);
  await server[Symbol.asyncDispose]();
});

test("Server.shutdown() tells the handlers, waits for them, and counts", async () => {
  const pairs = [memoryPair(), memoryPair(), memoryPair()];
  let calls = 0;
  const server = new Server(
    new Listener(new ScriptedAcceptor(pairs.map(([here]) => () => here)), {}),
    async (_connection, { signal }) => {
      const call = ++calls;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      if (call === 1) throw new Error("a bug");
    },
    { onError: () => {} },
  );
  await until(() => server.connections.size === 3, "three are served");
  for (const [, there] of pairs) void there.closeWrite();
  assert.deepEqual(await server.shutdown(), { finished: 2, aborted: 0, failed: 1 });
  assert.equal(server.connections.size, 0);
  await server.finished;
});

test("R23: Server.shutdown({ timeout }) resolves though a handler never settles", async () => {
  const [here, there] = memoryPair();
  const server = scripted([() => here], never);
  await until(() => server.connections.size === 1, "one is served");
  assert.deepEqual(await server.shutdown({ timeout: 30 }), { finished: 0, aborted: 1, failed: 0 });
  await server.finished;
  assert.equal((await rejection(there.read(new Uint8Array(1)))).reason, "reset");
});

test("Server.shutdown() may be called again, and shortened", async () => {
  const took = await virtually(async () => {
    const [here, there] = memoryPair();
    const server = scripted([() => here], never);
    await until(() => server.connections.size === 1, "one is served");
    const first = server.shutdown();
    assert.equal(server.shutdown({ timeout: 20 }), first);
    assert.deepEqual(await first, { finished: 0, aborted: 1, failed: 0 });
    there.abort();
  });
  assert.equal(took, 20);
});

test("Server.shutdown() counts a connection that is accepted meanwhile, and bounds it", async () => {
  for (const settles of [true, false]) {
    const [here, there] = memoryPair();
    let shutting: Promise<unknown> | undefined;
    const signals: AbortSignal[] = [];
    // It has been taken, but nobody runs its handler yet.
    const wrap = (transport: Transport): Transport => {
      shutting = server.shutdown({ timeout: 20 });
      return transport;
    };
    const server = new Server(new Listener(new ScriptedAcceptor([() => here]), { wrap }), (_, { signal }) => {
      signals.push(signal);
      return settles ? undefined : never();
    }, {});
    void there.closeWrite();
    await until(() => shutting !== undefined, "the shutdown");
    const [finished, aborted] = settles ? [1, 0] : [0, 1];
    assert.deepEqual(await shutting, { finished, aborted, failed: 0 });
    assert.equal(signals[0]?.aborted, true);
    assert.equal(server.connections.size, settles ? 0 : 1);
    there.abort();
  }
});

test("Server.shutdown() refuses a wrong timeout", async () => {
  const server = scripted([], echo);
  assert.match(String(await rejection(server.shutdown({ timeout: 0 }))), /RangeError: Cannot use timeout 0/);
  await server.shutdown();
});

test("serve() is shut down by its signal", async () => {
  const controller = new AbortController();
  const server = await serve({ port: 0, signal: controller.signal }, echo);
  const client = await connect(server.address);
  await client.writer.write("hello\n");
  assert.equal(await client.reader.readLine(), "hello");
  controller.abort("enough");
  await server.finished;
  client.abort();
  // Deno lets the listening socket go a moment later: what comes in between is reset.
  assert.match((await rejection(connect(server.address))).reason, /^(refused|reset)$/);
});

test("serve() takes a text address with options, and refuses wrong ones before any I/O", async () => {
  await using server = await serve("127.0.0.1:0", { maxConnections: 5 }, echo);
  assert.equal(server.address.transport, "tcp");
  const cases: readonly [call: () => Promise<unknown>, message: RegExp][] = [
    [() => serve({ port: 0 }, undefined as never), /TypeError: Cannot serve without a handler/],
    [() => serve({ port: 0, maxConnections: 0 }, echo), /RangeError: Cannot use maxConnections 0/],
    [() => serve({ port: 0, onError: 7 as never }, echo), /TypeError: Cannot use onError 7/],
    [() => serve({ port: "0" as never }, echo), /TypeError: Cannot use port "0"/],
    [() => serve("127.0.0.1:0", 7 as never, echo), /TypeError: Cannot use the options 7/],
  ];
  for (const [call, message] of cases) assert.match(String(await rejection(call())), message);
});

if (countsSockets) {
  for (const runtime of runtimes) {
    test(`R21: serve() holds no more descriptors than maxConnections over many goodbyes, runtime "${runtime}"`, async () => {
      const before = openSockets();
      const most = 20;
      await using server = await serve(
        { port: 0, runtime, maxConnections: most, closeTimeout: 50 },
        async (connection) => {
          await connection.writer.write("bye");
        },
      );
      const { port } = server.address as { port: number };
      let highest = 0;
      for (let round = 0; round < 10; round++) {
        // They never end by themselves: each goodbye lingers until its time has passed.
        const sockets = await Promise.all(Array.from({ length: 30 }, () => rawDial({ port })));
        highest = Math.max(highest, server.connections.size);
        // A machine under load may need more than the 50 ms to send: then the client is cut off without its data.
        await Promise.all(sockets.map((socket) =>
          new Promise((resolve) => {
            for (const event of ["data", "end", "close"]) socket.once(event, resolve);
            socket.resume();
          })
        ));
        highest = Math.max(highest, server.connections.size);
        for (const socket of sockets) socket.destroy();
      }
      assert.ok(highest <= most, `${highest} connections`);
      await until(() => server.connections.size === 0, "all are gone");
      await server.shutdown();
      await until(() => openSockets() <= before, "their sockets are closed");
    });
  }
}
