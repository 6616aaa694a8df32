/**
 * The law of codecs over every codec of ours, and over two that a user would write.
 */
import { resp } from "../examples/redis.ts";
import { type Codec, defineCodec, delimited, fixed, jsonLines, lengthPrefixed, lines } from "../lib/codecs/mod.ts";
import { checkCodec, type CheckCodecOptions, type CodecSamples } from "../lib/testing/mod.ts";
import { bytes, hex } from "./codec_events.ts";
import { test } from "./harness.ts";

/** A binary header: a tag, flags, the length as a varint, and a checksum behind. */
const header = defineCodec(function* (reader) {
  const tag = yield* reader.u16le();
  const flags = yield* reader.u8();
  const body = yield* reader.bytes(yield* reader.varint());
  const sum = yield* reader.u32();
  if (sum !== body.reduce((total, byte) => total + byte, 0)) throw new Error("Cannot decode a frame: wrong checksum");
  return { tag, flags, body };
}, {
  limit: 200,
  encode({ tag, flags, body }: { tag: number; flags: number; body: Uint8Array }, out) {
    out.u16le(tag).u8(flags).varint(body.length).bytes(body).u32(body.reduce((total, byte) => total + byte, 0));
  },
});

interface Case<In, Out> {
  readonly name: string;
  readonly codec: Codec<In, Out>;
  readonly samples: CodecSamples<Out>;
  readonly options?: CheckCodecOptions;
}

function caseOf<In, Out>(
  name: string,
  codec: Codec<In, Out>,
  samples: CodecSamples<Out>,
  options?: CheckCodecOptions,
): Case<unknown, unknown> {
  return { name, codec, samples, options } as Case<unknown, unknown>;
}

const FRAMES = [bytes("abc"), new Uint8Array(0), new Uint8Array(300).fill(7), bytes("z")];
const TEXTS = ["a line", "", "höher €", "\ufeffBOM", "a\rb", "😀".repeat(20)];

const CASES: readonly Case<unknown, unknown>[] = [
  caseOf("lines()", lines({ limit: 90 }), {
    frames: TEXTS,
    streams: [bytes("a\r\n\r\n\nb\r\r\n")],
    errors: [
      hex("'a' 0a ff 0a 'b' 0a"),
      hex("'a' 0a c3 0a 'b' 0a c3"),
      bytes(`a\n${"x".repeat(91)}\nb\n`),
      bytes(`a\n${"x".repeat(90)}\r\nb\n${"x".repeat(90)}\ry\nc`),
      bytes("x".repeat(200)),
    ],
    refused: ["a\nb", "a\r", "\udc00", 7],
  }),
  caseOf("lines() with latin1 and CRLF", lines({ encoding: "latin1", terminator: "\r\n", allowUnterminated: true }), {
    frames: ["a", "", "é\x80\xff"],
    streams: [hex("80 ff 0a 'tail'")],
    refused: ["€"],
  }),
  caseOf("lines() with a tail", lines({ allowUnterminated: true, limit: 5 }), {
    frames: ["a", "bc"],
    streams: [bytes("a\nta\ril")],
    errors: [bytes("a\n12345\r"), hex("'a' 0a 'b' c3"), bytes("123456")],
  }),
  caseOf("delimited() by one", delimited("END", { limit: 310 }), {
    frames: FRAMES,
    streams: [bytes("aENEND"), bytes("ENDEND")],
    errors: [bytes(`aEND${"x".repeat(311)}ENDbEND`), bytes("EN".repeat(200))],
    refused: [bytes("aENDb"), "text"],
  }),
  caseOf("delimited() by several", delimited(["\n", "\r", "\r\n", "aab"], { limit: 9 }), {
    frames: [bytes("abc"), bytes(""), bytes("aa")],
    streams: [bytes("a\rb\r\nc\nxaab\r\r\n")],
    errors: [bytes("a\n1234567890\r\nb\n"), bytes("0123456789aaaaaaaaaaaaaaaaaaab")],
    refused: [bytes("\r"), bytes("aab")],
  }),
  caseOf("delimited() with a tail", delimited(["\r", "\r\n"], { allowUnterminated: true, limit: 4 }), {
    frames: [bytes("abc"), bytes("")],
    streams: [bytes("a\rtail")],
    errors: [bytes("12345"), bytes("a\r12345\rb")],
  }),
  caseOf("lengthPrefixed()", lengthPrefixed({ limit: 300 }), {
    frames: FRAMES,
    errors: [hex("00000001 'a' 0000ffff 'never parsed'"), hex("0000012d")],
    refused: [new Uint8Array(301), "text"],
  }),
  caseOf("lengthPrefixed() with borrow", lengthPrefixed({ borrow: true }), { frames: FRAMES }, { lends: true }),
  caseOf("lengthPrefixed() with a varint", lengthPrefixed({ lengthBytes: "varint", offset: 1, adjustment: -2 }), {
    frames: FRAMES,
    errors: [hex("00 ffffffffffffffff 01"), hex("00 01")],
  }),
  caseOf(
    "lengthPrefixed() with all there is",
    lengthPrefixed({
      lengthBytes: 2,
      endian: "little",
      offset: 1,
      includesHeader: true,
      skip: 5,
    }),
    { frames: FRAMES, errors: [hex("00 0400 00 00")] },
  ),
  caseOf("lengthPrefixed() with its header", lengthPrefixed({ lengthBytes: 1, adjustment: 1, skip: 0 }), {
    streams: [hex("03 'abc' 00 01 'z'")],
  }),
  caseOf("fixed()", fixed(3), { frames: [bytes("abc"), bytes("xyz")], refused: [bytes("ab"), bytes("abcd"), "abc"] }),
  caseOf("jsonLines()", jsonLines({ limit: 40 }), {
    frames: [{ a: [1, null, "é"] }, null, false, 0, "", []],
    streams: [bytes("\n1\r\n \t\n\n2\n\n")],
    errors: [
      bytes("1\n[1,]\n\n2\n"),
      bytes(`1\n\n"${"x".repeat(40)}"\n2\n`),
      bytes(`1\n${" ".repeat(41)}\n2\n`),
      hex("'1' 0a 22 ff 22 0a '2' 0a"),
    ],
    refused: [undefined, 1n],
  }),
  caseOf("jsonLines() with a tail", jsonLines({ allowUnterminated: true }), {
    frames: [1, 2],
    streams: [bytes("1\n\n2"), bytes("1\n ")],
    errors: [bytes("1\n["), bytes("1\n\n]\n2")],
  }),
  caseOf("the parser of examples/redis.ts", resp, {
    frames: [["PING"], [], ["SET", "kéy", ""]],
    streams: [bytes("+OK\r\n:-42\r\n$-1\r\n*3\r\n*1\r\n:1\r\n$2\r\nab\r\n*0\r\n-ERR\r\n")],
    errors: [bytes("+OK\r\n?what\r\n"), bytes("*2\r\n:1\r\n?\r\n:3\r\n")],
  }),
  caseOf("a binary header with a varint", header, {
    frames: [{ tag: 1, flags: 0, body: new Uint8Array(0) }, {
      tag: 65_535,
      flags: 255,
      body: new Uint8Array(150).fill(9),
    }],
    errors: [hex("0100 00 01 05 00000006"), hex("0100 00 ff01"), hex("0100 00 ffffffffffffffff01")],
    refused: [{ tag: 70_000, flags: 0, body: new Uint8Array(0) }],
  }),
];

for (const { name, codec, samples, options } of CASES) {
  for (const { name: check, run } of checkCodec(codec, samples, options)) test(`codec: ${name}: ${check}`, run);
}
