/** Node and Bun, which come through npm, so that a machine needs none of them. */
import { run } from "./run.ts";

/** What npx fetches: the versions that are tested and measured. */
export const PACKAGES = {
  node20: "node@20",
  node22: "node@22",
  node24: "node@24",
  node26: "node@26",
  bun: "bun@1.4.5",
} as const;

/** `npx` takes half a second each time: it is asked once where the runtime is. */
export async function pathOf(name: string): Promise<{ path: string; version: string }> {
  const program =
    "console.log(JSON.stringify({ path: process.execPath, version: process.versions.bun ?? process.versions.node }))";
  const { code, output } = await run(["npx", "-y", name, "-e", program]);
  const line = output.split("\n").find((line) => line.startsWith("{"));
  if (code !== 0 || line === undefined) throw new Error(`Cannot run ${name} through npx:\n${output}`);
  return JSON.parse(line);
}
