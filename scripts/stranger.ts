/**
 * A stranger, who has nothing but README.md and the tarball: `deno task stranger`.
 *
 * npm installs the tarball in an empty folder. There
 * - every `ts` block of the README runs under Deno, on Node 20 (compiled, as `tsc` does it) and on Bun;
 * - `import` and `require` give every entry of the package, on each Node that is supported, on Bun and on Deno;
 * - `scripts/stranger/consumer.ts` is type checked with TypeScript 5.9, 6 and 7, under `nodenext` and `bundler`.
 */
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { buildNpm } from "./build_npm.ts";
import { temporaryFolder } from "./interruption.ts";
import { npmSpecifiers, npmVersions } from "./npm_imports.ts";
import { PACKAGES, pathOf } from "./npm_runtimes.ts";
import { run } from "./run.ts";

/** Under an alias each, so that all are installed at once. */
const TYPESCRIPTS = { "typescript-5": "5.9.3", "typescript-6": "6.0.3", "typescript-7": "7.0.2" };

/** Where a package is looked for, and what that goes with. */
const RESOLUTIONS = [
  ["--module", "nodenext", "--moduleResolution", "nodenext"],
  ["--module", "esnext", "--moduleResolution", "bundler"],
];

/** Everything else is the strictest there is: a consumer's settings also judge the types of a package. */
const STRICT = [
  ..."--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --verbatimModuleSyntax".split(" "),
  ..."--skipLibCheck false --target es2022 --lib es2023,esnext.disposable,dom,dom.asynciterable --types node".split(
    " ",
  ),
];

/** For one program; a block of the README that hangs must not hold up the rest. */
const LIMIT = 60_000;

const root = fileURLToPath(new URL("../", import.meta.url));
let [passed, failed] = [0, 0];

/** Runs one command in the folder: a test. */
async function passes(name: string, command: string[], cwd: string): Promise<void> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const { code, output } = await run(command, { cwd, env, timeout: LIMIT });
  if (code === 0) passed++;
  else failed++;
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name}${code === 0 ? "" : `\n${output}`}`);
}

/** Packs the package and installs it in `folder`, with what the README and the type checks import beside it. */
async function install(folder: string): Promise<void> {
  await buildNpm(root);
  const must = async (...command: string[]): Promise<string> => {
    const { code, output } = await run(command, { cwd: folder });
    if (code !== 0) throw new Error(`Cannot install the package: ${command.join(" ")} says\n${output}`);
    return output;
  };
  await must("npm", "pack", "--silent", join(root, "npm"));
  const [tarball] = await readdir(folder);
  await copyFile(join(root, "README.md"), join(folder, "README.md"));
  await writeFile(join(folder, "package.json"), `{ "private": true, "type": "module" }\n`);
  const { imports } = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));
  const compilers = Object.entries(TYPESCRIPTS).map(([alias, version]) => `${alias}@npm:typescript@${version}`);
  // `@std/async` is at JSR; npm has the same code under another name.
  const std = `deno-std@${npmVersions(imports).get("deno-std")}`;
  await must("npm", "install", "--no-audit", "--no-fund", `./${tarball}`, std, "@types/node@20", ...compilers);
}

/** The `ts` blocks of the README, each in a file; gives their names without extension. */
async function writeBlocks(folder: string): Promise<string[]> {
  const { imports } = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const onNpm = npmSpecifiers(imports);
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block!);
  if (blocks.length === 0) throw new Error("Cannot try the README: it has no ts block");
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return await Promise.all(blocks.map(async (block, index) => {
    const code = block.replace(/(?<=from ")@std\/[^"]+/g, (name) => onNpm.get(name) ?? name);
    await writeFile(join(folder, `block_${index + 1}.ts`), code);
    await writeFile(join(folder, `block_${index + 1}.js`), ts.transpileModule(code, { compilerOptions }).outputText);
    return `block_${index + 1}`;
  }));
}

/** Programs that get every entry, and something of each. */
async function writeDoors(folder: string): Promise<string[]> {
  const check = "if (typeof net.connect !== 'function' || typeof codecs.lines !== 'function' || " +
    "typeof testing.memoryPair !== 'function') throw new Error('an entry is empty');\n";
  const entries = { net: "@hawser/net", codecs: "@hawser/net/codecs", testing: "@hawser/net/testing" };
  const each = (line: (name: string, entry: string) => string): string =>
    Object.entries(entries).map(([name, entry]) => line(name, entry)).join("\n") + "\n" + check;
  await writeFile(join(folder, "import.mjs"), each((name, entry) => `import * as ${name} from "${entry}";`));
  await writeFile(join(folder, "require.cjs"), each((name, entry) => `const ${name} = require("${entry}");`));
  return ["import.mjs", "require.cjs"];
}

{
  await using temporary = temporaryFolder("stranger_");
  const folder = temporary.path;
  await install(folder);
  const blocks = await writeBlocks(folder);
  const doors = await writeDoors(folder);
  const paths = new Map<string, string>();
  for (const [name, source] of Object.entries(PACKAGES)) paths.set(name, (await pathOf(source)).path);
  const deno = [Deno.execPath(), "run", "-A", "--no-check", "--quiet"];
  const [oldest, bun] = [paths.get("node20")!, paths.get("bun")!];

  for (const block of blocks) {
    await passes(`README ${block} under Deno`, [...deno, `${block}.ts`], folder);
    await passes(`README ${block} on Node 20`, [oldest, `${block}.js`], folder);
    await passes(`README ${block} on Bun`, [bun, `${block}.ts`], folder);
  }
  for (const door of doors) {
    await passes(`${door} under Deno`, [...deno, door], folder);
    for (const [name, path] of paths) await passes(`${door} on ${name}`, [path, door], folder);
  }
  await copyFile(join(root, "scripts/stranger/consumer.ts"), join(folder, "consumer.ts"));
  for (const [alias, version] of Object.entries(TYPESCRIPTS)) {
    for (const resolution of RESOLUTIONS) {
      const compiler = ["node", `node_modules/${alias}/bin/tsc`, ...STRICT, ...resolution, "consumer.ts"];
      await passes(`types with TypeScript ${version}, ${resolution.at(-1)}`, compiler, folder);
    }
  }
}
console.log(`\nstranger | ${passed} passed | ${failed} failed`);
if (failed > 0) Deno.exit(1);
