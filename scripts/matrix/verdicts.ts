/** What each cell of the matrix amounts to. */
import type { Cell, Condition, RuntimeName } from "../../tests/matrix/condition.ts";

export interface Verdict {
  readonly condition: Condition;
  readonly runtime: RuntimeName;
  readonly ours: readonly string[];
  readonly raw: readonly string[];
  readonly messages: readonly string[];
  readonly kind: "same" | "differs" | "impossible" | "skipped";
}

const equal = (a: readonly string[], b: readonly string[]): boolean => a.join("\n") === b.join("\n");

/** Judges what was seen. */
export function judge(condition: Condition, runtime: RuntimeName, ours: Cell | undefined, raw?: Cell): Verdict {
  const impossible = condition.impossible?.[runtime];
  const wanted = impossible === undefined ? condition.expected : impossible.instead;
  const right = ours === undefined ? wanted === undefined : wanted !== undefined && equal(ours.lines, wanted);
  const kind = !right ? "differs" : impossible === undefined ? "same" : "impossible";
  return { condition, runtime, ours: ours?.lines ?? [], raw: raw?.lines ?? [], messages: ours?.messages ?? [], kind };
}

/** The cells of one row: where all else is the same, so must be the words that a person reads. */
export function sameWords(row: readonly Verdict[]): Verdict[] {
  const first = row.find(({ kind }) => kind === "same");
  return row.map((verdict) => {
    if (verdict.kind !== "same" || equal(verdict.messages, first!.messages)) return verdict;
    const other = verdict.messages.filter((words, at) => words !== first!.messages[at]);
    return { ...verdict, kind: "differs", ours: [...verdict.ours, ...other.map((words) => `OTHER WORDS ${words}`)] };
  });
}

/** The last line of the program. */
export function summary(conditions: number, runtimes: number, verdicts: readonly Verdict[]): string {
  const count = (kind: Verdict["kind"]): number => verdicts.filter((verdict) => verdict.kind === kind).length;
  return `matrix: ${conditions} conditions x ${runtimes} runtimes, ${count("differs")} differ, ` +
    `${count("impossible")} impossible, ${count("skipped")} skipped`;
}
