/** What this machine lacks for a condition. */
import process from "node:process";
import { spawnSync } from "node:child_process";
import type { Condition } from "../../tests/matrix/condition.ts";

const isRoot = process.getuid?.() === 0;

/** Whether this machine lets us make network namespaces; asked once. */
const hasNamespaces: () => boolean = once(() =>
  isRoot && [["unshare", "--net", "true"], ["ip", "-V"], ["iptables", "-V"], ["sysctl", "-V"]]
    .every(([program, ...args]) => spawnSync(program!, args).status === 0)
);

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Why a condition cannot be provoked here, or `undefined`. */
export function missing({ needs = [] }: Condition): string | undefined {
  if (needs.includes("root") && !isRoot) return "needs root";
  if (needs.includes("namespaces") && !hasNamespaces()) {
    return "needs root and network namespaces (ip, unshare, iptables, sysctl)";
  }
  return undefined;
}
