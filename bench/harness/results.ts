/** `results.json`: read, merged, written, one field a line. */
import { readFileSync } from "node:fs";
import { ROWS } from "../rows/mod.ts";
import type { RuntimeName } from "../row.ts";
import type { Entry } from "./judge.ts";

const ORDER: RuntimeName[] = ["deno", "node20", "node26", "bun"];

/** Reads what was recorded; nothing when there is no file yet. */
export function readResults(path: string): Entry[] {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    return [];
  }
}

/** Entries of this run in place of older ones of the same row, variant and runtime, in the order of the table. */
export function merge(old: readonly Entry[], fresh: readonly Entry[]): Entry[] {
  const keyOf = ({ id, variant, runtime }: Entry): string => `${id}/${variant}/${runtime}`;
  const byKey = new Map([...old, ...fresh].map((entry) => [keyOf(entry), entry]));
  const inOrder = ROWS.flatMap(({ id, ours }) =>
    ours.flatMap(({ name }) => ORDER.map((runtime) => byKey.get(`${id}/${name}/${runtime}`)))
  );
  return inOrder.filter((entry) => entry !== undefined);
}

/** The text of the file. */
export function textOf(entries: readonly Entry[]): string {
  const field = ([name, value]: [string, unknown]): string => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
  const entry = (entry: Entry): string => `  {\n${Object.entries(entry).map(field).join(",\n")}\n  }`;
  return `[\n${entries.map(entry).join(",\n")}\n]\n`;
}
