/** The section of the README between its markers: the chart, and every variant with its ratios. */
import { RUNTIMES } from "../row.ts";
import type { Entry } from "./judge.ts";
import { mark, times } from "./table.ts";

const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";

/** The README with that section as the entries have it. */
export function readmeWith(readme: string, entries: readonly Entry[]): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`Cannot write the README's table: it must have ${BEGIN} and ${END}`);
  return readme.slice(0, begin + BEGIN.length) + section(entries) + readme.slice(end);
}

function section(entries: readonly Entry[]): string {
  const shown = entries.filter(({ runtime }) => runtime !== "bun");
  const targets = shown.flatMap(({ conditions }) => conditions);
  const count = (verdict: boolean | null): number => targets.filter(({ pass }) => pass === verdict).length;
  const others = count(null) > 0 ? `, ${count(null)} could not be judged` : "";
  const sum = `Of ${targets.length} targets ${count(true)} are reached, ${count(false)} missed${others}.`;
  return `
<!-- deno-fmt-ignore-start -->

![Each row as so many times as fast as the best peer and as the raw runtime API](bench/results.svg)

Times as fast (or as small) as the best peer, and in brackets as the raw runtime API. ✓ all targets of that line are reached
there, ✗ at least one is **missed**, ? rejected or not measured; no sign: a row without targets. ${sum}

${tableOf([["row", "", "Deno", "Node 20", "Node 26"], ...linesOf(shown)])}

${provenance(shown)}

<!-- deno-fmt-ignore-end -->
`;
}

/** Columns as wide as their widest cell, as `deno fmt` has them. */
function tableOf([head, ...lines]: string[][]): string {
  const widths = head!.map((_, column) => Math.max(3, ...[head!, ...lines].map((line) => line[column]!.length)));
  const rule = widths.map((width) => "-".repeat(width));
  return [head!, rule, ...lines].map((cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  ).join("\n");
}

function linesOf(entries: readonly Entry[]): string[][] {
  const groups = Map.groupBy(entries, ({ id, variant }) => `${id}/${variant}`);
  return [...groups.values()].map((group) => {
    const { id, title, variant } = group[0]!;
    const cells = RUNTIMES.map((runtime) => cell(group.find((entry) => entry.runtime === runtime)));
    return [id, `${title}: ${variant}`, ...cells];
  });
}

function cell(entry: Entry | undefined): string {
  if (entry === undefined) return "";
  const sign = { reached: "✓", MISSED: "✗", informative: "" }[mark(entry)] ?? "?";
  const ratios = [times(entry.vsPeer), entry.vsRaw === null ? "" : `(${times(entry.vsRaw)})`];
  return [sign, ...ratios].filter((text) => text !== "").join(" ");
}

function provenance(entries: readonly Entry[]): string {
  const versions = Object.assign({}, ...entries.map(({ versions }) => versions));
  const named = Object.entries(versions).map(([name, version]) =>
    String(version).includes(name) ? version : `${name} ${version}`
  );
  const rounds = [...new Set(entries.map(({ n }) => n))].sort((a, b) => a - b).join(", ");
  const last = entries.map(({ at }) => at).sort().at(-1);
  return `Last measured ${last} on ${entries.at(-1)?.machine}, with ${rounds} samples of each; ${named.join(", ")}.`;
}
