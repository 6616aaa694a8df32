/** M1 to M3: what is held, and for how long. */
import type { Row } from "../row.ts";

const ALL = ["deno", "node20", "node26", "bun"] as const;
const DENO = ["deno"] as const;
const NODE = ["node20", "node26", "bun"] as const;

/** Two read buffers of 64 KiB. */
const TWO_BUFFERS = 128;
/** `writeBufferLimit`, and the one write that found room below it. */
const CAP = 16 + 1 / 16;

export const memoryRows: readonly Row[] = [
  {
    id: "M1",
    title: "5,000 idle connections, a read waiting",
    unit: "KiB",
    per: "connection",
    feed: "idle",
    connections: 5_000,
    rounds: 3,
    on: ALL,
    ours: [{
      name: "read",
      program: "memory/hawser",
      way: "idle",
      targets: [
        { what: "cost", than: "raw", is: "≤", bound: 1.25, on: ["node20", "node26"] },
        { what: "cost", than: "raw", is: "≤", bound: 2.2, on: DENO },
        { what: "cost", than: "it-byte-stream", is: "≤", bound: 0.4, on: ["node20", "node26"] },
        { what: "cost", than: "conn.readable", is: "≤", bound: 0.14, on: DENO },
      ],
    }],
    raw: [
      { name: "conn.read into 1 KiB", program: "memory/deno", way: "idle", on: DENO },
      { name: "bare socket", program: "memory/node", way: "idle", on: NODE },
    ],
    peers: [
      { name: "conn.readable", program: "memory/deno", way: "readable", on: DENO },
      { name: "it-byte-stream", program: "memory/it_byte_stream", way: "idle", package: "it-byte-stream", on: NODE },
    ],
  },
  {
    id: "M2",
    title: "fast sender, slow consumer: most held",
    unit: "KiB",
    feed: "bytes",
    rounds: 3,
    on: ALL,
    ours: [{
      name: "read",
      program: "memory/hawser",
      way: "slow",
      targets: [
        { what: "value", is: "≤", bound: TWO_BUFFERS },
        { what: "speed", than: "events.on", is: "≥", bound: 100 },
        { what: "speed", than: "'data' into an array", is: "≥", bound: 100 },
        { what: "speed", than: "tee", is: "≥", bound: 100 },
      ],
    }],
    raw: [],
    peers: [
      { name: "events.on", program: "memory/node", way: "eventsOn" },
      { name: "'data' into an array", program: "memory/node", way: "array" },
      { name: "tee", program: "memory/deno", way: "tee", on: DENO },
      { name: "tee", program: "memory/node", way: "tee", on: NODE },
    ],
  },
  {
    id: "M3",
    title: "writes nobody awaits: most waiting",
    unit: "MiB",
    feed: "stall",
    rounds: 3,
    on: ALL,
    ours: [{
      name: "write",
      program: "memory/hawser",
      way: "flood",
      targets: [
        { what: "value", is: "≤", bound: CAP },
        { what: "errors with reason overflow", is: "≥", bound: 1 },
      ],
    }],
    raw: [
      { name: "conn.write", program: "memory/deno", way: "flood", on: DENO },
      { name: "socket.write", program: "memory/node", way: "flood", on: NODE },
    ],
    peers: [],
  },
];
