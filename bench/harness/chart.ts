import type { Entry } from "./judge.ts";
export function chartOf(_entries: readonly Entry[]): string {
  return "";
}
