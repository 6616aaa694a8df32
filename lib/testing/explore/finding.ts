/**
 * What the explorer finds, and how it says so.
 *
 * @module
 */
import { type Cut, cutId, describeCut } from "./cut.ts";
import type { WireEntry } from "./seam.ts";
import { formatWire } from "./wire.ts";

/**
 * Which promise was broken.
 *
 * - `"hang"`: it did not settle, and nothing would ever have woken it.
 * - `"error"`: it rejected with something that is no error of this package, and that you did not allow.
 * - `"result"`: it resolved, but not to what the clean run gave: half a message was taken for a whole one.
 * - `"loss"`: it resolved as if all were well, although bytes that it had written never left.
 * - `"open"`: a connection was left open.
 * - `"timer"`, `"listener"`: something was left behind: a timeout or timer that is set, a listener on the signal.
 * - `"unhandled"`: a rejection that nobody handled.
 * - `"count"`: the connection counted other bytes than passed.
 * - `"peer"`: the peer rejected in the clean run, or did not settle although its connection was over.
 */
export type FindingKind =
  | "hang"
  | "error"
  | "result"
  | "loss"
  | "open"
  | "timer"
  | "listener"
  | "unhandled"
  | "count"
  | "peer";

/** One broken promise. */
export interface Finding {
  /** Which one. */
  readonly kind: FindingKind;
  /** What was seen. */
  readonly message: string;
  /** By which cut; `undefined` in the clean run. */
  readonly cut: Cut | undefined;
  /** The error that goes with it, where there is one. */
  readonly error?: unknown;
  /** What passed up to the cut, as text. */
  readonly wire: string;
}

/** A finding that does not yet know its run. */
export type Observation = Pick<Finding, "kind" | "message" | "error">;

/** An observation with its run. */
export function findingOf(observation: Observation, cut: Cut | undefined, wire: readonly WireEntry[]): Finding {
  return { ...observation, cut, wire: formatWire(wire) };
}

/** How many kinds of findings a message shows in full. */
const SHOWN = 8;

/** All findings as one text: one of each kind and way in full, the rest counted. */
export function describeFindings(findings: readonly Finding[], labels: readonly string[]): string {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.kind} ${finding.cut?.way}`;
    groups.set(key, [...groups.get(key) ?? [], finding]);
  }
  const texts = [...groups.values()].slice(0, SHOWN).map((group) => describeGroup(group, labels));
  if (groups.size > SHOWN) texts.push(`  … and ${groups.size - SHOWN} other kinds of findings`);
  return texts.join("\n\n");
}

function describeGroup([first, ...others]: readonly Finding[], labels: readonly string[]): string {
  const { kind, message, cut, wire, error } = first!;
  const where = cut === undefined ? "in the clean run" : describeCut(cut, labels[cut.index - 1]);
  const lines = [`  ${kind}: ${where}: ${message}`];
  if (wire !== "") lines.push(wire);
  if (error instanceof Error && error.stack !== undefined) lines.push(`    ${error.stack.replaceAll("\n", "\n    ")}`);
  if (cut !== undefined) lines.push(`    replay: exploreAborts(scenario, { only: "${cutId(cut)}" })`);
  if (others.length > 0) lines.push(`    and ${others.length} more cuts like it`);
  return lines.join("\n");
}
