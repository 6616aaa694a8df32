/**
 * Runs the compiled tests on a Node: `deno run -A scripts/test_node.ts [node] [test file …]`.
 * Without a name, on the machine's `node`; a test file is given as in the sources (`tests/reader_test.ts`).
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildNpm, isForNode } from "./build_npm.ts";
import { npmVersions } from "./npm_imports.ts";
import { run } from "./run.ts";

/** Only the emitter and tests that run under Deno alone need these. */
const NOT_ON_NODE = new Set(["puppeteer-core", "typescript"]);

/** Installs what the tests import into `root/npm`, where Node finds it; does nothing when it is there. */
export async function installTestDependencies(root: string): Promise<void> {
  const config = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));
  const missing: string[] = [];
  for (const [name, version] of npmVersions(config.imports)) {
    if (NOT_ON_NODE.has(name)) continue;
    const manifest = join(root, "npm/node_modules", name, "package.json");
    const installed = await readFile(manifest, "utf8").catch(() => "{}"); // not there yet
    if (JSON.parse(installed).version !== version) missing.push(`${name}@${version}`);
  }
  if (missing.length === 0) return;
  // All of them: npm removes from node_modules what this command does not name.
  const all = [...npmVersions(config.imports)].filter(([name]) => !NOT_ON_NODE.has(name)).map(([name, version]) =>
    `${name}@${version}`
  );
  const install = await run(["npm", "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", ...all], {
    cwd: join(root, "npm"),
  });
  if (install.code !== 0) throw new Error(`Cannot install ${all.join(" ")}: npm says\n${install.output}`);
}

/** The command line that runs compiled test files in `npm`; `filter` is a regular expression for the tests' names. */
export function nodeTestCommand(node: string, files: string[], filter = "", npm = "."): string[] {
  return [node, "--enable-source-maps", `${npm}/tests/node_runner.js`, `--filter=${filter}`, ...files];
}

/** Every compiled test file, named from `npm/`. */
export async function compiledTests(root: string): Promise<string[]> {
  const names = await readdir(join(root, "tests"));
  return names.filter((name) => name.endsWith("_test.ts") && isForNode(`tests/${name}`)).sort()
    .map((name) => `tests/${name.replace(/\.ts$/, ".js")}`);
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const [node = "node", ...chosen] = Deno.args;
  await buildNpm(root);
  await installTestDependencies(root);
  const files = chosen.length > 0 ? chosen.map((path) => path.replace(/\.ts$/, ".js")) : await compiledTests(root);
  const [command, ...args] = nodeTestCommand(node, files);
  const child = new Deno.Command(command!, { args, cwd: join(root, "npm") }).spawn();
  Deno.exit((await child.status).code);
}
