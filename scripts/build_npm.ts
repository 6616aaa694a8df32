/**
 * Writes the npm package to `npm/`.
 *
 * The emitter is TypeScript's own, file by file: `deno pack` leaves `using` as it is, drops the `#private` brand from
 * the types and takes no description, engines or repository. Tests, examples, the subjects of the benchmark and the load
 * test are emitted beside the sources, so that Node runs the very files that are published; the `files` list keeps them
 * out of the tarball.
 */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { npmSpecifiers } from "./npm_imports.ts";

/** About the sources themselves, and what is beside them: there is nothing to look at in the compiled form. */
const NOT_ON_NODE = /^tests\/(bench_test|docs_test|pages_test|style_test|style_rules|mutants|workflows_test)(\.ts$|\/)/;

const EMIT: ts.CompilerOptions = {
  // The oldest Node we promise parses ES2022; this also turns `using` in tests and examples into try/finally.
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  declaration: true,
  isolatedDeclarations: true,
  rewriteRelativeImportExtensions: true,
  sourceMap: true,
  inlineSources: true,
  stripInternal: true,
  verbatimModuleSyntax: true,
};

/** Emits the package of the project in `root` to `root/npm`; leaves `npm/node_modules` alone. */
export async function buildNpm(root: string): Promise<void> {
  const out = join(root, "npm");
  await mkdir(out, { recursive: true });
  for (const name of await readdir(out)) {
    if (name !== "node_modules") await rm(join(out, name), { recursive: true });
  }
  const config = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));
  const specifiers = npmSpecifiers(config.imports);
  const published = ["mod.ts", ...await filesUnder(root, "lib")];
  const folders = ["tests", "examples", "bench/subjects", "scripts/load"];
  const beside = (await Promise.all(folders.map((folder) => filesUnder(root, folder)))).flat();
  for (const path of published) await emit(root, path, specifiers);
  await emitTypes(root, published);
  for (const path of beside) {
    if (!path.endsWith(".ts")) await copyInto(out, root, path);
    else if (isForNode(path)) await emit(root, path, specifiers);
  }
  for (const path of ["README.md", "LICENSE", "CHANGELOG.md"]) await copyInto(out, root, path);
  await writeFile(join(out, "package.json"), JSON.stringify(packageJson(config), null, 2) + "\n");
}

/** Whether a test, or what belongs to one, is compiled. @param path From the root, `tests/reader_test.ts`. */
export function isForNode(path: string): boolean {
  return !NOT_ON_NODE.test(path);
}

/** Emits the code of one file again, into a package that has been built. */
export async function rebuild(root: string, path: string): Promise<void> {
  const config = JSON.parse(await readFile(join(root, "deno.json"), "utf8"));
  await emit(root, path, npmSpecifiers(config.imports));
}

async function filesUnder(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === "ENOENT") return []; // a young tree without examples is a tree
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** `path` is relative to `root`, and so is what is written to `root/npm`. */
async function emit(root: string, path: string, specifiers: Map<string, string>): Promise<void> {
  const source = await readFile(join(root, path), "utf8");
  const target = join(root, "npm", path.replace(/\.ts$/, ""));
  await mkdir(dirname(target), { recursive: true });
  const fileName = path.split("/").at(-1)!;
  const script = ts.transpileModule(source, {
    fileName,
    compilerOptions: { ...EMIT, declaration: false, isolatedDeclarations: false },
  });
  await writeFile(`${target}.js`, toNode20(toNpmNames(script.outputText, specifiers)));
  await writeFile(`${target}.js.map`, script.sourceMapText!);
}

/** From one file alone TypeScript does not know what `[Symbol.dispose]` is, and declares such a method twice. */
async function emitTypes(root: string, paths: string[]): Promise<void> {
  const program = ts.createProgram(paths.map((path) => join(root, path)), {
    ...EMIT,
    emitDeclarationOnly: true,
    noCheck: true,
    sourceMap: false,
    inlineSources: false,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
    types: [],
    preserveSymlinks: true,
    rootDir: root,
    outDir: join(root, "npm"),
  });
  const written: Promise<void>[] = [];
  const { diagnostics: [problem] } = program.emit(undefined, (path, text) => {
    written.push(writeFile(path, toJsExtensions(text)));
  });
  await Promise.all(written);
  if (problem === undefined) return;
  const text = ts.flattenDiagnosticMessageText(problem.messageText, "\n");
  throw new Error(`Cannot emit the types of ${problem.file?.fileName}: ${text}`);
}

/** Names of the import map mean nothing to Node: `"@std/async/retry"` becomes `"deno-std/async/retry.js"`. */
function toNpmNames(code: string, specifiers: Map<string, string>): string {
  return code.replace(/(\bfrom |\bimport\(|\bimport )"([^"]+)"/g, (whole, before, name) => {
    const npmName = specifiers.get(name);
    return npmName === undefined ? whole : `${before}"${npmName}"`;
  });
}

/** Node has `import.meta.main` from 22.18 and 24.2 on: an example would do nothing on Node 20. */
function toNode20(code: string): string {
  return code.replace("if (import.meta.main)", "if (import.meta.main ?? process.argv[1] === import.meta.filename)");
}

/** TypeScript rewrites `"./reader.ts"` in code but not in types. */
function toJsExtensions(declaration: string): string {
  return declaration.replace(/(\bfrom |\bimport\(|\bimport )"(\.[^"]+)\.ts"/g, '$1"$2.js"');
}

async function copyInto(out: string, root: string, path: string): Promise<void> {
  await mkdir(dirname(join(out, path)), { recursive: true });
  await copyFile(join(root, path), join(out, path)).catch((error) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(`Cannot build the npm package: ${path} is missing`, { cause: error });
  });
}

function packageJson(
  config: { name: string; version: string; license: string; exports: Record<string, string> },
): unknown {
  const entries = Object.entries(config.exports).map(([name, path]) => {
    const base = path.replace(/\.ts$/, "");
    return [name, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  return {
    name: config.name,
    version: config.version,
    description: "Async TCP, TLS and Unix-socket connections with a typed error for every way they can end",
    keywords: ["tcp", "tls", "unix-socket", "socket", "stream", "async", "net"],
    license: config.license,
    repository: { type: "git", url: "git+https://github.com/hawser/net.git" },
    type: "module",
    exports: Object.fromEntries([...entries, ["./package.json", "./package.json"]]),
    files: ["mod.js", "mod.js.map", "mod.d.ts", "lib/", "CHANGELOG.md"],
    engines: { node: ">=20.19" },
    sideEffects: false,
  };
}

if (import.meta.main) {
  const started = performance.now();
  await buildNpm(fileURLToPath(new URL("../", import.meta.url)));
  console.log(`npm/ written in ${Math.round(performance.now() - started)} ms`);
}
