/** `deno task bench --check`: everything that is published follows from the samples. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROWS } from "../rows/mod.ts";
import { type Row, type RuntimeName, RUNTIMES, type Variant } from "../row.ts";
import { type Entry, judge, rolesOf, variantsOf } from "./judge.ts";
import { chartFile, chartOf, readmeFile, readmeWith } from "./publish.ts";
import { readResults } from "./results.ts";
import type { Series, Session } from "./session.ts";

/** What differs, in words; nothing when all is well. @param root The project. */
export function check(root: string): string[] {
  const entries = readResults(join(root, "bench/results.json"));
  const problems = entries.length === 0 ? ["results.json: there are no results"] : [];
  problems.push(...entries.flatMap(checkEntry), ...checkComplete(entries));
  const chart = readFileSync(join(root, chartFile), "utf8");
  if (chart !== chartOf(entries)) problems.push(`${chartFile}: it is not the chart of results.json`);
  const readme = readFileSync(join(root, readmeFile), "utf8");
  if (readme !== readmeWith(readme, entries)) problems.push(`${readmeFile}: its table is not that of results.json`);
  return problems;
}

/** Which rows are missing: a missed target must not be got rid of by leaving it out. */
function checkComplete(entries: readonly Entry[]): string[] {
  return ROWS.flatMap((row) =>
    variantsOn(row).filter(({ variant, runtime }) =>
      !entries.some((entry) => entry.id === row.id && entry.variant === variant.name && entry.runtime === runtime)
    ).map(({ variant, runtime }) => `${row.id} ${variant.name} on ${runtime}: it is missing`)
  );
}

function variantsOn(row: Row): { variant: Variant; runtime: RuntimeName }[] {
  return RUNTIMES.filter((runtime) => row.on?.includes(runtime)).flatMap((runtime) =>
    variantsOf(row, runtime).map((variant) => ({ variant, runtime }))
  );
}

/** What of an entry does not follow from its samples. */
function checkEntry(entry: Entry): string[] {
  const name = `${entry.id} ${entry.variant} on ${entry.runtime}`;
  const again = judgeAgain(entry);
  if (again === null) return [`${name}: there is no such row`];
  const fields = new Set([...Object.keys(entry), ...Object.keys(again)]) as Set<keyof Entry>;
  return [...fields].filter((field) => JSON.stringify(entry[field]) !== JSON.stringify(again[field])).map((field) =>
    `${name}: ${field} is ${JSON.stringify(entry[field])}, the samples say ${JSON.stringify(again[field])}`
  );
}

/** The entry that follows from its samples; `null` when its row or variant is no more. */
export function judgeAgain(entry: Entry): Entry | null {
  const row = ROWS.find(({ id }) => id === entry.id);
  const variant = row && variantsOf(row, entry.runtime).find(({ name }) => name === entry.variant);
  if (!variant) return null;
  const session: Session = new Map();
  for (const [name, role] of rolesOf(row, variant, entry.runtime)) session.set(role, seriesOf(entry, name));
  const { versions, at, machine, command } = entry;
  return judge(row, variant, entry.runtime, session, { versions, at, machine, command });
}

function seriesOf({ samples, alsoSamples, failures }: Entry, name: string): Series {
  const also: Series["also"] = {};
  for (const [what, byName] of Object.entries(alsoSamples)) if (byName[name]) also[what] = byName[name];
  const series: Series = { values: samples[name] ?? [], also };
  if (failures[name] !== undefined) series.failure = failures[name];
  return series;
}
