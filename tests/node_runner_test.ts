import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { test } from "./harness.ts";
import { onBun, onDeno } from "./raw_peers.ts";

/** What the runner says of a file with these tests, and its exit code. */
async function verdict(tests: string, ...options: string[]): Promise<{ code: number; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), "runner_"));
  try {
    const path = join(folder, "some_test.mjs");
    await writeFile(path, `import { test } from ${JSON.stringify(new URL("harness.js", import.meta.url))};\n${tests}`);
    const runner = fileURLToPath(new URL("node_runner.js", import.meta.url));
    return await new Promise((resolve) =>
      execFile(
        process.execPath,
        [runner, ...options, path],
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
      )
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

const sum = (pass: number, fail: number, skipped = 0) => `ℹ pass ${pass}\nℹ fail ${fail}\nℹ skipped ${skipped}\n`;

// It is there for Node alone.
if (!onDeno && !onBun) {
  test("node_runner passes what resolves, skips what says so, and leaves out what does not match", async () => {
    const { code, output } = await verdict(
      `test("a", () => {}); test("b", async () => {}); test("a, later", { skip: true }, () => {});`,
      "--filter=^a",
    );
    assert.deepEqual([code, output.endsWith(sum(1, 0, 1))], [0, true], output);
  });

  test("node_runner fails a test that rejects, and goes on", async () => {
    const { code, output } = await verdict(
      `test("a", () => Promise.reject(new Error("no"))); test("b", () => { throw 1 }); test("c", () => {});`,
    );
    assert.deepEqual([code, output.endsWith(sum(1, 2))], [1, true], output);
    assert.match(output, /✖ a Error: no/);
  });

  test("node_runner fails a test that nothing is left to settle", async () => {
    const { code, output } = await verdict(`test("a", () => new Promise(() => {})); test("b", () => {});`);
    assert.deepEqual([code, output.endsWith(sum(1, 1))], [1, true], output);
  });

  test("node_runner fails a test that leaves a rejection or an exception to nobody", async () => {
    const { code, output } = await verdict(`
      const later = () => new Promise((resolve) => setTimeout(resolve, 1));
      test("a", () => { void Promise.reject(new Error("alone")); return later(); });
      test("b", () => { setImmediate(() => { throw new Error("thrown") }); return later().then(later); });
    `);
    assert.deepEqual([code, output.endsWith(sum(0, 2))], [1, true], output);
  });

  test("node_runner fails a test that does not end in time, though something still runs", async () => {
    const { code, output } = await verdict(
      `test("a", () => new Promise(() => { setInterval(() => {}, 1_000); }));`,
      "--limit=50",
    );
    assert.deepEqual([code, output.endsWith(sum(0, 1))], [1, true], output);
    assert.match(output, /it still runs after 50 ms/);
  });

  test("node_runner fails the test that leaves something open, and no other", async () => {
    const { code, output } = await verdict(`
      import { createServer } from "node:net";
      test("a", () => { createServer().listen(0, "127.0.0.1"); });
      test("b", () => {});
    `);
    assert.deepEqual([code, output.endsWith(sum(1, 1))], [1, true], output);
    assert.match(output, /✖ a Error: .*it has left 1 TCPServerWrap/);
  });

  test("node_runner fails a file that does not load or exits by itself", async () => {
    assert.deepEqual((await verdict("import './missing.mjs';")).code, 1);
    const { code, output } = await verdict(`test("a", () => process.exit(0)); test("b", () => {});`);
    assert.deepEqual([code, output.endsWith(sum(0, 1))], [1, true], output);
  });
}
