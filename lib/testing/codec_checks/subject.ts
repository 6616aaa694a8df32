/**
 * What the checks of a codec have in common.
 *
 * @module
 */
import type { Codec } from "../../codec.ts";
import { FrameWriter } from "../../frame_writer.ts";
import { difference, type Run, run } from "./run.ts";

/** A codec and what it is checked with. */
export interface Subject {
  readonly codec: Codec<unknown, unknown>;
  readonly frames: readonly unknown[];
  /** Streams of whole frames. */
  readonly streams: readonly Uint8Array[];
  readonly errors: readonly Uint8Array[];
  readonly refused: readonly unknown[];
  readonly seed: number;
}

/** One check before it has a subject. */
export interface CodecCheck {
  readonly id: string;
  readonly title: string;
  /** Whether there is anything to check; always, when left out. */
  readonly applies?: (subject: Subject, options: { lends: boolean; stateful: boolean }) => boolean;
  readonly body: (subject: Subject) => void;
}

/** The bytes of frames, with one encoder, gathered in one piece of memory of their own. */
export function encoded(codec: Codec<unknown, unknown>, frames: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const encoder = codec.encoder();
  const out = new FrameWriter();
  for (const frame of frames) encoder.encode(frame, out);
  return joined(out.finish());
}

/** A copy of pieces in a row. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

export function expect(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

/** Runs over the bytes in these pieces, one by one and in batches: each must be like the run over the whole. */
export function expectSame(
  codec: Codec<unknown, unknown>,
  wanted: Run<unknown>,
  pieces: readonly Uint8Array[],
): void {
  for (const batches of [false, true]) {
    const differs = difference(run(codec, pieces, batches), wanted);
    expect(
      differs === undefined,
      `in pieces of ${sizesOf(pieces)} bytes${batches ? ", all frames at once" : ""}: ${differs}`,
    );
  }
}

function sizesOf(pieces: readonly Uint8Array[]): string {
  const sizes = pieces.map(({ length }) => length);
  return sizes.length > 12 ? `${sizes.slice(0, 12).join(", ")}, …` : sizes.join(", ");
}
