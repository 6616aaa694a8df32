import assert from "node:assert/strict";
import {
  type Codec,
  decodeAll,
  defineCodec,
  encodeAll,
  type FrameFunction,
  type FrameOf,
  type FrameReader,
  type FrameStep,
} from "../lib/codecs/mod.ts";
import { ConnectionAbortedError } from "../mod.ts";
import { toCodec } from "../lib/codecs/define_codec.ts";
import { bytes, Decoding, hex, text } from "./codec_events.ts";
import { test } from "./harness.ts";
import { splits } from "./pieces_transport.ts";

const tagged = defineCodec(function* (reader) {
  const tag = yield* reader.u8();
  return { tag, text: yield* reader.text(yield* reader.u16()) };
});

/** Compiles only when the types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_: Same<A, B>): void {}

test("defineCodec() reads frames field by field, over every cut", () => {
  for (const pieces of splits(hex("01 0002 'hi' 02 0000"))) {
    assert.deepEqual(decodeAll(pieces, tagged), [{ tag: 1, text: "hi" }, { tag: 2, text: "" }]);
  }
});

test("defineCodec() suspends its generator between chunks and never restarts it", () => {
  let started = 0;
  const codec = defineCodec(function* (reader) {
    started++;
    yield* reader.u32();
    return text(yield* reader.until(";"))!;
  });
  const decoding = new Decoding(codec);
  for (const byte of hex("00000000 'abcdef'")) {
    decoding.push(Uint8Array.of(byte));
    assert.equal(decoding.decode(), undefined);
  }
  assert.equal(decoding.push(";").decode(), "abcdef");
  assert.equal(started, 1);
});

test("defineCodec() begins anew when somebody else has taken bytes meanwhile", () => {
  const decoding = new Decoding(tagged).push(hex("01 0005 'hi'"));
  assert.equal(decoding.decode(), undefined);
  decoding.queue.drop(5);
  assert.deepEqual(decoding.push(hex("02 0001 'x'")).decode(), { tag: 2, text: "x" });
});

test("defineCodec() consumes nothing before the frame is whole", () => {
  const decoding = new Decoding(tagged).push(hex("01 0005 'hi'"));
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.queue.length, 5);
  assert.equal(decoding.decoder.needed, 8);
});

test("defineCodec() tells how many bytes were expected only where it is known", () => {
  assert.throws(() => decodeAll([hex("01 0005 'hi'")], tagged), { partial: hex("01 0005 'hi'"), expected: 8 });
  const until = defineCodec(function* (reader) {
    return yield* reader.until(";");
  });
  assert.throws(
    () => decodeAll([bytes("abc")], until),
    (error) => ConnectionAbortedError.is(error) && error.partial?.length === 3 && error.expected === undefined,
  );
});

test("defineCodec() limits a frame exactly, whatever its fields", () => {
  const limited = defineCodec(function* (reader) {
    return yield* reader.bytes(yield* reader.u8());
  }, { limit: 4 });
  assert.deepEqual(decodeAll([hex("03 'abc'")], limited), [bytes("abc")]);
  assert.throws(() => new Decoding(limited).push(hex("04")).decode(), { name: "LimitExceededError", limit: 4 });
});

test("defineCodec() throws the same again, not something else, when asked again", () => {
  const decoding = new Decoding(defineCodec(function* (reader) {
    yield* reader.u8();
    throw new Error("never");
  })).push(hex("00"));
  assert.throws(() => decoding.decode(), /never/);
  assert.throws(() => decoding.decode(), /never/);
});

test("defineCodec() refuses a generator that returns no frame", () => {
  const nothing = defineCodec(function* (reader) {
    yield* reader.skip(1);
  });
  assert.throws(() => decodeAll([hex("00")], nothing), /returned undefined/);
  const idle = defineCodec(function* (reader) {
    return (yield* reader.bytes(0)).length;
  });
  assert.throws(() => decodeAll([hex("00")], idle), /without reading a byte/);
});

test("defineCodec() without encode only decodes", () => {
  assert.throws(() => tagged.encoder(), TypeError);
  const typed: Codec<{ tag: number; text: string }, never> = tagged;
  assert.equal(typed.name, "frames");
});

test("defineCodec() infers what comes in and what goes out", () => {
  const point = defineCodec(function* (reader) {
    return { x: yield* reader.i16(), y: yield* reader.i16() };
  }, { encode: ({ x, y }: { x: number; y: number }, out) => void out.i16(x).i16(y) });
  same<typeof point, Codec<{ x: number; y: number }, { x: number; y: number }>>(true);
  same<FrameOf<typeof point>, { x: number; y: number }>(true);
  const length = function* (reader: Parameters<Parameters<typeof defineCodec>[0]>[0]) {
    return yield* reader.u8();
  };
  same<FrameOf<typeof length>, number>(true);
  const other = defineCodec(function* (reader) {
    return yield* reader.u8();
  }, { encode: (value: string, out) => void out.text(value) });
  same<typeof other, Codec<number, string>>(true);
  assert.deepEqual(decodeAll([encodeAll([{ x: -1, y: 2 }], point)], point), [{ x: -1, y: 2 }]);
});

test("defineCodec() checks its arguments", () => {
  assert.throws(() => defineCodec(undefined as never), TypeError);
  assert.throws(() => defineCodec(7 as never), TypeError);
  assert.throws(() => defineCodec(function* () {}, { limit: 0 }), RangeError);
  assert.throws(() => defineCodec(function* () {}, { encode: 1 as never }), TypeError);
  assert.throws(() => defineCodec(function* () {}, { name: 1 as never }), TypeError);
});

test("toCodec() takes a codec for itself and refuses what is none", () => {
  assert.equal(toCodec(tagged), tagged);
  assert.throws(() => toCodec({} as never), TypeError);
  assert.throws(() => toCodec(undefined as never), TypeError);
});

test("R33: a large Redis array of 2.2 MB in 1 KiB chunks is parsed once, not anew for each chunk", () => {
  let parsed = 0;
  const array = defineCodec(function* (reader) {
    const items: string[] = [];
    const count = Number((yield* reader.line()).slice(1));
    for (let i = 0; i < count; i++) {
      parsed++;
      const length = Number((yield* reader.line()).slice(1));
      items.push(yield* reader.text(length));
      yield* reader.skip(2);
    }
    return items;
  });
  const items = 20_000;
  const whole = bytes(`*${items}\r\n${`$100\r\n${"x".repeat(100)}\r\n`.repeat(items)}`);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += 1_024) pieces.push(whole.subarray(at, at + 1_024));
  assert.equal(decodeAll(pieces, array)[0]!.length, items);
  assert.equal(parsed, items);
});

test("A codec that is no generator function says so", () => {
  const notGenerators = [() => 1, () => undefined, async () => {}, async function* () {}];
  for (const decode of notGenerators) {
    const decoding = () => decodeAll([new Uint8Array([1])], decode as unknown as FrameFunction<number>);
    assert.throws(decoding, { name: "TypeError", message: /the function must be a generator/ });
  }
});

test("A function that returns a generator is a codec", () => {
  const byte = function* (reader: FrameReader): FrameStep<number> {
    return yield* reader.u8();
  };
  assert.deepEqual(decodeAll([new Uint8Array([1, 2])], (reader: FrameReader) => byte(reader)), [1, 2]);
});

test("FrameReader.text() and line() refuse an encoding that they do not know", () => {
  for (const method of ["text", "line"] as const) {
    const codec = defineCodec(function* (reader) {
      return method === "text" ? yield* reader.text(1, "utf16" as never) : yield* reader.line("ascii" as never);
    });
    const decoding = () => decodeAll([new TextEncoder().encode("a\n")], codec);
    assert.throws(decoding, { name: "TypeError", message: /Cannot use encoding/ }, method);
  }
});
