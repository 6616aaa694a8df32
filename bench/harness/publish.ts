/** What is made of the results: the chart, and the section of the README. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartOf } from "./chart.ts";
import { readmeWith } from "./readme.ts";
import { readResults } from "./results.ts";

export { chartOf } from "./chart.ts";
export { readmeWith } from "./readme.ts";

/** Where they are, from the root of the project. */
export const chartFile = "bench/results.svg";
export const readmeFile = "README.md";

/** Draws the chart and writes the table. @param root The project. */
export function publish(root: string): void {
  const entries = readResults(join(root, "bench/results.json"));
  writeFileSync(join(root, chartFile), chartOf(entries));
  const readme = join(root, readmeFile);
  writeFileSync(readme, readmeWith(readFileSync(readme, "utf8"), entries));
}
