/** The chart: how many times as fast as the best peer, and as the raw API, on logarithmic axes. */
import type { RuntimeName } from "../row.ts";
import type { Entry } from "./judge.ts";
import { mark, times } from "./table.ts";

const WIDTH = 1_000;
const LABELS = 258;
const TOP = 92;
const BAR = 9;
const GAP = 12;

const SERIES: { runtime: RuntimeName; name: string }[] = [
  { runtime: "deno", name: "Deno" },
  { runtime: "node20", name: "Node 20" },
  { runtime: "node26", name: "Node 26" },
];

/** A half of the chart: which ratio, and the powers of two that its axis spans. */
interface Panel {
  title: string;
  ratio: (entry: Entry) => number | null;
  left: number;
  width: number;
  from: number;
  to: number;
  ticks: number[];
}

const PANELS: Panel[] = [
  {
    title: "times as fast as the best peer",
    ratio: ({ vsPeer }) => vsPeer,
    left: LABELS,
    width: 385,
    from: -2,
    to: 12,
    ticks: [-2, 0, 2, 4, 6, 8, 10, 12],
  },
  {
    title: "times as fast as the raw runtime API",
    ratio: ({ vsRaw }) => vsRaw,
    left: LABELS + 440,
    width: 280,
    from: -4,
    to: 6,
    ticks: [-4, -2, 0, 2, 4, 6],
  },
];

const STYLE = `
  text { font: 11px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .soft { fill: #59636e; }
  .value { font-size: 8.5px; fill: #59636e; }
  .id { font-weight: 600; }
  .page { fill: #ffffff; }
  .band { fill: #f6f8fa; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .one { stroke: #1f2328; stroke-width: 1.2; }
  .deno { fill: #3f6fd8; stroke: #3f6fd8; }
  .node20 { fill: #dd9a2c; stroke: #dd9a2c; }
  .node26 { fill: #2f9e73; stroke: #2f9e73; }
  .missed { fill-opacity: 0.12; stroke-dasharray: 2 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .soft, .value { fill: #9198a1; }
    .page { fill: #0d1117; }
    .band { fill: #151b23; }
    .grid { stroke: #3d444d; }
    .one { stroke: #e6edf3; }
    .deno { fill: #6d97f2; stroke: #6d97f2; }
    .node20 { fill: #ecb354; stroke: #ecb354; }
    .node26 { fill: #4cc194; stroke: #4cc194; }
  }`;

/** The whole picture, from what was recorded. */
export function chartOf(entries: readonly Entry[]): string {
  const groups = groupsOf(entries.filter(({ runtime }) => runtime !== "bun"));
  const step = SERIES.length * BAR + GAP;
  const bottom = TOP + groups.length * step;
  const parts = groups.map((group, index) => drawGroup(group, TOP + index * step, index % 2 === 1, step));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 34}" role="img">
<title>Hawser against the raw runtime API and the best peer of each row</title>
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${bottom + 34}" rx="8"/>
${legend()}
${parts.map(({ band }) => band).join("\n")}
${PANELS.map((panel) => axis(panel, bottom)).join("\n")}
${parts.map(({ bars }) => bars).join("\n")}
</svg>
`;
}

/** The entries of one variant on its runtimes: a line of the chart. */
function groupsOf(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = `${entry.id}/${entry.variant}`;
    groups.set(key, [...groups.get(key) ?? [], entry]);
  }
  return [...groups.values()].filter((group) => group.some(({ vsRaw, vsPeer }) => vsRaw !== null || vsPeer !== null));
}

function legend(): string {
  const names = SERIES.map(({ runtime, name }, index) => {
    const x = LABELS + index * 82;
    return `<rect class="${runtime}" x="${x}" y="35" width="12" height="8" rx="1.5"/>` +
      `<text class="soft" x="${x + 17}" y="43">${name}</text>`;
  });
  const missed = LABELS + SERIES.length * 82 + 10;
  return [
    `<text class="title" x="16" y="26">How fast Hawser is</text>`,
    `<text class="soft" x="16" y="43">longer to the right is better</text>`,
    ...names,
    `<rect class="node26 missed" x="${missed}" y="35" width="12" height="8" rx="1.5"/>`,
    `<text class="soft" x="${missed + 17}" y="43">hollow: at least one target of that row is missed there</text>`,
  ].join("\n");
}

function axis(panel: Panel, bottom: number): string {
  const lines = panel.ticks.map((power) => {
    const x = place(panel, 2 ** power);
    const label = power < 0 ? `1/${2 ** -power}` : `${2 ** power}x`;
    return `<line class="${power === 0 ? "one" : "grid"}" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${bottom}"/>` +
      `<text class="soft" x="${x}" y="${TOP - 11}" text-anchor="middle">${label}</text>` +
      `<text class="soft" x="${x}" y="${bottom + 16}" text-anchor="middle">${label}</text>`;
  });
  return `<text x="${panel.left}" y="${TOP - 28}">${panel.title}</text>\n${lines.join("\n")}`;
}

function drawGroup(group: Entry[], y: number, shaded: boolean, step: number): { band: string; bars: string } {
  const { id, title, variant } = group[0]!;
  const middle = y + step / 2;
  const top = middle - group.length * BAR / 2;
  const bars = PANELS.flatMap((panel) =>
    group.flatMap((entry, index) => {
      const ratio = panel.ratio(entry);
      return ratio === null ? [] : [bar(panel, ratio, top + index * BAR, entry.runtime, mark(entry) === "MISSED")];
    })
  );
  const labels = `<text class="id" x="16" y="${middle - 3}">${id}</text>` +
    `<text x="48" y="${middle - 3}">${escaped(title)}</text>` +
    `<text class="soft" x="48" y="${middle + 11}">${escaped(variant)}</text>`;
  const band = shaded ? `<rect class="band" x="8" y="${y}" width="${WIDTH - 16}" height="${step}" rx="4"/>` : "";
  return { band, bars: [labels, ...bars].join("\n") };
}

function bar(panel: Panel, ratio: number, y: number, runtime: RuntimeName, missed: boolean): string {
  const [one, end] = [place(panel, 1), place(panel, ratio)];
  const [x, width] = [Math.min(one, end), Math.max(1, Math.abs(end - one))];
  const [at, anchor] = ratio >= 1 ? [x + width + 4, "start"] : [x - 4, "end"];
  return `<rect class="${runtime}${missed ? " missed" : ""}" x="${fixed(x)}" y="${y + 1}" width="${
    fixed(width)
  }" height="${BAR - 2}" rx="1.5"/><text class="value" x="${fixed(at)}" y="${y + 7.5}" text-anchor="${anchor}">${
    times(ratio)
  }</text>`;
}

/** Where a ratio is on the axis; what is beyond its ends is put there. */
function place({ left, width, from, to }: Panel, ratio: number): number {
  const power = Math.min(to, Math.max(from, Math.log2(ratio)));
  return fixed(left + (power - from) / (to - from) * width);
}

function fixed(value: number): number {
  return Number(value.toFixed(1));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
