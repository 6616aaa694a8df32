import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeAll, defineCodec, encodeAll, type FrameReader, type FrameStep, FrameWriter } from "../lib/codecs/mod.ts";
import { bytes, hex, text } from "./codec_events.ts";
import { test } from "./harness.ts";
import { cut, splits } from "./pieces_transport.ts";

/** One frame, read so. */
function readOne<T>(read: (reader: FrameReader) => FrameStep<T>, data: Uint8Array, limit?: number): T {
  const [frame, ...more] = decodeAll([data], defineCodec(read, { limit }));
  assert.equal(more.length, 0);
  return frame!;
}

/** The numbers: how to read, the bytes, what they are. */
const NUMBERS: readonly [keyof FrameReader & keyof FrameWriter, string, number | bigint][] = [
  ["u8", "ff", 255],
  ["u16", "ff fe", 0xfffe],
  ["u16le", "fe ff", 0xfffe],
  ["u32", "ff fe fd fc", 0xfffefdfc],
  ["u32le", "fc fd fe ff", 0xfffefdfc],
  ["u64", "ff fe fd fc fb fa f9 f8", 0xfffefdfcfbfaf9f8n],
  ["u64le", "f8 f9 fa fb fc fd fe ff", 0xfffefdfcfbfaf9f8n],
  ["i8", "80", -128],
  ["i16", "80 01", -32_767],
  ["i16le", "01 80", -32_767],
  ["i32", "80 00 00 01", -2_147_483_647],
  ["i32le", "01 00 00 80", -2_147_483_647],
  ["i64", "80 00 00 00 00 00 00 01", -(2n ** 63n) + 1n],
  ["i64le", "01 00 00 00 00 00 00 80", -(2n ** 63n) + 1n],
  ["f32", "3f c0 00 00", 1.5],
  ["f32le", "00 00 c0 3f", 1.5],
  ["f64", "bf f8 00 00 00 00 00 00", -1.5],
  ["f64le", "00 00 00 00 00 00 f8 bf", -1.5],
  ["varint", "ac 02", 300],
  ["varint", "ff ff ff ff ff ff ff 0f", Number.MAX_SAFE_INTEGER],
];

for (const [method, data, value] of NUMBERS) {
  const read = function* (reader: FrameReader): FrameStep<number | bigint> {
    return yield* (reader[method] as () => FrameStep<number | bigint>).call(reader);
  };
  test(`FrameReader.${method}() reads ${value}, over every cut`, () => {
    for (const pieces of splits(hex(data))) assert.deepEqual(decodeAll(pieces, defineCodec(read)), [value]);
  });
  test(`FrameWriter.${method}() writes ${value}`, () => {
    const out = new FrameWriter();
    (out[method] as (value: number | bigint) => unknown).call(out, value);
    assert.deepEqual(out.finish(), [hex(data)]);
  });
}

test("FrameReader.varint() refuses what is above 2 ** 53 - 1, and says where it begins", () => {
  const read = function* (reader: FrameReader): FrameStep<number> {
    yield* reader.u8();
    return yield* reader.varint();
  };
  for (const data of ["00 ff ff ff ff ff ff ff 1f", "00 ff ff ff ff ff ff ff ff 01"]) {
    assert.throws(() => readOne(read, hex(data)), { name: "DecodeError", offset: 1 });
  }
});

test("FrameReader.bytes() gives bytes that are the caller's", () => {
  const codec = defineCodec(function* (reader) {
    return yield* reader.bytes(3);
  });
  const frames = decodeAll(cut(bytes("abcdefghi"), [2]), codec);
  assert.deepEqual(frames.map(text), ["abc", "def", "ghi"]);
});

test("FrameReader.bytes() of 0 is an empty array", () => {
  const frame = readOne(function* (reader) {
    yield* reader.u8();
    return yield* reader.bytes(0);
  }, hex("00"));
  assert.equal(frame.length, 0);
});

for (const [count, error] of [[-1, RangeError], [NaN, RangeError], [1.5, TypeError], [Infinity, RangeError]] as const) {
  test(`FrameReader.bytes() refuses ${count}`, () => {
    assert.throws(() =>
      readOne(function* (reader) {
        return yield* reader.bytes(count);
      }, hex("00")), error);
  });
}

test("FrameReader.text() is strict UTF-8, or latin1 when asked", () => {
  const read = (encoding: "utf-8" | "latin1") =>
    function* (reader: FrameReader): FrameStep<string> {
      return yield* reader.text(2, encoding);
    };
  assert.equal(readOne(read("utf-8"), bytes("é")), "é");
  assert.equal(readOne(read("latin1"), bytes("é")), "Ã©");
  assert.throws(() => readOne(read("utf-8"), hex("61 ff")), { name: "DecodeError", offset: 1 });
});

test("FrameReader.until() reads up to a delimiter of bytes or text, over every cut", () => {
  const codec = defineCodec(function* (reader) {
    return [text(yield* reader.until("--")), text(yield* reader.until(bytes("\r\n")))];
  });
  for (const pieces of splits(bytes("a-b--c\rd\r\n"))) {
    assert.deepEqual(decodeAll(pieces, codec), [["a-b", "c\rd"]]);
  }
});

test("FrameReader.until() refuses an empty delimiter", () => {
  assert.throws(() =>
    readOne(function* (reader) {
      return yield* reader.until("");
    }, hex("00")), RangeError);
});

test("FrameReader.line() reads a line without LF or CRLF", () => {
  const codec = defineCodec(function* (reader) {
    return [yield* reader.line(), yield* reader.line(), yield* reader.line("latin1")];
  });
  for (const pieces of splits(bytes("a\r\n\né\n"))) assert.deepEqual(decodeAll(pieces, codec), [["a", "", "Ã©"]]);
});

test("FrameReader.skip() passes over bytes", () => {
  assert.equal(
    readOne(function* (reader) {
      yield* reader.skip(3);
      return yield* reader.u8();
    }, hex("00 00 00 07")),
    7,
  );
});

test("FrameReader.position counts the bytes of the frame", () => {
  assert.deepEqual(
    readOne(function* (reader) {
      const before = reader.position;
      yield* reader.u16();
      return [before, reader.position];
    }, hex("00 00")),
    [0, 2],
  );
});

test("FrameReader.until() and line() pass the limit of the frame at just that byte, whole or cut", () => {
  const codec = (limit: number) =>
    defineCodec(function* (reader) {
      yield* reader.u8();
      return yield* reader.line();
    }, { limit });
  for (const pieces of splits(bytes("xabc\n"))) {
    assert.deepEqual(decodeAll(pieces, codec(5)), ["abc"]);
    assert.throws(() => decodeAll(pieces, codec(4)), { name: "LimitExceededError", limit: 4 });
  }
  assert.throws(() => decodeAll([bytes("xabc")], codec(4)), { name: "LimitExceededError" }, "it could not end in time");
  assert.throws(() => decodeAll([bytes("xabc")], codec(5)), { reason: "unexpected-end" });
});

test("FrameReader reads what FrameWriter wrote, any fields under every chunking", () => {
  const field = fc.oneof(
    fc.record({ type: fc.constant("varint"), value: fc.maxSafeNat() }),
    fc.record({ type: fc.constant("u32le"), value: fc.nat({ max: 0xffffffff }) }),
    fc.record({ type: fc.constant("i16"), value: fc.integer({ min: -32_768, max: 32_767 }) }),
    fc.record({ type: fc.constant("u64"), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
    fc.record({ type: fc.constant("f64"), value: fc.double({ noNaN: true }) }),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
  fc.assert(fc.property(fc.array(field, { minLength: 1 }), sizes, (fields, chunking) => {
    const codec = defineCodec(function* (reader) {
      const values: unknown[] = [];
      for (const { type } of fields) values.push(yield* reader[type as "u8"]());
      return values;
    }, {
      encode(values: unknown[], out) {
        values.forEach((value, i) => out[fields[i]!.type as "u8"](value as number));
      },
    });
    const values = fields.map(({ value }) => value);
    assert.deepEqual(decodeAll(cut(encodeAll([values], codec), chunking), codec), [values]);
  }));
});
