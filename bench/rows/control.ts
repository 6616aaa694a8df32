/** C1, C2: what giving up costs when nobody gives up. */
import type { Row, RuntimeName, Target } from "../row.ts";

const ALL = ["deno", "node20", "node26", "bun"] as const;

/** `@std/async` needs `Promise.withResolvers`, which Node 20 does not have. */
const NOT_N20: RuntimeName[] = ["deno", "node26"];
const std = { program: "control/reads", package: "deno-std", on: [...NOT_N20, "bun"] } as const;

/** The counts come from 300,000 operations; what the process does beside them is less than these bounds. */
const nothing = (what: string, bound: number): Target => ({ what: `${what} per operation`, is: "≤", bound });

const shared = { unit: "ns", per: "read", on: ALL, raw: [], rounds: 5 } as const;
const program = "control/reads";

export const controlRows: readonly Row[] = [
  {
    ...shared,
    id: "C1",
    title: "timeout and lifetime signal armed",
    feed: "echo",
    ours: [
      {
        name: "round trip",
        program,
        way: "trips",
        against: [],
        targets: [{ what: "cost", than: "raw", is: "≤", bound: 1.05 }],
      },
      {
        name: "in memory",
        program,
        way: "armed",
        targets: [
          { what: "extra", than: "AbortSignal.timeout", is: "≤", bound: 0.05 },
          { what: "extra", than: "deadline", is: "≤", bound: 0.05, on: NOT_N20 },
          nothing("timers", 0.01),
          nothing("listeners", 0.01),
          nothing("bytes kept", 1),
        ],
      },
    ],
    peers: [
      { name: "AbortSignal.timeout", program, way: "timeoutSignal" },
      { ...std, name: "deadline", way: "deadline" },
    ],
  },
  {
    ...shared,
    id: "C2",
    title: "another signal for each read",
    feed: "echo",
    ours: [
      {
        name: "bytes are here",
        program,
        way: "signalHere",
        against: ["abortable, bytes here"],
        targets: [
          { what: "cost", than: "raw", is: "≤", bound: 1.05 },
          nothing("listeners", 0.01),
        ],
      },
      {
        name: "waiting",
        program,
        way: "signalWaiting",
        against: ["abortable"],
        targets: [
          { what: "extra", than: "abortable", is: "≤", bound: 0.5, on: NOT_N20 },
          nothing("listeners", 1.01),
        ],
      },
    ],
    peers: [
      { ...std, name: "abortable", way: "abortableWaiting" },
      { ...std, name: "abortable, bytes here", way: "abortableHere" },
    ],
  },
];
