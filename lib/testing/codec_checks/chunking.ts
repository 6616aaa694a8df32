/**
 * The law: the same bytes give the same frames, errors and leftovers under every chunking.
 *
 * @module
 */
import { Random } from "../random.ts";
import { byteByByte, cutInTwo, randomPieces } from "./pieces.ts";
import { type Run, run } from "./run.ts";
import { type CodecCheck, expect, expectSame, type Subject } from "./subject.ts";

const RANDOM_CHUNKINGS = 100;

/** Looks at every stream and every byte string with an error in it, and at the run over the whole of it. */
function each({ codec, streams, errors }: Subject, look: (bytes: Uint8Array, whole: Run<unknown>) => void): void {
  for (const bytes of [...streams, ...errors]) look(bytes, run(codec, [bytes]));
}

export const chunkingChecks: readonly CodecCheck[] = [
  {
    id: "2a",
    title: "the same frames, errors and leftovers, wherever the bytes are cut in two",
    body(subject) {
      each(subject, (bytes, whole) => {
        for (const pieces of cutInTwo(bytes)) expectSame(subject.codec, whole, pieces);
      });
    },
  },
  {
    id: "2b",
    title: "the same frames, errors and leftovers, byte by byte",
    body(subject) {
      each(subject, (bytes, whole) => expectSame(subject.codec, whole, byteByByte(bytes)));
    },
  },
  {
    id: "2c",
    title: "the same frames, errors and leftovers, in random pieces",
    body(subject) {
      const random = new Random(subject.seed);
      each(subject, (bytes, whole) => {
        for (let i = 0; i < RANDOM_CHUNKINGS; i++) expectSame(subject.codec, whole, randomPieces(bytes, random));
      });
    },
  },
  {
    id: "2d",
    title: "an error is one, and what is behind it does not depend on how it came",
    applies: ({ errors }) => errors.length > 0,
    body({ codec, errors }) {
      for (const [i, bytes] of errors.entries()) {
        const { events } = run(codec, [bytes]);
        expect(events.some(({ kind }) => kind === "error"), `sample ${i + 1} with an error in it gives none`);
      }
    },
  },
];
