/**
 * UTF-8 by the book (table 3-7 of the Unicode standard), one byte after the other: what the engine's decoder is compared
 * with.
 */

/** Lead byte from, to, then the range of the second byte; a third and fourth are always 80 to BF. */
const SEQUENCES: readonly [from: number, to: number, length: number, second: readonly [number, number]][] = [
  [0xc2, 0xdf, 2, [0x80, 0xbf]],
  [0xe0, 0xe0, 3, [0xa0, 0xbf]],
  [0xe1, 0xec, 3, [0x80, 0xbf]],
  [0xed, 0xed, 3, [0x80, 0x9f]],
  [0xee, 0xef, 3, [0x80, 0xbf]],
  [0xf0, 0xf0, 4, [0x90, 0xbf]],
  [0xf1, 0xf3, 4, [0x80, 0xbf]],
  [0xf4, 0xf4, 4, [0x80, 0x8f]],
];

/** The text, or where the first malformed sequence starts. */
export function decodeUtf8(bytes: Uint8Array): { text: string } | { malformedAt: number } {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return { malformedAt: at };
    text += String.fromCodePoint(codePoint(bytes.subarray(at, at + length)));
    at += length;
  }
  return { text };
}

/** 0: malformed. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const sequence = SEQUENCES.find(([from, to]) => lead >= from && lead <= to);
  if (sequence === undefined || at + sequence[2] > bytes.length) return 0;
  const [, , length, [lowest, highest]] = sequence;
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i]!;
    if (byte < (i === 1 ? lowest : 0x80) || byte > (i === 1 ? highest : 0xbf)) return 0;
  }
  return length;
}

function codePoint([lead = 0, ...rest]: Uint8Array): number {
  const bitsOfLead = [0x7f, 0x1f, 0x0f, 0x07][rest.length]!;
  return rest.reduce((value, byte) => value << 6 | byte & 0x3f, lead & bitsOfLead);
}
