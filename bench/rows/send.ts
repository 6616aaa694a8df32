/** W1, W2: writing. */
import type { Row } from "../row.ts";

const ALL = ["deno", "node20", "node26", "bun"] as const;
const DENO = ["deno"] as const;
const NODE = ["node20", "node26", "bun"] as const;

export const sendRows: readonly Row[] = [
  {
    id: "W1",
    title: "bulk send, 64 KiB at a time",
    unit: "GB/s",
    feed: "sink",
    on: ALL,
    ours: [{
      name: "write",
      program: "send/hawser",
      way: "bulk",
      targets: [
        { what: "speed", than: "raw", is: "≥", bound: 0.97 },
        { what: "cpu", than: "raw", is: "≤", bound: 1.05 },
        { what: "speed", than: "peer", is: "≥", bound: 1 },
      ],
    }],
    raw: [
      { name: "conn.write", program: "send/deno", way: "bulk", on: DENO },
      { name: "write and 'drain'", program: "send/node", way: "bulk", on: NODE },
    ],
    peers: [
      { name: "conn.writable", program: "send/deno", way: "writable", on: DENO },
      { name: "promise-socket", program: "send/promise_socket", way: "bulk", package: "promise-socket" },
    ],
  },
  {
    id: "W2",
    title: "100-byte writes, each awaited",
    unit: "ns",
    per: "write",
    feed: "sink",
    record: 100,
    on: ALL,
    ours: [{
      name: "write",
      program: "send/hawser",
      way: "small",
      targets: [
        { what: "speed", than: "raw", is: "≥", bound: 40, on: ["deno"] },
        { what: "speed", than: "raw", is: "≥", bound: 20, on: ["node20", "node26"] },
        { what: "speed", than: "promise-socket", is: "≥", bound: 25 },
        { what: "speed", than: "cork()", is: "≥", bound: 1.15, on: ["node20", "node26"] },
      ],
    }],
    raw: [
      { name: "conn.write", program: "send/deno", way: "small", on: DENO },
      { name: "write, its callback awaited", program: "send/node", way: "small", on: NODE },
    ],
    peers: [
      { name: "promise-socket", program: "send/promise_socket", way: "small", package: "promise-socket" },
      { name: "cork()", program: "send/node", way: "cork", on: NODE },
    ],
  },
];
