/** How many descriptors a process may have, how many it needs, and how it gets them. */
import { execFileSync } from "node:child_process";

/** Besides the connections: the runtime's own, the listeners, and the phases after the first. */
const RESERVE = 512;

/** What the system allows; `Infinity` where it says "unlimited". */
export interface Limits {
  readonly soft: number;
  readonly hard: number;
}

export function descriptorLimits(): Limits {
  const [soft = "", hard = ""] = execFileSync("sh", ["-c", "ulimit -Sn; ulimit -Hn"], { encoding: "utf8" }).split("\n");
  return { soft: numberOf(soft), hard: numberOf(hard) };
}

function numberOf(text: string): number {
  return text === "unlimited" ? Infinity : Number(text);
}

/** The soft limit to run with; throws where the system does not allow as much as is needed. */
export function raisedLimit({ soft, hard }: Limits, connections: number): number {
  const needed = connections + RESERVE; // In each of the two processes.
  if (hard < needed) {
    throw new Error(
      `Cannot hold ${connections} connections: each process needs ${needed} descriptors, and the hard limit is ${hard}; ` +
        "raise it (ulimit -Hn, or LimitNOFILE of systemd), or ask for fewer with --idle and --active",
    );
  }
  return Math.max(needed, Math.min(soft, hard));
}

/** A command that runs with a limit of its own: `ulimit` is a word of the shell, and `exec` leaves no shell behind. */
export function withLimit(limit: number, command: readonly string[]): string[] {
  if (limit === Infinity) return [...command];
  return ["sh", "-c", `ulimit -Sn ${limit} && exec "$@"`, "sh", ...command];
}
