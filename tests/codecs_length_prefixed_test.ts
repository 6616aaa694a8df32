import assert from "node:assert/strict";
import fc from "fast-check";
import { framed } from "../mod.ts";
import { decodeAll, encodeAll, lengthPrefixed, type LengthPrefixedOptions } from "../lib/codecs/mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { bytes, Decoding, eventsOf, hex, text } from "./codec_events.ts";
import { test } from "./harness.ts";
import { cut } from "./pieces_transport.ts";
import { rejection } from "./raw_peers.ts";

const HELLO = "'Hello world'";

/** id, what is special, layout, what comes, which frames that is. */
const DECODED: readonly [string, string, LengthPrefixedOptions, string[], string[]][] = [
  ["D01", "nothing is no frame", {}, [""], []],
  ["D02", "4 bytes, big endian", {}, ["00000009 'abcdefghi'"], ["'abcdefghi'"]],
  ["D03", "little endian", { endian: "little" }, ["09000000 'abcdefghi'"], ["'abcdefghi'"]],
  ["D04", "native endian is one of the two", { endian: "little" }, ["02000000 'ab'"], ["'ab'"]],
  [
    "D05",
    "three frames in one packet",
    {},
    ["00000009 'abcdefghi' 00000003 '123' 0000000b" + HELLO],
    ["'abcdefghi'", "'123'", HELLO],
  ],
  ["D06", "one frame in three packets", {}, ["0000", "0009 'abc'", "'defghi'"], ["'abcdefghi'"]],
  [
    "D07",
    "three frames over five packets",
    {},
    ["0000", "0009 'abc'", "'defghi' 00000003 '12'", "'3' 0000", "000b" + HELLO],
    ["'abcdefghi'", "'123'", HELLO],
  ],
  ["D16", "1 byte", { lengthBytes: 1 }, ["09 'abcdefghi'"], ["'abcdefghi'"]],
  ["D17", "an offset", { lengthBytes: 2, offset: 4 }, ["'zzzz' 0009 'abcdefghi'"], ["'abcdefghi'"]],
  [
    "D18",
    "an adjustment that keeps tag and length in the frame",
    { lengthBytes: 2, offset: 2, adjustment: 4, skip: 0 },
    ["cafe 0009 'abcdefghi' beef 0003 '123' dead 000b" + HELLO],
    ["cafe 0009 'abcdefghi'", "beef 0003 '123'", "dead 000b" + HELLO],
  ],
  ["D19", "a byte that is skipped", { lengthBytes: 3, skip: 4 }, ["00000b 0c" + HELLO], [HELLO]],
  [
    "D20",
    "a length that includes itself",
    { lengthBytes: 2, adjustment: -2 },
    ["000b 'abcdefghi' 0005 '123' 000d" + HELLO],
    ["'abcdefghi'", "'123'", HELLO],
  ],
  [
    "D20",
    "a length that includes itself, in other words",
    { lengthBytes: 2, includesHeader: true },
    ["000b 'abcdefghi' 0005 '123'"],
    ["'abcdefghi'", "'123'"],
  ],
  [
    "D21",
    "a tag before, a tag behind",
    { lengthBytes: 2, offset: 1, adjustment: 1, skip: 3 },
    ["ca 000b fe" + HELLO],
    ["fe" + HELLO],
  ],
  [
    "D22",
    "a length that includes all, and a tag behind",
    { lengthBytes: 2, offset: 1, adjustment: -3, skip: 3 },
    ["ca 000f fe" + HELLO],
    ["fe" + HELLO],
  ],
  ["D23", "the whole with its header", { lengthBytes: 3, adjustment: 5, skip: 0 }, ["00000b cafe" + HELLO], [
    "00000b cafe" + HELLO,
  ]],
];

for (const [id, what, options, chunks, frames] of DECODED) {
  test(`lengthPrefixed() ${id}: ${what}`, () => {
    const expected = frames.map(hex);
    assert.deepEqual(decodeAll(chunks.map(hex), lengthPrefixed(options)), expected);
    const all = hex(chunks.join(" "));
    assert.deepEqual(decodeAll(cut(all, [1]), lengthPrefixed(options)), expected, "byte by byte");
  });
}

test("lengthPrefixed() D08: asks for more just where it is starved", () => {
  const decoding = new Decoding(lengthPrefixed());
  const needs = ["", "0000", "0009 'abc'", "'defghi'"].map((chunk) => {
    const frame = decoding.push(hex(chunk)).decode();
    return text(frame) ?? decoding.decoder.needed;
  });
  assert.deepEqual(needs, [4, 4, 13, "abcdefghi"]);
});

test("lengthPrefixed() D09: frames over a connection come as their last byte does", async () => {
  await using pair = connectionPair();
  const frames = framed(pair.local, lengthPrefixed());
  const seen: (string | undefined)[] = [];
  const receiving = (async () => {
    for await (const frame of frames) seen.push(text(frame));
  })();
  for (const chunk of ["0000", "0009 'abc'", "'defghi' 00000003 '12'", "'3' 0000", "000b" + HELLO]) {
    await pair.peer.writer.write(hex(chunk));
    await pair.peer.writer.flush();
  }
  await pair.peer.writer.closeWrite();
  await receiving;
  assert.deepEqual(seen, ["abcdefghi", "123", "Hello world"]);
});

for (
  const [id, chunks, partial, expected] of [
    ["D10", ["0000"], "0000", 4],
    ["D11", ["00", "00"], "0000", 4],
    ["D12", ["00000009 'abcd'"], "00000009 'abcd'", 13],
  ] as const
) {
  test(`lengthPrefixed() ${id}: the end inside a frame is unexpected, with all its bytes`, () => {
    assert.throws(() => decodeAll(chunks.map(hex), lengthPrefixed()), {
      reason: "unexpected-end",
      partial: hex(partial),
      expected,
    });
  });
}

test("lengthPrefixed() D13: a frame over the limit is an error before its bytes have come", () => {
  for (const [lengthBytes, sent] of [[4, "00000009"], [3, "000009"]] as const) {
    const decoding = new Decoding(lengthPrefixed({ lengthBytes, limit: 5 })).push(hex(sent));
    assert.throws(() => decoding.decode(), { name: "LimitExceededError", limit: 5 });
  }
});

test("lengthPrefixed() D14: a codec with a lower limit may take over between frames", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write(hex("00000009 'abcdefghi' 00000009 'abcdefghi'"));
  assert.equal((await framed(pair.local, lengthPrefixed()).receive())?.length, 9);
  const error = await rejection(framed(pair.local, lengthPrefixed({ limit: 5 })).receive());
  assert.equal(error.name, "LimitExceededError");
});

test("lengthPrefixed() D15: who takes over inside a frame sees it from its beginning", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write(hex("00000009 'abcd'"));
  const signal = AbortSignal.abort("given up");
  await rejection(framed(pair.local, lengthPrefixed()).receive({ signal, keepOpen: true }));
  const lower = framed(pair.local, lengthPrefixed({ limit: 5 }));
  assert.equal((await rejection(lower.receive())).name, "LimitExceededError");
  await pair.peer.writer.write("efghi");
  assert.equal(text(await framed(pair.local, lengthPrefixed()).receive()), "abcdefghi");
});

/** id, layout, frames, the bytes of all. */
const ENCODED: readonly [string, LengthPrefixedOptions, string[], string][] = [
  ["D24", {}, ["'abcdefghi'"], "00000009 'abcdefghi'"],
  ["D26", {}, ["'abcdefghi'", "'123'", HELLO], "00000009 'abcdefghi' 00000003 '123' 0000000b" + HELLO],
  ["D28", { endian: "little" }, ["'abcdefghi'"], "09000000 'abcdefghi'"],
  ["D29", { lengthBytes: 1 }, ["'abcdefghi'"], "09 'abcdefghi'"],
  ["D30", { lengthBytes: 2, adjustment: -2 }, ["'abcdefghi'"], "000b 'abcdefghi'"],
  ["D30", { lengthBytes: 2, includesHeader: true }, ["'abcdefghi'"], "000b 'abcdefghi'"],
  ["D17", { lengthBytes: 2, offset: 4 }, ["'ab'"], "00000000 0002 'ab'"],
  ["D19", { lengthBytes: 3, skip: 4 }, ["'ab'"], "000002 00 'ab'"],
];

for (const [id, options, frames, sent] of ENCODED) {
  test(`lengthPrefixed() ${id}: encodes ${frames.join(", ")} with ${JSON.stringify(options)}`, () => {
    assert.deepEqual(encodeAll(frames.map(hex), lengthPrefixed(options)), hex(sent));
  });
}

test("lengthPrefixed() D25: encodes a part of a larger array", () => {
  assert.deepEqual(encodeAll([bytes("xabcx").subarray(1, 4)], lengthPrefixed()), hex("00000003 'abc'"));
});

test("lengthPrefixed() D27: three frames, each flushed, are the bytes of the three", async () => {
  await using pair = connectionPair();
  const frames = framed(pair.local, lengthPrefixed());
  for (const frame of ["abcdefghi", "123", "Hello world"]) {
    await frames.send(bytes(frame));
    await pair.local.writer.flush();
  }
  const sent = hex("00000009 'abcdefghi' 00000003 '123' 0000000b" + HELLO);
  assert.deepEqual(await pair.peer.reader.readExactly(sent.length), sent);
});

test("lengthPrefixed() D32: a frame over the limit is refused, and nothing of it is sent", async () => {
  await using pair = connectionPair();
  const frames = framed(pair.local, lengthPrefixed({ limit: 5 }));
  assert.equal((await rejection(frames.send(bytes("abcdef")))).name, "LimitExceededError");
  assert.equal(pair.local.writer.unsentBytes, 0);
  await frames.send(bytes("abcde"));
  assert.deepEqual(await pair.peer.reader.readExactly(9), hex("00000005 'abcde'"));
});

test("lengthPrefixed() D33, D34: a codec with a lower limit takes over, what is on its way is sent", async () => {
  await using pair = connectionPair();
  void framed(pair.local, lengthPrefixed()).send(bytes("abcdef"));
  assert.equal((await rejection(framed(pair.local, lengthPrefixed({ limit: 5 })).send(bytes("abcdef")))).limit, 5);
  assert.deepEqual(await pair.peer.reader.readExactly(10), hex("00000006 'abcdef'"));
});

for (const [adjustment, most] of [[-1, 254], [0, 255], [1, 256]] as const) {
  test(`lengthPrefixed() D36: 1 byte with adjustment ${adjustment} fits ${most} bytes, whatever the limit`, () => {
    const codec = lengthPrefixed({ lengthBytes: 1, adjustment, limit: 1_000 });
    const sent = encodeAll([new Uint8Array(most)], codec);
    assert.equal(sent[0], 255);
    assert.deepEqual(decodeAll([sent], codec), [new Uint8Array(most)]);
    assert.throws(() => encodeAll([new Uint8Array(most + 1)], codec), RangeError);
  });
}

test("lengthPrefixed() D37: 8 bytes and no limit neither clip nor overflow", () => {
  const codec = lengthPrefixed({ lengthBytes: 8, limit: Infinity });
  assert.deepEqual(encodeAll([bytes("ab")], codec), hex("00000000 00000002 'ab'"));
  const decoding = new Decoding(codec).push(hex("001fffff ffffff00"));
  assert.equal(decoding.decode(), undefined);
  assert.equal(decoding.decoder.needed, Number.MAX_SAFE_INTEGER - 255 + 8);
});

for (
  const [what, options, sent] of [
    ["below its adjustment", { lengthBytes: 1, adjustment: -3 }, "02 00"],
    ["above 2 ** 53 - 1", { lengthBytes: 8, limit: Infinity }, "00200000 00000000"],
    ["above 2 ** 53 - 1 with its adjustment", { lengthBytes: 8, adjustment: 1, limit: Infinity }, "001fffff ffffffff"],
    ["below the header that it is a part of", { includesHeader: true, skip: 0 }, "00000002 aaaa"],
    ["below the header that it counts", { lengthBytes: 2, offset: 2, adjustment: 1, skip: 1 }, "0000 0001 aaaa"],
    ["a varint that does not end", { lengthBytes: "varint" }, "ffffffff ffffffff 01"],
    ["a varint above 2 ** 53 - 1", { lengthBytes: "varint", limit: Infinity }, "ffffffff ffffff 7f"],
  ] as const
) {
  test(`lengthPrefixed() D38: a length that is ${what} is malformed`, () => {
    assert.throws(() => new Decoding(lengthPrefixed(options)).push(hex(sent)).decode(), { name: "DecodeError" });
  });
}

test("lengthPrefixed() keeps the whole frame with its header when the length includes it and nothing is skipped", () => {
  const codec = lengthPrefixed({ lengthBytes: 2, includesHeader: true, skip: 0 });
  assert.deepEqual(decodeAll([hex("0005 'abc' 0002")], codec), [hex("0005 'abc'"), hex("0002")]);
});

test("lengthPrefixed() does not encode frames that would have to hold their own length", () => {
  assert.throws(() => encodeAll([bytes("a")], lengthPrefixed({ skip: 0 })), TypeError);
});

test("lengthPrefixed() with a varint takes just as many bytes as it has", () => {
  const codec = lengthPrefixed({ lengthBytes: "varint" });
  for (const size of [0, 1, 127, 128, 16_383, 16_384]) {
    const sent = encodeAll([new Uint8Array(size).fill(7)], codec);
    assert.equal(sent.length - size, size < 128 ? 1 : size < 16_384 ? 2 : 3);
    assert.deepEqual(decodeAll(cut(sent, [1, 2, 5_000]), codec), [new Uint8Array(size).fill(7)]);
  }
});

test("lengthPrefixed() with borrow lends memory that is valid until the next receive()", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write(hex("00000003 'abc' 00000003 'xyz'"));
  const frames = framed(pair.local, lengthPrefixed({ borrow: true }));
  assert.equal(text(await frames.receive()), "abc");
  assert.equal(text(await frames.receive()), "xyz");
});

test("lengthPrefixed() with borrow keeps its frames apart where they are gathered", () => {
  const sent = encodeAll([bytes("abc"), bytes("xyz")], lengthPrefixed());
  const frames = decodeAll(cut(sent, [7]), lengthPrefixed({ borrow: true }));
  assert.deepEqual(frames.map(text), ["abc", "xyz"]);
});

test("lengthPrefixed() refuses to encode what is not bytes", () => {
  assert.throws(() => encodeAll(["abc" as unknown as Uint8Array], lengthPrefixed()), TypeError);
});

for (
  const [error, options] of [
    [RangeError, { lengthBytes: 0 }],
    [RangeError, { lengthBytes: 9 }],
    [TypeError, { lengthBytes: 1.5 }],
    [TypeError, { lengthBytes: "long" as "varint" }],
    [TypeError, { endian: "middle" as "big" }],
    [RangeError, { offset: -1 }],
    [RangeError, { skip: -1 }],
    [RangeError, { limit: 0 }],
    [RangeError, { adjustment: 0.5 }],
    [TypeError, { adjustment: "1" as unknown as number }],
    [TypeError, { borrow: 1 as unknown as boolean }],
    [TypeError, { includesHeader: "yes" as unknown as boolean }],
    [TypeError, { lengthBytes: "varint", includesHeader: true }],
    [TypeError, { lengthBytes: "varint", skip: 1 }],
  ] as const
) {
  test(`lengthPrefixed() refuses ${JSON.stringify(options)} with a ${error.name}`, () => {
    assert.throws(() => lengthPrefixed(options), error);
  });
}

const layout = fc.record({
  lengthBytes: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant("varint" as const)),
  endian: fc.constantFrom("big", "little"),
  offset: fc.integer({ min: 0, max: 3 }),
  adjustment: fc.integer({ min: -4, max: 0 }),
});

test("lengthPrefixed() gives back what it encoded, in any layout, under every chunking", () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(layout, frames, sizes, (options, sent, chunking) => {
    const codec = lengthPrefixed(options);
    assert.deepEqual(
      decodeAll(cut(encodeAll(sent, codec), chunking), codec),
      sent.map((frame) => Uint8Array.from(frame)),
    );
  }));
});

test("lengthPrefixed() makes the same of any bytes, in any layout, under every chunking", () => {
  const any = fc.record({
    lengthBytes: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant("varint" as const)),
    endian: fc.constantFrom("big", "little"),
    offset: fc.integer({ min: 0, max: 2 }),
    adjustment: fc.integer({ min: -3, max: 3 }),
    limit: fc.integer({ min: 1, max: 300 }),
  });
  const noise = fc.array(
    fc.oneof({ weight: 5, arbitrary: fc.integer({ max: 4, min: 0 }) }, fc.integer({ max: 255, min: 0 })),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(any, noise, sizes, fc.boolean(), (options, data, chunking, batches) => {
    const codec = lengthPrefixed(options);
    const whole = Uint8Array.from(data);
    assert.deepEqual(eventsOf(codec, cut(whole, chunking), batches), eventsOf(codec, [whole]));
  }));
});
