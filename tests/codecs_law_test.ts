/**
 * The law of codecs with bytes that nobody would think of: the same frames, errors and leftovers under every chunking, one by
 * one and in batches.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Codec, defineCodec, delimited, jsonLines, lines } from "../lib/codecs/mod.ts";
import { bytes, eventsOf } from "./codec_events.ts";
import { test } from "./harness.ts";
import { cut } from "./pieces_transport.ts";

const SNIPPETS: readonly Uint8Array[] = [
  ...["\n", "\n", "\r\n", "\r", "a", "ab", "aab", "é", "😀", "\ufffd", "\ufeff", " ", "1", "[", "]", '"', "null"].map(
    bytes,
  ),
  ...[[0xff], [0xc3], [0xf0, 0x9f]].map((list) => Uint8Array.from(list)),
];

const stream = fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 40 }).map((parts) =>
  Uint8Array.from(parts.flatMap((part) => [...part]))
);
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const limit = fc.integer({ min: 1, max: 12 });
const allowUnterminated = fc.boolean();

const CODECS: Record<string, fc.Arbitrary<Codec<unknown, never>>> = {
  "lines()": fc.record({ limit, allowUnterminated, encoding: fc.constantFrom("utf-8", "latin1") }).map(lines),
  "jsonLines()": fc.record({ limit, allowUnterminated }).map(jsonLines<unknown>),
  "delimited()": fc.tuple(
    fc.array(fc.constantFrom("\n", "\r", "\r\n", "a", "ab", "aab", "\r\na"), { minLength: 1, maxLength: 4 }),
    fc.record({ limit, allowUnterminated }),
  ).map(([ends, options]) => delimited(ends, options)),
  "a generator": limit.map((most) =>
    defineCodec(function* (reader) {
      const first = yield* reader.u8();
      if (first < 0x62) return [first, yield* reader.line()];
      if (first < 0xc0) return [first, yield* reader.until("\r\n")];
      return [first, yield* reader.text(first % 4)];
    }, { limit: most })
  ),
};

for (const [name, codecs] of Object.entries(CODECS)) {
  test(`the law: ${name} makes the same of any bytes under every chunking`, () => {
    fc.assert(
      fc.property(codecs, stream, sizes, fc.boolean(), (codec, whole, chunking, batches) => {
        assert.deepEqual(eventsOf(codec, cut(whole, chunking), batches), eventsOf(codec, [whole]));
      }),
      { numRuns: 2_000 },
    );
  });
}

test("the law: lines() gives the lines that splitting the text gives", () => {
  const texts = fc.array(fc.constantFrom("a", "é", "\r", "\n", "\r\n", "😀"), { maxLength: 30 }).map((parts) =>
    parts.join("")
  );
  fc.assert(fc.property(texts, sizes, (text, chunking) => {
    const { events } = eventsOf(lines(), cut(bytes(text), chunking));
    const frames = events.flatMap((event) => typeof event === "object" && "frame" in event ? [event.frame] : []);
    assert.deepEqual(frames, text.split("\n").slice(0, -1).map((line) => line.replace(/\r$/, "")));
  }));
});
