import assert from "node:assert/strict";
import { checkRuntime, loadRuntime } from "../lib/runtime/mod.ts";
import { test } from "./harness.ts";
import { onDeno } from "./raw_peers.ts";

test("checkRuntime() takes what every program has", () => {
  checkRuntime("auto");
  checkRuntime("node");
});

test('checkRuntime() takes "deno" on Deno alone, and names the way out elsewhere', () => {
  if (onDeno) checkRuntime("deno");
  else assert.throws(() => checkRuntime("deno"), { name: "TypeError", message: /runtime "deno".*use "node"/ });
});

test('T10: loadRuntime("auto") is the runtime\'s own platform', async () => {
  const own = onDeno ? await import("../lib/runtime/deno/dial.ts") : await import("../lib/runtime/node/dial.ts");
  assert.equal((await loadRuntime("auto")).dial, own.dial);
});

test('loadRuntime("node") is node:net everywhere', async () => {
  const { dial } = await import("../lib/runtime/node/dial.ts");
  const { listen } = await import("../lib/runtime/node/listener.ts");
  assert.deepEqual(await loadRuntime("node"), { dial, listen });
});
