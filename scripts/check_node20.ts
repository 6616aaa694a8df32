/**
 * Type checks what runs everywhere, all of `lib/` but `lib/runtime/`, against the standard library of Node 20
 * (ES2023): `deno check` has Deno's newer one and would let `Promise.withResolvers()` through. The style test looks
 * for what no library version tells apart.
 */
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../", import.meta.url));
const config = ts.readConfigFile(`${root}deno.json`, ts.sys.readFile).config;
const entries = Object.values(config.exports as Record<string, string>).map((path) => root + path.slice("./".length));

const program = ts.createProgram(entries, {
  target: ts.ScriptTarget.ES2022,
  // "dom" is here for AbortSignal, setTimeout and the streams: Node has them as globals too.
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.asynciterable.d.ts"],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
});
const files = program.getSourceFiles().filter(({ fileName }) =>
  fileName.startsWith(root) && !fileName.includes("/node_modules/") && !fileName.startsWith(`${root}lib/runtime/`)
);
const problems = files.flatMap((
  file,
) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
if (problems.length > 0) {
  console.error(ts.formatDiagnostics(problems, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n",
  }));
  Deno.exit(1);
}
console.log(`${files.length} files use nothing that Node 20 lacks`);
