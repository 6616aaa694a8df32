/** Where the runtimes are: those of the machine, or fetched through npm. */
import { run } from "../../scripts/run.ts";
import type { RuntimeName } from "../row.ts";

/** A runtime that can be started without npx: that costs half a second, and every sample is a process of its own. */
export interface Runtime {
  name: RuntimeName;
  version: string;
  /** The command in front of a program. */
  command: string[];
}

/** The versions that are measured. */
const PACKAGES: Record<Exclude<RuntimeName, "deno">, string> = {
  node20: "node@20",
  node26: "node@26",
  bun: "bun@1.4.5",
};

/** @param name Which one. @returns It, downloaded if need be. */
export async function findRuntime(name: RuntimeName): Promise<Runtime> {
  if (name === "deno") {
    return {
      name,
      version: Deno.version.deno,
      command: [Deno.execPath(), "run", "--quiet", "--no-check", "-A", "--v8-flags=--expose-gc"],
    };
  }
  const script = "process.execPath + ' ' + (process.versions.bun ?? process.versions.node)";
  const { code, output } = await run(["npx", "-y", PACKAGES[name], "-p", script], { timeout: 120_000 });
  const found = /^(?<path>\/\S+) (?<version>\d+\.\d+\.\d+)$/m.exec(output)?.groups;
  if (code !== 0 || !found) throw new Error(`Cannot get ${PACKAGES[name]} through npx:\n${output}`);
  return { name, version: found.version!, command: [found.path!, ...(name === "bun" ? [] : ["--expose-gc"])] };
}
