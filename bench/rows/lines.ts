/** T1 to T4: lines of 100 bytes. */
import type { Row, RuntimeName, Subject, Target } from "../row.ts";
import { rawReceive } from "./receive.ts";

const ALL = ["deno", "node20", "node26", "bun"] as const;
const DENO: RuntimeName[] = ["deno"];
const N20: RuntimeName[] = ["node20"];
const N26: RuntimeName[] = ["node26"];
const NODE: RuntimeName[] = ["node20", "node26"];
const NOT_N20: RuntimeName[] = ["deno", "node26"];

const lines = { unit: "ns", per: "line", feed: "lines", record: 100, on: ALL } as const;

const batches: Subject = { name: "batches", program: "lines/hawser", way: "batches" };
const iterate: Subject = { name: "for await", program: "lines/hawser", way: "iterate" };
const textLineStream: Subject = {
  name: "TextLineStream",
  program: "lines/std",
  way: "text",
  package: "deno-std",
  on: ["deno", "node20", "node26"],
};

const textTargets: Target[] = [
  { what: "cost", than: "raw", is: "≤", bound: 2, on: NOT_N20 },
  { what: "cost", than: "raw", is: "≤", bound: 3, on: N20 },
  { what: "value", is: "≤", bound: 40, on: NOT_N20 },
  { what: "value", is: "≤", bound: 55, on: N20 },
  { what: "speed", than: "split2", is: "≥", bound: 3.3, on: DENO },
  { what: "speed", than: "readline events", is: "≥", bound: 2, on: N26 },
  { what: "speed", than: "split by hand", is: "≥", bound: 1.7, on: N20 },
];

export const lineRows: readonly Row[] = [
  {
    ...lines,
    id: "T1",
    title: "text lines, many at once",
    ours: [
      { ...batches, targets: textTargets },
      { name: "tryReadLine", program: "lines/hawser", way: "tryReadLine", targets: textTargets },
    ],
    raw: rawReceive,
    peers: [
      { name: "split2", program: "lines/split2", way: "events", package: "split2" },
      { name: "readline events", program: "lines/readline", way: "events" },
      { name: "split by hand", program: "lines/by_hand", way: "split" },
    ],
  },
  {
    ...lines,
    id: "T2",
    title: "text lines, one by one",
    ours: [
      {
        ...iterate,
        targets: [
          { what: "cost", than: "batches", is: "≤", bound: 2.3 },
          { what: "speed", than: "TextLineStream", is: "≥", bound: 2 },
          { what: "speed", than: "readline iterator", is: "≥", bound: 3, on: DENO },
          { what: "speed", than: "readline iterator", is: "≥", bound: 1.4, on: N26 },
          { what: "speed", than: "readline iterator", is: "≥", bound: 2.3, on: N20 },
        ],
      },
      { ...batches, reference: true, targets: [] },
    ],
    raw: rawReceive,
    peers: [
      textLineStream,
      { name: "readline iterator", program: "lines/readline", way: "iterate" },
    ],
  },
  {
    ...lines,
    id: "T3",
    title: "text lines, Go and Python",
    on: ["deno", "node20", "node26"],
    ours: [
      {
        ...batches,
        against: ["Go Scanner.Text()"],
        targets: [
          { what: "speed", than: "Go Scanner.Text()", is: "≥", bound: 2, on: NOT_N20 },
          { what: "speed", than: "Go Scanner.Text()", is: "≥", bound: 1.7, on: N20 },
        ],
      },
      {
        ...iterate,
        against: ["asyncio readline", "uvloop readline"],
        targets: [
          { what: "speed", than: "asyncio readline", is: "≥", bound: 6 },
          { what: "speed", than: "uvloop readline", is: "≥", bound: 6 },
        ],
      },
    ],
    raw: rawReceive,
    peers: [
      { name: "Go Scanner.Text()", program: "scanner.go", way: "text" },
      { name: "asyncio readline", program: "readline.py", way: "asyncio" },
      { name: "uvloop readline", program: "readline.py", way: "uvloop" },
    ],
  },
  {
    ...lines,
    id: "T4",
    title: "byte lines, in batches",
    ours: [{
      name: "views",
      program: "lines/hawser",
      way: "views",
      targets: [
        { what: "value", is: "≤", bound: 70, on: NOT_N20 },
        { what: "value", is: "≤", bound: 80, on: N20 },
        { what: "speed", than: "DelimiterStream", is: "≥", bound: 4, on: DENO },
        { what: "speed", than: "binary-split", is: "≥", bound: 3.3, on: NODE },
      ],
    }],
    raw: rawReceive,
    peers: [
      { name: "DelimiterStream", program: "lines/std", way: "bytes", package: "deno-std", on: DENO },
      { name: "binary-split", program: "lines/binary_split", way: "events", package: "binary-split" },
    ],
  },
];
