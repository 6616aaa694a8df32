/** Conditions that may differ between TCP and Unix sockets are rows of their own. */
import type { Condition } from "./condition.ts";

/** The same condition over both; `name` makes its id. */
export function overBoth(
  make: (over: "tcp" | "unix", name: (id: string) => string) => Condition,
): readonly Condition[] {
  return [make("tcp", (id) => id), make("unix", (id) => `${id}-unix`)];
}
