/** The error matrix itself: what it would say if a runtime differed. The matrix runs with `deno task matrix`. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { test } from "./harness.ts";
import { type Cell, RUNTIMES } from "./matrix/condition.ts";
import { conditions } from "./matrix/conditions.ts";
import { IMPOSSIBLE } from "./matrix/impossible.ts";
import { temporaryFolder, until } from "./raw_peers.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

test("conditions have unique kebab-case ids, and say what they expect", () => {
  const ids = conditions.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, title, expected } of conditions) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(title.length > 0 && expected.length > 0, id);
  }
});

test("conditions of one group stand together", () => {
  const groups = conditions.map(({ group }) => group).filter((group, at, all) => group !== all[at - 1]);
  assert.equal(new Set(groups).size, groups.length);
});

test("impossible cells are of at most five kinds", () => {
  assert.ok(Object.keys(IMPOSSIBLE).length <= 5);
  const used = conditions.flatMap(({ impossible }) => RUNTIMES.map((name) => impossible?.[name]?.kind));
  for (const kind of used) assert.ok(kind === undefined || kind in IMPOSSIBLE);
});

// The sources and the tasks are Deno's; compiled there is nothing to look at.
if ("Deno" in globalThis) {
  const { judge, sameWords, summary } = await import(String(new URL("../scripts/matrix/verdicts.ts", import.meta.url)));
  const seen = (lines: string[], messages: string[] = []): Cell => ({ id: "any", lines, messages });
  const condition = { ...conditions[0]!, expected: ["read: end"], impossible: {} };

  test("judge() finds a runtime that says something else, or less, or nothing", () => {
    assert.equal(judge(condition, "bun", seen(["read: end"])).kind, "same");
    assert.equal(judge(condition, "bun", seen(["read: done"])).kind, "differs");
    assert.equal(judge(condition, "bun", seen(["read: end", "LEFT 1 sockets open"])).kind, "differs");
    assert.equal(judge(condition, "bun", seen([])).kind, "differs");
    assert.equal(judge(condition, "bun", undefined).kind, "differs");
  });

  test("judge() holds an impossible cell to what is seen instead", () => {
    const kind = Object.keys(IMPOSSIBLE)[0];
    const impossible = { ...condition, impossible: { bun: { kind, instead: ["read: done"] }, deno: { kind } } };
    assert.equal(judge(impossible, "bun", seen(["read: done"])).kind, "impossible");
    assert.equal(judge(impossible, "bun", seen(["read: end"])).kind, "differs");
    assert.equal(judge(impossible, "deno", undefined).kind, "impossible");
  });

  test("sameWords() finds a runtime whose message is another one", () => {
    const row = [
      judge(condition, "deno", seen(["read: end"], ["read: Cannot read"])),
      judge(condition, "bun", seen(["read: end"], ["read: Cannot read"])),
      judge(condition, "node20", seen(["read: end"], ["read: Cannot go on"])),
    ];
    assert.deepEqual(sameWords(row).map(({ kind }: { kind: string }) => kind), ["same", "same", "differs"]);
  });

  test("summary() counts what differs", () => {
    const verdicts = [judge(condition, "bun", seen(["read: end"])), judge(condition, "deno", seen([]))];
    assert.equal(summary(1, 2, verdicts), "matrix: 1 conditions x 2 runtimes, 1 differ, 0 impossible, 0 skipped");
  });

  test("deno task matrix exits with 1 when a runtime differs, and says what it wanted", async () => {
    const { code, output } = await matrix(["--runtime", "deno"], { MATRIX_SELF_CHECK: "1" });
    assert.equal(code, 1);
    assert.match(output, /want read: what nobody says\n\s+have read: done\n/);
    assert.match(output, /\nmatrix: 1 conditions x 1 runtimes, 1 differ, 0 impossible, 0 skipped\n$/);
  });

  test("deno task matrix exits with 0 when nothing differs", async () => {
    const { code, output } = await matrix(["--row", conditions[0]!.id, "--runtime", "deno"], {});
    assert.match(output, /\nmatrix: 1 conditions x 1 runtimes, 0 differ, 0 impossible, 0 skipped\n$/);
    assert.equal(code, 0);
  });

  test("deno task matrix --raw prints what the runtime's own sockets say", async () => {
    const { code, output } = await matrix(["--row", "refused", "--runtime", "deno", "--raw"], {});
    assert.match(output, /^refused on deno, without the package:\n {2}Deno.connect: ConnectionRefused\{ECONNREFUSED, /);
    assert.equal(code, 0);
  });

  test("deno task matrix leaves no process and no folder behind when it is interrupted", async () => {
    await using folder = await temporaryFolder();
    const home = folder.path(".");
    const args = ["run", "-A", "--no-check", "--quiet", "scripts/matrix.ts", "--row", "refused", "--runtime", "deno"];
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, TMPDIR: home },
      stdio: "ignore",
      timeout: 60_000,
    });
    const closed = once(child, "close");
    // Its own folder and one for each half; then itself, both halves and a peer.
    await until(() => readdirSync(home).length >= 3 && processesWith(home).length >= 4, "the matrix runs");
    process.kill(child.pid!, "SIGINT");
    assert.deepEqual(await closed, [130, null]);
    assert.deepEqual(readdirSync(home), []);
    // Killed they are; the system takes a moment to bury them.
    for (let look = 0; look < 200 && processesWith(home).length > 0; look++) await delay(5);
    assert.deepEqual(processesWith(home), []);
  });

  test("the raw half of the matrix never loads the package", () => {
    const loaded = new Set([`${root}tests/matrix/raw_child.ts`]);
    for (const path of loaded) {
      const imports = readFileSync(path, "utf8").matchAll(/^import (?!type )[^;]*? from "(\.[^"]+)"/gms);
      for (const [, name] of imports) loaded.add(fileURLToPath(new URL(name!, `file://${path}`)));
    }
    assert.ok(loaded.size > 5);
    for (const path of loaded) assert.ok(path.startsWith(`${root}tests/matrix/`), path);
  });
}

/** The processes that have a text in their environment. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "utf8").includes(text);
    } catch {
      return false; // It has just gone.
    }
  });
}

function matrix(args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  const command = ["run", "-A", "--no-check", "--quiet", "scripts/matrix.ts", ...args];
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env, NO_COLOR: "1" }, timeout: 60_000 };
    execFile(process.execPath, command, options, (error, stdout) => {
      resolve({ code: error === null ? 0 : error.code as number, output: stdout });
    });
  });
}
