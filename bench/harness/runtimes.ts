/** Where the runtimes are: those of the machine, or fetched through npm. */
import { PACKAGES, pathOf } from "../../scripts/npm_runtimes.ts";
import type { RuntimeName } from "../row.ts";

/** A runtime that can be started without npx: that costs half a second, and every sample is a process of its own. */
export interface Runtime {
  name: RuntimeName;
  version: string;
  /** The command in front of a program. */
  command: string[];
}

/** @param name Which one. @returns It, downloaded if need be. */
export async function findRuntime(name: RuntimeName): Promise<Runtime> {
  if (name === "deno") {
    return {
      name,
      version: Deno.version.deno,
      command: [Deno.execPath(), "run", "--quiet", "--no-check", "-A", "--v8-flags=--expose-gc"],
    };
  }
  const { path, version } = await pathOf(PACKAGES[name]);
  return { name, version, command: [path, ...(name === "bun" ? [] : ["--expose-gc"])] };
}
