/** R1, R2: bytes as they come. */
import type { Row, Subject } from "../row.ts";

const DENO = ["deno"] as const;
const NODE = ["node20", "node26", "bun"] as const;

/** Just reading: what every other row of receiving is compared with. */
export const rawReceive: readonly Subject[] = [
  { name: "conn.read", program: "receive/deno", way: "read", on: DENO },
  { name: "onread", program: "receive/node", way: "onread", on: NODE },
];

const owned: Subject = { name: "owned", program: "receive/hawser", way: "owned" };
const borrowed: Subject = { name: "borrowed", program: "receive/hawser", way: "borrowed" };

export const receiveRows: readonly Row[] = [
  {
    id: "R1",
    title: "bulk receive on Node",
    unit: "GB/s",
    feed: "bytes",
    on: NODE,
    ours: [
      {
        ...borrowed,
        targets: [
          { what: "speed", than: "raw", is: "≥", bound: 0.9 },
          { what: "cpu", than: "raw", is: "≤", bound: 1.25 },
        ],
      },
      {
        ...owned,
        targets: [
          { what: "speed", than: "raw", is: "≥", bound: 0.75 },
          { what: "speed", than: "peer", is: "≥", bound: 1.3 },
          { what: "cpu", than: "peer", is: "≤", bound: 0.7 },
        ],
      },
    ],
    raw: rawReceive,
    peers: [
      { name: "'data'", program: "receive/node", way: "data" },
      { name: "for await (socket)", program: "receive/node", way: "iterate" },
      { name: "promise-socket", program: "receive/promise_socket", way: "read", package: "promise-socket" },
      { name: "it-byte-stream", program: "receive/it_byte_stream", way: "read", package: "it-byte-stream" },
    ],
  },
  {
    id: "R1a",
    title: "the same, accepted sockets",
    unit: "GB/s",
    feed: "bytes",
    on: NODE,
    // Node has `onread` only for sockets one dials: without targets, to be seen apart.
    ours: [
      { ...borrowed, program: "receive/accepted_hawser", targets: [] },
      { ...owned, program: "receive/accepted_hawser", targets: [] },
    ],
    raw: [{ name: "'data'", program: "receive/accepted_node", way: "data" }],
    peers: [{ name: "for await (socket)", program: "receive/accepted_node", way: "iterate" }],
  },
  {
    id: "R2",
    title: "bulk receive on Deno",
    unit: "GB/s",
    feed: "bytes",
    on: DENO,
    ours: [
      { ...borrowed, targets: [{ what: "speed", than: "raw", is: "≥", bound: 0.97 }] },
      {
        ...owned,
        targets: [
          { what: "speed", than: "raw", is: "≥", bound: 0.8 },
          { what: "speed", than: "conn.readable", is: "≥", bound: 2 },
          { what: "cpu", than: "conn.readable", is: "≤", bound: 0.4 },
        ],
      },
    ],
    raw: rawReceive,
    peers: [{ name: "conn.readable", program: "receive/deno", way: "readable" }],
  },
];
