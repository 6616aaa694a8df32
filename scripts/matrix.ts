/**
 * Provokes every failure on every runtime and compares what the caller was told: `deno task matrix`.
 *
 * `--row ID` and `--runtime NAME` (both may be given several times; an id may end in `*`) run a part; `--raw` prints what
 * the runtime's own sockets say, and compares nothing. The whole matrix is written to `docs/error-matrix.md`.
 *
 * Exit code 1 unless nothing differs; with `CI` set nothing may be skipped either.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Cell, type Condition, type RuntimeName, RUNTIMES } from "../tests/matrix/condition.ts";
import { conditions } from "../tests/matrix/conditions.ts";
import { buildNpm } from "./build_npm.ts";
import { temporaryFolder } from "./interruption.ts";
import { type HalfName, runColumn } from "./matrix/cells.ts";
import { page, table } from "./matrix/report.ts";
import { type Column, columns, prepare } from "./matrix/runtimes.ts";
import { judge, sameWords, summary, type Verdict } from "./matrix/verdicts.ts";
import { missing } from "./matrix/machine.ts";

/** Columns at work at once: mostly they wait. */
const PARALLEL = 6;

const root = fileURLToPath(new URL("../", import.meta.url));

function chosen(): { rows: Condition[]; runtimes: RuntimeName[]; raw: boolean; whole: boolean } {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      row: { type: "string", multiple: true },
      runtime: { type: "string", multiple: true },
      raw: { type: "boolean", default: false },
    },
  });
  const fits = (id: string, row: string): boolean => row.endsWith("*") ? id.startsWith(row.slice(0, -1)) : id === row;
  const rows = conditions.filter(({ id }) => values.row?.some((row) => fits(id, row)) ?? true);
  const runtimes = RUNTIMES.filter((name) => values.runtime?.includes(name) ?? true);
  if (rows.length === 0) throw new Error(`Cannot run the matrix: no condition is called ${values.row?.join(" or ")}`);
  if (runtimes.length === 0) throw new Error(`Cannot run the matrix: --runtime takes ${RUNTIMES.join(", ")}`);
  return { rows, runtimes, raw: values.raw, whole: values.row === undefined && values.runtime === undefined };
}

/** Runs both halves of every column, a few at a time. */
async function runHalves(
  all: readonly Column[],
  halves: readonly HalfName[],
  rows: readonly Condition[],
): Promise<Map<string, ReadonlyMap<string, Cell>>> {
  await using folder = temporaryFolder("matrix_");
  const machinery = await prepare(root, folder.path);
  const jobs = halves.flatMap((half) => all.map((column) => ({ half, column })));
  const results = new Map<string, ReadonlyMap<string, Cell>>();
  await Promise.all(Array.from({ length: PARALLEL }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { half, column } = job;
      const wanted = rows.filter((row) => half === "raw_child" || mayRun(row, column.name));
      results.set(`${half} ${column.name}`, await runColumn(column, half, wanted, machinery));
    }
  }));
  return results;
}

/** What is impossible and has nothing to be seen instead is not run. */
function mayRun({ impossible }: Condition, runtime: RuntimeName): boolean {
  return impossible?.[runtime] === undefined || impossible[runtime].instead !== undefined;
}

function printRaw(
  rows: readonly Condition[],
  all: readonly Column[],
  results: Map<string, ReadonlyMap<string, Cell>>,
): void {
  for (const { id } of rows) {
    for (const { name } of all) {
      console.log(`${id} on ${name}, without the package:`);
      for (const line of results.get(`raw_child ${name}`)?.get(id)?.lines ?? []) console.log(`  ${line}`);
    }
  }
}

const { rows, runtimes, raw, whole } = chosen();
if (runtimes.some((name) => !name.startsWith("deno"))) await buildNpm(root);
const all = await columns(root, runtimes);
const runnable = rows.filter((row) => missing(row) === undefined);
const results = await runHalves(all, raw ? ["raw_child"] : ["child", "raw_child"], runnable);
if (raw) {
  printRaw(runnable, all, results);
} else {
  const verdicts = rows.flatMap((row) =>
    sameWords(
      all.map(({ name }): Verdict =>
        missing(row) !== undefined
          ? { condition: row, runtime: name, ours: [], raw: [], messages: [], kind: "skipped" }
          : judge(row, name, results.get(`child ${name}`)?.get(row.id), results.get(`raw_child ${name}`)?.get(row.id))
      ),
    )
  );
  for (const line of table(rows, all, verdicts)) console.log(line);
  for (const row of rows) if (missing(row) !== undefined) console.log(`skipped: ${row.id}: ${missing(row)}`);
  const sum = summary(rows.length, all.length, verdicts);
  if (whole) {
    await mkdir(join(root, "docs"), { recursive: true });
    await writeFile(join(root, "docs/error-matrix.md"), page(rows, all, verdicts, sum));
  }
  console.log(`\n${sum}`);
  const bad = verdicts.some(({ kind }) => kind === "differs" || (kind === "skipped" && Deno.env.has("CI")));
  if (bad) Deno.exit(1);
}
