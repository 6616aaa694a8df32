import assert from "node:assert/strict";
import { Connection } from "../mod.ts";
import { ConnectionProbe } from "../lib/connection_probe.ts";
import { resolveOptions } from "../lib/connection_options.ts";
import { FillLoop } from "../lib/fill_loop.ts";
import { Lifetime } from "../lib/lifetime.ts";
import { openConnections } from "../lib/registry.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";

function probed(): { transport: ManualTransport; lifetime: Lifetime; loop: FillLoop; probe: ConnectionProbe } {
  const transport = new ManualTransport();
  const lifetime = new Lifetime(transport, resolveOptions({}));
  const loop = new FillLoop(lifetime);
  return { transport, lifetime, loop, probe: new ConnectionProbe(loop) };
}

test("ConnectionProbe.inspect() shows both ends and the numbers", () => {
  const { transport, lifetime, probe } = probed();
  Object.assign(lifetime, { bytesRead: 7, accepted: 5, taken: 3 });
  const { age, ...seen } = probe.inspect();
  assert.ok(age >= 0);
  assert.deepEqual(seen, {
    localAddress: transport.localAddress,
    remoteAddress: transport.remoteAddress,
    state: "open",
    bytesRead: 7,
    bytesWritten: 3,
    bufferedBytes: 0,
    unsentBytes: 2,
    waiting: [],
  });
});

test("ConnectionProbe.inspect() tells the states apart", () => {
  const { lifetime, probe } = probed();
  assert.equal(probe.inspect().state, "open");
  lifetime.writeEnding = true;
  assert.equal(probe.inspect().state, "write-ended");
  lifetime.writeEnding = false;
  lifetime.peerEnded = true;
  assert.equal(probe.inspect().state, "read-ended");
  lifetime.startClosing();
  assert.equal(probe.inspect().state, "closing");
});

test("ConnectionProbe.inspect() shows what waits, the oldest first", () => {
  const { lifetime, probe } = probed();
  const time = performance.now();
  lifetime.reading = { operation: "readLine", since: time - 10 };
  lifetime.writing = new Set([
    { operation: "drain", since: time - 30 },
    { operation: "flush", since: time - 20 },
  ]);
  const { waiting } = probe.inspect();
  assert.deepEqual(waiting.map(({ operation }) => operation), ["drain", "flush", "readLine"]);
  assert.ok(waiting.every(({ elapsed }, i) => elapsed >= [30, 20, 10][i]!));
});

test("Connection is in the registry for as long as it is not over", () => {
  const before = openConnections.list().length;
  const connection = new Connection(new ManualTransport());
  assert.equal(openConnections.list().length, before + 1);
  connection.abort();
  assert.equal(openConnections.list().length, before);
});

test("Connection with a signal that is aborted already never stays in the registry", () => {
  const before = openConnections.list().length;
  new Connection(new ManualTransport(), { signal: AbortSignal.abort() });
  assert.equal(openConnections.list().length, before);
});
