/**
 * Byte strings, reads and chunkings that are likely to collide.
 */
import fc from "fast-check";
import type { Read } from "./reads.ts";

const text = new TextEncoder();

/** Line ends whole and in halves, delimiters that overlap themselves, UTF-8 whole and cut, a BOM, noise. */
const snippets: Uint8Array[] = [
  ...["\n", "\r\n", "\r", "\r\r\n", "a", "b", "aab", "ab", "é", "€", "😀", "\ufeff", "\0"].map((s) => text.encode(s)),
  ...[[0xff], [0xc3], [0xe2, 0x82], [0x82], [0xf0, 0x9f], [0xed, 0xa0, 0x80], [0xc0, 0x80]].map((b) =>
    Uint8Array.from(b)
  ),
];

const DELIMITERS: Uint8Array[] = ["\n", "a", "ab", "aab", "aa", "\r\n", "aabaab"].map((s) => text.encode(s));

const limit = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
  fc.constant(65_536),
  fc.constant(Infinity),
);
const count = fc.integer({ min: 0, max: 9 });
const size = fc.integer({ min: 1, max: 9 });
const delimiter = fc.constantFrom(...DELIMITERS);
const encoding = fc.constantFrom("utf-8", "latin1");
const [required, allowUnterminated] = [fc.boolean(), fc.boolean()];

/** One arbitrary per method. */
export const reads: { [Call in Read["call"]]: fc.Arbitrary<Read> } = {
  read: fc.record({ call: fc.constant("read"), atMost: fc.oneof(size, fc.constant(Infinity)) }),
  readExactly: fc.record({ call: fc.constant("readExactly"), bytes: count, limit }),
  readUntil: fc.record({ call: fc.constant("readUntil"), delimiter, limit, required, allowUnterminated }),
  readLine: fc.record({ call: fc.constant("readLine"), encoding, limit, required, allowUnterminated }),
  readAll: fc.record({ call: fc.constant("readAll"), limit }),
  peek: fc.record({ call: fc.constant("peek"), bytes: size, limit }),
  skip: fc.record({ call: fc.constant("skip"), bytes: count }),
  skipUntil: fc.record({ call: fc.constant("skipUntil"), delimiter }),
  chunks: fc.record({ call: fc.constant("chunks"), bytes: count }),
  tryReadLine: fc.record({ call: fc.constant("tryReadLine"), encoding, limit }),
};

/** Short streams of snippets. */
export const stream: fc.Arbitrary<Uint8Array> = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...snippets) }, fc.uint8Array({ minLength: 1, maxLength: 3 })),
  { maxLength: 20 },
).map(join);

/** Sizes of pieces, over and over. */
export const chunking: fc.Arbitrary<number[]> = fc.array(fc.integer({ min: 1, max: 9 }), {
  minLength: 1,
  maxLength: 9,
});

/** Streams of lines around the sizes of the reader's memory (1 KiB idle, 4 KiB headroom, 64 KiB busy). */
export const longStream: fc.Arbitrary<Uint8Array> = fc.array(
  fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 40_000 })),
    fc.constantFrom("\n", "\r\n", ""),
  ),
  { maxLength: 12 },
).map((lines) => join(lines.map(([length, end], i) => text.encode(String.fromCharCode(97 + i).repeat(length) + end))));

export const longChunking: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 70_000 })),
  { minLength: 1, maxLength: 9 },
);

/** Reads of a size that fits long streams. */
export const longReads: fc.Arbitrary<Read> = fc.oneof(
  reads.readLine,
  reads.tryReadLine,
  fc.record({
    call: fc.constant("readExactly"),
    bytes: fc.integer({ min: 0, max: 30_000 }),
    limit: fc.constant(65_536),
  }),
  fc.record({ call: fc.constant("peek"), bytes: fc.integer({ min: 1, max: 30_000 }), limit: fc.constant(65_536) }),
  fc.record({ call: fc.constant("read"), atMost: fc.integer({ min: 1, max: 30_000 }) }),
  fc.record({ call: fc.constant("skip"), bytes: fc.integer({ min: 0, max: 30_000 }) }),
  fc.record({ call: fc.constant("chunks"), bytes: fc.integer({ min: 0, max: 30_000 }) }),
);

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}
