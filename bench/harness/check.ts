/** `deno task bench --check`: everything that is published follows from the samples. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROWS } from "../rows/mod.ts";
import { type Entry, judge, rolesOf } from "./judge.ts";
import { chartFile, chartOf, readmeFile, readmeWith } from "./publish.ts";
import { readResults } from "./results.ts";
import type { Series, Session } from "./session.ts";

/** What differs, in words; nothing when all is well. @param root The project. */
export function check(root: string): string[] {
  const entries = readResults(join(root, "bench/results.json"));
  const problems = entries.length === 0 ? ["results.json: there are no results"] : [];
  problems.push(...entries.flatMap(checkEntry));
  const chart = readFileSync(join(root, chartFile), "utf8");
  if (chart !== chartOf(entries)) problems.push(`${chartFile}: it is not the chart of results.json`);
  const readme = readFileSync(join(root, readmeFile), "utf8");
  if (readme !== readmeWith(readme, entries)) problems.push(`${readmeFile}: its table is not that of results.json`);
  return problems;
}

/** What of an entry does not follow from its samples. */
export function checkEntry(entry: Entry): string[] {
  const name = `${entry.id} ${entry.variant} on ${entry.runtime}`;
  const row = ROWS.find(({ id }) => id === entry.id);
  const variant = row?.ours.find((variant) => variant.name === entry.variant);
  if (!row || !variant) return [`${name}: there is no such row`];
  const session: Session = new Map();
  for (const [name, role] of rolesOf(row, variant, entry.runtime)) session.set(role, seriesOf(entry, name));
  const { versions, at, machine, command } = entry;
  const again = judge(row, variant, entry.runtime, session, { versions, at, machine, command });
  const fields = new Set([...Object.keys(entry), ...Object.keys(again)]) as Set<keyof Entry>;
  return [...fields].filter((field) => JSON.stringify(entry[field]) !== JSON.stringify(again[field])).map((field) =>
    `${name}: ${field} is ${JSON.stringify(entry[field])}, the samples say ${JSON.stringify(again[field])}`
  );
}

function seriesOf({ samples, alsoSamples, failures }: Entry, name: string): Series {
  const also: Series["also"] = {};
  for (const [what, byName] of Object.entries(alsoSamples)) if (byName[name]) also[what] = byName[name];
  const series: Series = { values: samples[name] ?? [], also };
  if (failures[name] !== undefined) series.failure = failures[name];
  return series;
}
