/**
 * The law of codecs, executed.
 *
 * @module
 */
import { checkBoolean, checkOptions, checkUint8Array } from "../arguments.ts";
import { type CodecLike, toCodec } from "../codecs/define_codec.ts";
import type { Codec } from "../codec.ts";
import { type Check, type CheckOptions, inTime, timeoutOf } from "./check.ts";
import { bounded } from "./codec_checks/bounded.ts";
import { chunkingChecks } from "./codec_checks/chunking.ts";
import { endingChecks } from "./codec_checks/endings.ts";
import { frameChecks } from "./codec_checks/frames.ts";
import { type CodecCheck, encoded, type Subject } from "./codec_checks/subject.ts";

/** What a codec is checked with: a few frames of every kind, short ones, since every cut of their bytes is tried. */
export interface CodecSamples<Out> {
  /** Frames that come back as they were. */
  readonly frames?: readonly Out[] | undefined;
  /** Streams of whole frames, for what the codec decodes and does not send. */
  readonly streams?: readonly Uint8Array[] | undefined;
  /** Streams with an error in them: malformed, too long. */
  readonly errors?: readonly Uint8Array[] | undefined;
  /** What cannot be encoded. */
  readonly refused?: readonly unknown[] | undefined;
}

/** Options of `checkCodec`. */
export interface CheckCodecOptions extends CheckOptions {
  /**
   * Frames are valid until the next one only.
   *
   * @default {false}
   */
  lends?: boolean | undefined;
  /**
   * What a frame means depends on the frames before it: no other decoder can take over between them.
   *
   * @default {false}
   */
  stateful?: boolean | undefined;
  /**
   * Of the random chunkings.
   *
   * @default {1}
   */
  seed?: number | undefined;
}

const ALL: readonly CodecCheck[] = [...frameChecks, ...chunkingChecks, ...endingChecks].sort((a, b) =>
  a.id < b.id ? -1 : 1
);

/**
 * The promises of a codec as named checks, for a codec of your own.
 *
 * The same bytes must give the same frames, errors and leftovers under every chunking: every cut into two pieces, every byte
 * alone, random pieces. What is encoded comes back, what is cut is told, and another decoder may take over between frames.
 *
 * They know no test runner: declare each under yours, or run them all with `runChecks`. Checks for which there is no sample
 * are left out.
 *
 * @param codec The codec, or a generator that reads one frame.
 * @param samples Frames and bytes of every kind that it knows.
 * @param options What it does not promise; how long a check may take.
 * @returns The checks.
 * @throws {TypeError} Neither frames nor streams, or wrong options.
 * @example A codec of one's own, under `Deno.test`, `node:test` or Vitest
 * ```ts
 * import assert from "node:assert/strict";
 * import { defineCodec } from "@hawser/net/codecs";
 * import { checkCodec, runChecks } from "@hawser/net/testing";
 *
 * const tagged = defineCodec(function* (reader) {
 *   const tag = yield* reader.u8();
 *   return { tag, text: yield* reader.text(yield* reader.u16()) };
 * }, {
 *   encode({ tag, text }: { tag: number; text: string }, out) {
 *     const bytes = new TextEncoder().encode(text);
 *     out.u8(tag).u16(bytes.length).bytes(bytes);
 *   },
 * });
 * const checks = checkCodec(tagged, {
 *   frames: [{ tag: 1, text: "" }, { tag: 255, text: "höher" }],
 *   errors: [new Uint8Array([1, 0, 1, 0xff])],
 *   refused: [{ tag: 256, text: "" }],
 * });
 *
 * const tests: string[] = [];
 * const test = (name: string, _run: () => Promise<void>) => tests.push(name); // Your runner's.
 * for (const { name, run } of checks) test(`tagged: ${name}`, run);
 * assert.equal(tests.length, checks.length);
 * await runChecks(checks);
 * ```
 */
export function checkCodec<In, Out = In>(
  codec: CodecLike<In, Out>,
  samples: CodecSamples<Out>,
  options: CheckCodecOptions = {},
): readonly Check[] {
  checkOptions(options);
  const { lends = false, stateful = false, seed = 1 } = options;
  checkBoolean("lends", lends);
  checkBoolean("stateful", stateful);
  const timeout = timeoutOf(options);
  const subject = subjectOf(bounded(toCodec(codec) as Codec<unknown, unknown>), samples, seed);
  return ALL.filter(({ applies }) => applies?.(subject, { lends, stateful }) ?? true).map(({ id, title, body }) => ({
    id,
    name: `${id} ${title}`,
    run: () => inTime(timeout, () => inPromise(() => body(subject))),
  }));
}

function subjectOf(codec: Codec<unknown, unknown>, samples: CodecSamples<unknown>, seed: number): Subject {
  const { frames = [], streams = [], errors = [], refused = [] } = samples ?? {};
  if (frames.length === 0 && streams.length === 0) {
    throw new TypeError("Cannot check a codec: there are neither frames nor streams to check it with");
  }
  for (const bytes of [...streams, ...errors]) checkUint8Array("a sample", bytes);
  const own = (): readonly Uint8Array[] => frames.length === 0 ? streams : [encoded(codec, frames), ...streams];
  return {
    codec,
    frames,
    errors,
    refused,
    seed,
    get streams() {
      return own(); // In the check: an encoder that throws fails it, not its declaration.
    },
  };
}

function inPromise(body: () => void): Promise<void> {
  return new Promise((resolve) => resolve(body()));
}
