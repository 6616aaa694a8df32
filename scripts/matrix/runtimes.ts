/** How each column of the matrix is started. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { allCertificates } from "../../tests/certificates.ts";
import { type RuntimeName, RUNTIMES } from "../../tests/matrix/condition.ts";
import { PACKAGES, pathOf } from "../npm_runtimes.ts";

/** One column: the command of a half, before the name of the runtime and the ids. */
export interface Column {
  readonly name: RuntimeName;
  readonly version: string;
  command(half: "child" | "raw_child", denoFlags?: readonly string[]): string[];
}

/** What the processes of the columns need beside themselves. */
export interface Machinery {
  /** The command of a peer: always the machine's Node, which runs no TypeScript. */
  readonly peer: readonly string[];
  /** The file of the certificates. */
  readonly certificates: string;
}

/** Makes it, in a folder that may be removed afterwards. */
export async function prepare(root: string, folder: string): Promise<Machinery> {
  const path = join(folder, "certificates.json");
  await writeFile(path, JSON.stringify(allCertificates()));
  return { peer: await compilePeer(root, folder), certificates: path };
}

async function compilePeer(root: string, folder: string): Promise<string[]> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  for (const name of ["peer_process", "peer_tls"]) {
    const source = await readFile(join(root, `tests/matrix/${name}.ts`), "utf8");
    const { outputText } = ts.transpileModule(source, { compilerOptions });
    await writeFile(join(folder, `${name}.mjs`), outputText.replaceAll(/(?<=from "\.\/\w+)\.ts(?=")/g, ".mjs"));
  }
  return ["node", join(folder, "peer_process.mjs")];
}

/** The columns that were asked for, or all. `root` must have been built: Node and Bun run the compiled files. */
export async function columns(root: string, names: readonly RuntimeName[] = RUNTIMES): Promise<Column[]> {
  return await Promise.all(names.map(async (name): Promise<Column> => {
    if (name === "deno" || name === "deno-node") {
      return {
        name,
        version: Deno.version.deno,
        command: (half, flags = ["-A"]) => [
          Deno.execPath(),
          "run",
          "--no-check",
          "--quiet",
          "--no-prompt",
          ...flags,
          join(root, `tests/matrix/${half}.ts`),
          name,
        ],
      };
    }
    const { path, version } = await pathOf(PACKAGES[name]);
    return { name, version, command: (half) => [path, join(root, `npm/tests/matrix/${half}.js`), name] };
  }));
}
