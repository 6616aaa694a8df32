/** The table that people read. */
import type { Row } from "../row.ts";
import type { Entry } from "./judge.ts";

/** The line above a row's entries, with the time since the run began. */
export function heading({ id, title, unit, per }: Row, minutes: number): string {
  return `\n${id.padEnd(3)} ${title} (${unit}${per ? ` a ${per}` : ""}), after ${minutes.toFixed(1)} min`;
}

/** One entry, with every target and what came of it. */
export function lineOf(entry: Entry): string {
  const { runtime, variant, ours, raw, peer, peerName, vsRaw, vsPeer, conditions, note } = entry;
  const cells = [
    `    ${runtime.padEnd(7)} ${variant.padEnd(24)}`,
    number(ours).padStart(8),
    `  raw ${number(raw).padStart(8)} ${times(vsRaw).padStart(7)}`,
    `  ${`${peerName ?? "no peer"} ${number(peer)}`.padEnd(29)} ${times(vsPeer).padStart(7)}`,
    `  ${mark(entry)}`,
  ];
  const details = conditions.map(({ target, actual, pass }) =>
    `${pass === null ? "·" : pass ? "✓" : "✗"} ${target}: ${number(actual)}`
  );
  const more = [details.join("   "), note].filter((text) => text).map((text) => `\n              ${text}`);
  return cells.join("") + more.join("");
}

/** `reached`, `missed`, or why neither. */
export function mark({ pass, conditions, note }: Pick<Entry, "pass" | "conditions" | "note">): string {
  if (pass === true) return "reached";
  if (pass === false) return "MISSED";
  if (note?.startsWith("rejected")) return "rejected";
  return conditions.length === 0 ? "informative" : "not measured";
}

/** A number as short as it is honest. */
export function number(value: number | null): string {
  if (value === null) return "–";
  if (value >= 1_000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A ratio. */
export function times(value: number | null): string {
  return value === null ? "" : `${number(value)}x`;
}
