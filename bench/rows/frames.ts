/** F1 to F4: frames behind a length of 4 bytes. */
import type { Row, RuntimeName, Subject } from "../row.ts";
import { rawReceive } from "./receive.ts";

const ALL = ["deno", "node20", "node26", "bun"] as const;
const on = (...names: RuntimeName[]): { on: RuntimeName[] } => ({ on: names });

const batches: Subject = { name: "batches", program: "frames/hawser", way: "batches" };
const iterate: Subject = { name: "for await", program: "frames/hawser", way: "iterate" };
const owned: Subject = { ...batches, name: "owned" };
const borrowed: Subject = { name: "borrowed", program: "frames/hawser", way: "borrowed" };
const lengthPrefixed: Subject = {
  name: "it-length-prefixed",
  program: "frames/it_length_prefixed",
  way: "iterate",
  package: "it-length-prefixed",
};
const byteStream: Subject = {
  name: "it-byte-stream",
  program: "frames/it_byte_stream",
  way: "read",
  package: "it-byte-stream",
};
const promiseSocket: Subject = {
  name: "promise-socket",
  program: "frames/promise_socket",
  way: "read",
  package: "promise-socket",
};

export const frameRows: readonly Row[] = [
  {
    id: "F1",
    title: "64-byte frames, in batches",
    unit: "ns",
    per: "frame",
    feed: "frames 64",
    record: 68,
    on: ALL,
    ours: [{
      ...batches,
      targets: [
        { what: "value", is: "≤", bound: 60 },
        { what: "speed", than: "it-length-prefixed", is: "≥", bound: 10 },
      ],
    }],
    raw: rawReceive,
    peers: [lengthPrefixed],
  },
  {
    id: "F2",
    title: "64-byte frames, one by one",
    unit: "ns",
    per: "frame",
    feed: "frames 64",
    record: 68,
    on: ALL,
    ours: [{
      ...iterate,
      targets: [
        { what: "value", is: "≤", bound: 75, ...on("deno") },
        { what: "value", is: "≤", bound: 90, ...on("node26") },
        { what: "value", is: "≤", bound: 105, ...on("node20") },
        { what: "speed", than: "it-length-prefixed", is: "≥", bound: 6 },
        { what: "speed", than: "it-byte-stream", is: "≥", bound: 5 },
        { what: "speed", than: "promise-socket", is: "≥", bound: 10 },
      ],
    }],
    raw: rawReceive,
    peers: [lengthPrefixed, byteStream, promiseSocket],
  },
  {
    id: "F3",
    title: "1-KiB frames",
    unit: "ns",
    per: "frame",
    feed: "frames 1024",
    record: 1_028,
    on: ALL,
    ours: [
      {
        ...owned,
        targets: [
          { what: "cost", than: "raw", is: "≤", bound: 2 },
          { what: "speed", than: "it-length-prefixed", is: "≥", bound: 2.3 },
        ],
      },
      {
        ...borrowed,
        targets: [
          { what: "cost", than: "raw", is: "≤", bound: 1.4 },
          { what: "speed", than: "it-length-prefixed", is: "≥", bound: 2.3 },
        ],
      },
    ],
    raw: rawReceive,
    peers: [lengthPrefixed],
  },
  {
    id: "F4",
    title: "64-KiB frames",
    unit: "GB/s",
    feed: "frames 65536",
    record: 65_540,
    on: ALL,
    ours: [
      {
        ...borrowed,
        targets: [
          { what: "speed", than: "raw", is: "≥", bound: 0.9 },
          { what: "speed", than: "peer", is: "≥", bound: 1.6 },
        ],
      },
      {
        ...owned,
        targets: [
          { what: "speed", than: "raw", is: "≥", bound: 0.6 },
          { what: "speed", than: "peer", is: "≥", bound: 1.1 },
        ],
      },
    ],
    raw: rawReceive,
    peers: [lengthPrefixed, byteStream],
  },
];
