/**
 * The end of stream inside a frame, and frames that are refused.
 *
 * @module
 */
import { FrameWriter } from "../../frame_writer.ts";
import { byteByByte } from "./pieces.ts";
import { run, showFrame } from "./run.ts";
import { type CodecCheck, encoded, expect, expectSame, joined } from "./subject.ts";

export const endingChecks: readonly CodecCheck[] = [
  {
    id: "4a",
    title: "a stream that is cut gives the frames that were whole, the same under every chunking",
    body({ codec, streams }) {
      for (const stream of streams) {
        const { events } = run(codec, [stream]);
        for (let at = 0; at < stream.length; at++) {
          const cut = run(codec, [stream.subarray(0, at)]);
          const early = cut.events.filter((event) => event.kind === "frame" && !event.atEnd).length;
          const whole = events.filter((event) => event.kind === "frame" && !event.atEnd && event.end! <= at).length;
          expect(early <= whole, `of the first ${at} bytes: ${early} frames, and only ${whole} end there`);
          expectSame(codec, cut, byteByByte(stream.subarray(0, at)));
        }
      }
    },
  },
  {
    id: "4b",
    title: "no byte of a stream that is cut inside a frame is lost in silence",
    applies: ({ frames }) => frames.length > 0,
    body({ codec, frames }) {
      const stream = encoded(codec, frames);
      for (let at = 0; at < stream.length; at++) {
        const { events, left } = run(codec, [stream.subarray(0, at)]);
        const told = events.findLast((event) => event.kind === "frame" || event.kind === "error");
        const consumed = told?.kind === "frame" ? told.end! : told === undefined ? 0 : at;
        expect(left === at - consumed, `of the first ${at} bytes ${at - consumed - left} are lost`);
      }
    },
  },
  {
    id: "5a",
    title: "frames that are sent one by one have the bytes of frames that are sent together",
    applies: ({ frames }) => frames.length > 0,
    body({ codec, frames }) {
      const encoder = codec.encoder();
      const out = new FrameWriter();
      const apart = frames.map((frame) => {
        encoder.encode(frame, out);
        return joined(out.finish());
      });
      expect(String(joined(apart)) === String(encoded(codec, frames)), "the bytes differ");
    },
  },
  {
    id: "5b",
    title: "an encoder throws for a frame that it refuses, and sends the next as if nothing had happened",
    applies: ({ frames, refused }) => frames.length > 0 && refused.length > 0,
    body({ codec, frames, refused }) {
      const encoder = codec.encoder();
      const out = new FrameWriter();
      for (const bad of refused) {
        let threw = false;
        try {
          encoder.encode(bad, out);
        } catch {
          threw = true; // Which error it is, is between the codec and its users.
        }
        expect(threw, `it encodes ${showFrame(bad)}`);
        out.discard();
      }
      for (const frame of frames) encoder.encode(frame, out);
      expect(String(joined(out.finish())) === String(encoded(codec, frames)), "the bytes that follow differ");
    },
  },
];
