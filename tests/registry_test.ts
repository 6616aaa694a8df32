import assert from "node:assert/strict";
import { Registry, traceOrigins } from "../lib/registry.ts";
import { runChild } from "./child.ts";
import { test } from "./harness.ts";
import { onBun, onDeno } from "./raw_peers.ts";

test("Registry lists what is open, the oldest first", () => {
  const registry = new Registry<{ name: string }>();
  const [a, b, c] = ["a", "b", "c"].map((name) => ({ name }));
  registry.add(a!);
  const entry = registry.add(b!);
  registry.add(c!);
  assert.deepEqual(registry.list(), [a, b, c]);
  registry.remove(entry);
  assert.deepEqual(registry.list(), [a, c]);
});

test("Registry knows where a thing was opened only while somebody wants to know", () => {
  const registry = new Registry<object>();
  const [before, during, after] = [{}, {}, {}];
  registry.add(before);
  const stop = traceOrigins();
  (function opensHere() {
    registry.add(during);
  })();
  stop();
  registry.add(after);
  assert.match(registry.originOf(during)!, /opensHere/);
  assert.deepEqual([registry.originOf(before), registry.originOf(after)], [undefined, undefined]);
});

test("Registry keeps no connection alive that was dropped unclosed, and forgets none that is held", async () => {
  const flags = onDeno ? ["-A", "--v8-flags=--expose-gc"] : [];
  const [, left] = /^listed: (\d+), closed: 2\n$/.exec(await runChild("drop_connections", ["2000"], flags))!;
  // Bun looks for roots conservatively: a few may seem to be in use.
  assert.ok(Number(left) <= (onBun ? 40 : 2), `${left} of 2000 are still listed`);
});
