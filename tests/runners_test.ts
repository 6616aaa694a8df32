/**
 * The files of `docs/testing-your-transport.md`, each under the test runner it is for, against the package as npm users get
 * it. Under Deno only, which builds the package.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { checkTransport, memoryPair } from "../lib/testing/mod.ts";
import { skipUnless, test } from "./harness.ts";
import { onDeno } from "./raw_peers.ts";

const VITEST = "4.0.8";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What the package is built from. */
const SOURCES = ["mod.ts", "lib", "deno.json", "README.md", "LICENSE", "CHANGELOG.md"];

const CHECKS = checkTransport(() => memoryPair()).length;

/** A project with the files of the page, and the package in `node_modules`. */
async function makeProject(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "hawser-runners-"));
  const build = join(path, "build");
  await mkdir(build);
  for (const name of SOURCES) await symlink(join(root, name), join(build, name));
  const { buildNpm } = await import("../scripts/build_npm.ts");
  await buildNpm(build);
  await mkdir(join(path, "node_modules/@hawser"), { recursive: true });
  await symlink(join(build, "npm"), join(path, "node_modules/@hawser/net"));
  await writeFile(join(path, "package.json"), '{ "type": "module", "dependencies": { "@hawser/net": "*" } }');
  const page = await readFile(join(root, "docs/testing-your-transport.md"), "utf8");
  for (const [, name, code] of page.matchAll(/^```js ignore\n\/\/ (\S+)\n(.*?)^```$/gms)) {
    await writeFile(join(path, name!), code!);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Vitest in a folder that outlives the test: it is large, and does not change. `undefined`: npm cannot get it. */
function installVitest(): string | undefined {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "hawser-ci", `vitest-${VITEST}`);
  const installed = join(folder, "node_modules/vitest");
  if (existsSync(join(installed, "package.json"))) return installed;
  const args = ["install", "--no-audit", "--no-fund", "--prefix", folder, `vitest@${VITEST}`];
  const { status } = spawnSync("npm", args, { stdio: "ignore" });
  return status === 0 ? installed : undefined;
}

/** Runs a command in the project; it must succeed, and say how many tests passed. */
function passes(cwd: string, command: string, args: string[], counted: RegExp): void {
  const env = { ...process.env, NO_COLOR: "1", CI: "true", DENO_NO_UPDATE_CHECK: "1" };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: 60_000 });
  assert.equal(status, 0, stdout + stderr);
  const [, count] = counted.exec(stdout) ?? [];
  assert.equal(Number(count), CHECKS, stdout + stderr);
}

if (onDeno) {
  test("docs/testing-your-transport.md passes under Deno.test", async () => {
    await using project = await makeProject();
    const args = ["test", "--no-check", "--no-lock", "my_transport_test.js"];
    passes(project.path, process.execPath, args, /\| (\d+) passed/);
  });

  test("docs/testing-your-transport.md passes under node:test", async () => {
    await using project = await makeProject();
    passes(project.path, "node", ["--test", "my_transport.node.test.mjs"], /^(?:# |ℹ )pass (\d+)$/m);
  });

  const vitest = installVitest();
  const options = skipUnless(vitest !== undefined, `npm cannot install vitest@${VITEST}`);
  test("docs/testing-your-transport.md passes under Vitest", options, async () => {
    await using project = await makeProject();
    await symlink(vitest!, join(project.path, "node_modules/vitest"));
    const args = [join(vitest!, "vitest.mjs"), "run", "my_transport.vitest.test.js"];
    passes(project.path, "node", args, /Tests +(\d+) passed/);
  });

  test("docs/testing-your-transport.md fails under a runner where the transport is wrong", async () => {
    await using project = await makeProject();
    const file = join(project.path, "my_transport.js");
    const source = await readFile(file, "utf8");
    await writeFile(file, source.replace("const count = await inner.read(into);", "const count = 0;"));
    const { status, stdout } = spawnSync("node", ["--test", "my_transport.node.test.mjs"], {
      cwd: project.path,
      encoding: "utf8",
    });
    assert.notEqual(status, 0);
    assert.match(stdout, /3a reads give 1 byte or more[\s\S]*read\(\) resolved to 0/);
  });
}
