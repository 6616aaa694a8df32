/**
 * Frames come back as they were, are the caller's, and are consumed whole.
 *
 * @module
 */
import { ByteQueue } from "../../byte_queue.ts";
import type { Decoder } from "../../codec.ts";
import { FrameDemand } from "../../frame_demand.ts";
import { copied, framesOf, run, showFrame } from "./run.ts";
import { sameFrame } from "./same_frame.ts";
import { type CodecCheck, encoded, expect, type Subject } from "./subject.ts";

function expectFrames(actual: readonly unknown[], wanted: readonly unknown[], what: string): void {
  for (let i = 0; i < wanted.length; i++) {
    const [is, should] = [actual[i], wanted[i]].map(showFrame);
    expect(i < actual.length && sameFrame(actual[i], wanted[i]), `${what}: frame ${i + 1} is ${is}, not ${should}`);
  }
  expect(actual.length === wanted.length, `${what}: ${actual.length} frames, not ${wanted.length}`);
}

/** Where each frame of a stream ends. */
function endsOf({ codec }: Subject, stream: Uint8Array): number[] {
  return run(codec, [stream]).events.flatMap((event) => event.kind === "frame" && !event.atEnd ? [event.end!] : []);
}

/** How far one decoder is behind the other: what they share must not match by chance. */
const BEHIND: readonly number[] = [0, 1, 2, 3, 5];

export const frameChecks: readonly CodecCheck[] = [
  {
    id: "1a",
    title: "each frame that was encoded is decoded as it was, and all its bytes are consumed",
    applies: ({ frames }) => frames.length > 0,
    body({ codec, frames }) {
      for (const frame of frames) {
        const result = run(codec, [encoded(codec, [frame])]);
        expectFrames(framesOf(result), [frame], `of the bytes of ${showFrame(frame)}`);
        expect(result.left === 0, `${result.left} bytes are left of ${showFrame(frame)}`);
      }
    },
  },
  {
    id: "1b",
    title: "all frames in a row are decoded as they were",
    applies: ({ frames }) => frames.length > 0,
    body({ codec, frames }) {
      expectFrames(framesOf(run(codec, [encoded(codec, [...frames, ...frames])])), [...frames, ...frames], "in a row");
    },
  },
  {
    id: "1c",
    title: "a stream of whole frames ends in order, and nothing is left of it",
    body({ codec, streams }) {
      for (const [i, stream] of streams.entries()) {
        const { events, left } = run(codec, [stream]);
        const bad = events.find(({ kind }) => kind === "error" || kind === "cut");
        const why = bad?.kind === "error" ? bad.error : "it ends inside a frame";
        expect(bad === undefined, `stream ${i + 1}: ${why}`);
        expect(left === 0, `stream ${i + 1}: ${left} bytes are left`);
      }
    },
  },
  {
    id: "3a",
    title: '"need more" consumes nothing, and asks for no byte beyond the frame',
    body(subject) {
      for (const stream of subject.streams) checkNeeds(subject.codec.decoder(), stream, endsOf(subject, stream));
    },
  },
  {
    id: "3b",
    title: "frames stay as they were when more bytes come",
    applies: (_, { lends }) => !lends,
    body({ codec, streams }) {
      for (const stream of streams) checkKept(codec.decoder(), stream);
    },
  },
  {
    id: "3c",
    title: "two decoders of it share nothing",
    body(subject) {
      for (const stream of subject.streams) {
        const wanted = framesOf(run(subject.codec, [stream]));
        for (const behind of BEHIND) {
          expectFrames(interleaved(subject, stream, behind), [...wanted, ...wanted], "of two streams by turns");
        }
      }
    },
  },
  {
    id: "3d",
    title: "another decoder may take over after each frame",
    applies: (_, { stateful }) => !stateful,
    body(subject) {
      for (const stream of subject.streams) {
        const wanted = run(subject.codec, [stream]).events.flatMap((event) =>
          event.kind === "frame" && !event.atEnd ? [event.frame] : []
        );
        expectFrames(relayed(subject, stream), wanted, "with a new decoder for each frame");
      }
    },
  },
];

function checkNeeds(decoder: Decoder<unknown>, stream: Uint8Array, ends: readonly number[]): void {
  const queue = new ByteQueue();
  let frames = 0;
  for (let at = 0; at <= stream.length; at++) {
    const before = queue.taken;
    for (; decoder.decode(queue) !== undefined; frames++);
    const taken = queue.taken;
    expect(taken === (ends[frames - 1] ?? 0), `after ${at} bytes "need more" has consumed ${taken - before} of them`);
    const needed = taken + (decoder.needed ?? 0);
    const end = ends[frames] ?? Infinity;
    expect(needed <= end, `after ${at} bytes it needs ${needed}, and the frame ends after ${end}`);
    if (at < stream.length) queue.append(stream.subarray(at, at + 1));
  }
}

function checkKept(decoder: Decoder<unknown>, stream: Uint8Array): void {
  const queue = new ByteQueue();
  const demand = new FrameDemand(decoder);
  const kept: { frame: unknown; copy: unknown }[] = [];
  for (let at = 0; at < stream.length; at += 7) {
    queue.append(stream.subarray(at, at + 7));
    for (let frame = demand.take(queue); frame !== undefined; frame = demand.take(queue)) {
      kept.push({ frame, copy: copied(frame) });
    }
  }
  for (let i = 0; i < 4; i++) queue.append(new Uint8Array(1_024).fill(0xa5));
  for (const { frame, copy } of kept) {
    expect(sameFrame(frame, copy), `a frame was ${showFrame(copy)} and became ${showFrame(frame)}`);
  }
}

/** The frames of the same stream through two decoders, a byte to each by turns, the second some bytes behind. */
function interleaved({ codec }: Subject, stream: Uint8Array, lag: number): unknown[] {
  const ends = [0, lag].map((behind) => ({
    behind,
    queue: new ByteQueue(),
    demand: new FrameDemand(codec.decoder()),
    frames: [] as unknown[],
  }));
  for (let at = 0; at < stream.length + lag; at++) {
    for (const { behind, queue, demand, frames } of ends) {
      queue.append(stream.subarray(Math.max(0, at - behind), Math.max(0, at - behind + 1)));
      for (let frame = demand.take(queue); frame !== undefined; frame = demand.take(queue)) frames.push(copied(frame));
    }
  }
  for (const { queue, demand, frames } of ends) {
    for (let last = demand.end(queue); typeof last !== "symbol"; last = demand.end(queue)) frames.push(copied(last));
  }
  return ends.flatMap(({ frames }) => frames);
}

function relayed(subject: Subject, stream: Uint8Array): unknown[] {
  const { codec } = subject;
  const most = framesOf(run(codec, [stream])).length;
  const queue = new ByteQueue();
  const frames: unknown[] = [];
  let decoder = codec.decoder();
  for (let at = 0; at < stream.length; at += 3) {
    queue.append(stream.subarray(at, at + 3));
    for (let frame = decoder.decode(queue); frame !== undefined; frame = decoder.decode(queue)) {
      frames.push(copied(frame));
      expect(frames.length <= most, `with a new decoder for each frame there are more than ${most}`);
      decoder = codec.decoder();
    }
  }
  return frames;
}
