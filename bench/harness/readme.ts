import type { Entry } from "./judge.ts";
export function readmeWith(readme: string, _entries: readonly Entry[]): string {
  return readme;
}
