/**
 * The public API as one text file, so that every change of it shows in a diff. `deno task api` compares, `deno task
 * api --update` rewrites.
 *
 * For each entry: every exported name with its declaration, as npm users get it, without comments, in alphabetical
 * order.
 */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { buildNpm } from "./build_npm.ts";
import { run } from "./run.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const snapshotPath = `${root}tests/api.snapshot.txt`;

async function publicApi(): Promise<string> {
  await buildNpm(root);
  const { exports } = JSON.parse(await Deno.readTextFile(`${root}deno.json`)) as { exports: Record<string, string> };
  const entries = Object.entries(exports).map(([name, path]) => ({
    name,
    file: `${root}npm/${path.slice("./".length).replace(/\.ts$/, ".d.ts")}`,
  }));
  const program = ts.createProgram(entries.map(({ file }) => file), {
    noLib: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  return entries.map(({ name, file }) => `======== entry "${name}"\n\n${describe(program, file)}`).join("\n");
}

function describe(program: ts.Program, file: string): string {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
  if (!module) throw new Error(`Cannot describe ${file}: it exports nothing`);
  const names = checker.getExportsOfModule(module).toSorted((a, b) => a.name < b.name ? -1 : 1);
  return names.map((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (!symbol.declarations) throw new Error(`Cannot describe ${exported.name}: nothing declares it`);
    const renamed = exported.name === symbol.name ? "" : `${exported.name} is\n`;
    return renamed + symbol.declarations.map(print).join("\n") + "\n";
  }).join("\n");
}

function print(declaration: ts.Declaration): string {
  // A `const` is declared inside a list inside a statement, and only that has the whole text.
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.createPrinter({ removeComments: true }).printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
}

const api = await publicApi();
if (Deno.args.includes("--update")) {
  await Deno.writeTextFile(snapshotPath, api);
  console.log("tests/api.snapshot.txt written");
} else {
  const actual = await Deno.makeTempFile({ prefix: "api_", suffix: ".txt" });
  await Deno.writeTextFile(actual, api);
  const { code, output } = await run(["diff", "-u", "--label", "snapshot", "--label", "now", snapshotPath, actual]);
  await Deno.remove(actual);
  if (code !== 0) {
    console.error(
      `${output}\nThe public API differs from tests/api.snapshot.txt. If that is meant: deno task api --update`,
    );
    Deno.exit(1);
  }
  console.log("The public API is as in tests/api.snapshot.txt");
}
