/** L1, L2: round trips of 64 bytes. */
import type { Row, Subject } from "../row.ts";

const ALL = ["deno", "node20", "node26", "bun"] as const;
const DENO = ["deno"] as const;
const NODE = ["node20", "node26", "bun"] as const;

const ours: Subject = { name: "timeout and signal armed", program: "latency/hawser", way: "trip" };
const raw: readonly Subject[] = [
  { name: "conn.read and write", program: "latency/deno", way: "raw", on: DENO },
  { name: "onread", program: "latency/node", way: "onread", on: NODE },
];
const peers: readonly Subject[] = [
  { name: "conn's streams", program: "latency/deno", way: "web", on: DENO },
  { name: "Duplex.toWeb", program: "latency/node", way: "web", on: NODE },
  { name: "for await", program: "latency/node", way: "iterate" },
  { name: "promise-socket", program: "latency/promise_socket", way: "trip", package: "promise-socket" },
  { name: "it-byte-stream", program: "latency/it_byte_stream", way: "trip", package: "it-byte-stream" },
];

export const latencyRows: readonly Row[] = [
  {
    id: "L1",
    title: "64-byte round trip",
    unit: "µs",
    per: "trip",
    feed: "echo",
    record: 64,
    on: ALL,
    ours: [{
      ...ours,
      targets: [
        { what: "cost", than: "raw", is: "≤", bound: 1.05 },
        { what: "cost", than: "peer", is: "≤", bound: 0.85 },
      ],
    }],
    raw,
    peers,
  },
  {
    id: "L2",
    title: "the same on 64 connections",
    unit: "µs",
    per: "trip",
    feed: "echo",
    record: 64,
    connections: 64,
    on: ALL,
    ours: [{
      ...ours,
      targets: [
        { what: "speed", than: "raw", is: "≥", bound: 0.95 },
        { what: "speed", than: "peer", is: "≥", bound: 1.1, on: ["deno"] },
        { what: "speed", than: "peer", is: "≥", bound: 1.2, on: ["node20"] },
        { what: "speed", than: "peer", is: "≥", bound: 1.4, on: ["node26"] },
      ],
    }],
    raw,
    peers,
  },
];
