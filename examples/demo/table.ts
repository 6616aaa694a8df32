/** A table of endings, row by row as they are lived. Made for 120 columns. */
import process from "node:process";
import type { Claim, Observation } from "./endings.ts";

const WIDTH = 120;
const INDENT = "    ";

const COLUMNS: readonly [title: string, width: number, align: "left" | "right"][] = [
  ["how it ends", 42, "left"],
  ["reason", 15, "left"],
  ["operation", 10, "left"],
  ["by", 6, "left"],
  ["read", 9, "right"],
  ["written", 10, "right"],
  ["unsent", 9, "right"],
  ["retry safe", 10, "right"],
];

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number) => (text: string): string => colours ? `\x1b[${code}m${text}\x1b[0m` : text;

export const bold: (text: string) => string = paint(1);
export const dim: (text: string) => string = paint(2);
export const red: (text: string) => string = paint(31);
const green: (text: string) => string = paint(32);

/** The mark in front of what was promised. */
export function mark(kept: boolean): string {
  return kept ? green("✓") : red("✗");
}

/** The names of the columns. */
export function header(): string {
  return `  ${bold(row(COLUMNS.map(([title]) => title)))}`;
}

/** One ending: its numbers, the message below them, and what else was promised below that. */
export function ending(title: string, seen: Observation, kept: boolean): string {
  const { bytesRead, bytesWritten, unsentBytes, retrySafe } = seen;
  const numbers = [bytesRead, bytesWritten, unsentBytes].map((bytes) => bytes.toLocaleString("en-US"));
  const safe = retrySafe === undefined ? "–" : retrySafe ? "yes" : "no";
  return [
    `${mark(kept)} ${row([title, seen.reason, seen.operation, seen.initiator, ...numbers, safe])}`,
    ...wrap(seen.message).map((line) => INDENT + dim(line)),
    ...seen.also.map(claim),
  ].join("\n");
}

/** One line about something that must be true. */
export function claim({ text, holds }: Claim): string {
  return `${INDENT}${mark(holds)} ${text}`;
}

/** Text as lines that fit beside the indent. */
export function wrap(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line.length + 1 + word.length > WIDTH - INDENT.length) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}

function row(cells: readonly string[]): string {
  return COLUMNS.map(([, width, align], i) => align === "left" ? cells[i]!.padEnd(width) : cells[i]!.padStart(width))
    .join(" ").trimEnd();
}
