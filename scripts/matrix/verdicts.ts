/** What each cell of the matrix amounts to. */
import type { Condition, RuntimeName } from "../../tests/matrix/condition.ts";

export interface Verdict {
  readonly condition: Condition;
  readonly runtime: RuntimeName;
  readonly ours: readonly string[];
  readonly raw: readonly string[];
  readonly kind: "same" | "differs" | "impossible" | "skipped";
}

const equal = (a: readonly string[], b: readonly string[]): boolean => a.join("\n") === b.join("\n");

/** Judges what was seen. */
export function judge(
  condition: Condition,
  runtime: RuntimeName,
  ours: readonly string[] | undefined,
  raw: readonly string[] = [],
): Verdict {
  const impossible = condition.impossible?.[runtime];
  const wanted = impossible === undefined ? condition.expected : impossible.instead;
  const right = ours === undefined ? wanted === undefined : wanted !== undefined && equal(ours, wanted);
  const kind = !right ? "differs" : impossible === undefined ? "same" : "impossible";
  return { condition, runtime, ours: ours ?? [], raw, kind };
}

/** The last line of the program. */
export function summary(conditions: number, runtimes: number, verdicts: readonly Verdict[]): string {
  const count = (kind: Verdict["kind"]): number => verdicts.filter((verdict) => verdict.kind === kind).length;
  return `matrix: ${conditions} conditions x ${runtimes} runtimes, ${count("differs")} differ, ` +
    `${count("impossible")} impossible, ${count("skipped")} skipped`;
}
