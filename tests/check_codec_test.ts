/** That the checks of a codec find what is broken: each deliberate mistake is found, by the check that is named for it. */
import assert from "node:assert/strict";
import { type Codec, defineCodec, type Encoder, lengthPrefixed, lines } from "../lib/codecs/mod.ts";
import type { ByteQueue } from "../mod.ts";
import { checkCodec, type CheckCodecOptions, type CodecSamples, runChecks } from "../lib/testing/mod.ts";
import { bytes, hex } from "./codec_events.ts";
import { test } from "./harness.ts";

const FRAMES = [bytes("abc"), bytes(""), bytes("hello")];

/** The ids of the checks that fail. */
async function failing<In, Out>(
  codec: Codec<In, Out>,
  samples: CodecSamples<Out>,
  options?: CheckCodecOptions,
): Promise<string[]> {
  const failed: string[] = [];
  for (const { id, run } of checkCodec(codec, samples, options)) {
    shared = undefined; // Of one that is broken so.
    await run().catch(() => failed.push(id));
  }
  return failed;
}

type Decode = (buffer: ByteQueue) => Uint8Array | undefined;

const encoder: Encoder<Uint8Array> = { encode: (frame, out) => void out.u8(frame.length).bytes(frame) };

/** A byte with the length, then the frame; decoded so. */
function broken(decode: () => Decode, other: Partial<Codec<Uint8Array>> = {}): Codec<Uint8Array> {
  return { name: "broken", decoder: () => ({ decode: decode() }), encoder: () => encoder, ...other };
}

/** The right way. */
const right: Decode = (buffer) => {
  if (buffer.length === 0 || buffer.length < 1 + buffer.at(0)) return undefined;
  const length = buffer.at(0);
  buffer.drop(1);
  return buffer.take(length);
};

let shared: number | undefined;

/** What is wrong, the codec, the checks that must find it. */
const BROKEN: readonly [string, Codec<Uint8Array>, string[], CodecSamples<Uint8Array>?][] = [
  [
    "takes what has come for the whole frame",
    broken(() => (buffer) => {
      if (buffer.length === 0) return undefined;
      const [length] = buffer.take(1);
      return buffer.take(Math.min(length!, buffer.length));
    }),
    ["2a", "2b", "2c", "4a"],
  ],
  [
    "consumes its header before the frame is whole",
    broken(() => {
      let length: number | undefined;
      return (buffer) => {
        if (length === undefined && buffer.length > 0) length = buffer.take(1)[0];
        if (length === undefined || buffer.length < length) return undefined;
        const frame = buffer.take(length);
        length = undefined;
        return frame;
      };
    }),
    ["3a"],
  ],
  [
    "keeps its state outside of the decoder",
    broken(() => (buffer) => {
      if (shared === undefined && buffer.length > 0) shared = buffer.take(1)[0];
      if (shared === undefined || buffer.length < shared) return undefined;
      const frame = buffer.take(shared);
      shared = undefined;
      return frame;
    }),
    ["3c"],
  ],
  [
    "reads ahead and keeps bytes to itself",
    broken(() => {
      let kept: number[] = [];
      return (buffer) => {
        kept.push(...buffer.take(buffer.length));
        if (kept.length === 0 || kept.length < 1 + kept[0]!) return undefined;
        const frame = Uint8Array.from(kept.slice(1, 1 + kept[0]!));
        kept = kept.slice(1 + kept[0]!);
        return frame;
      };
    }),
    ["3a", "3d"],
  ],
  [
    "gives frames that later chunks overwrite",
    broken(() => (buffer) => {
      if (buffer.length === 0 || buffer.length < 1 + buffer.at(0)) return undefined;
      const length = buffer.at(0);
      buffer.drop(1);
      return buffer.lend(length);
    }),
    ["3b"],
  ],
  ["asks for more than the frame has", {
    ...broken(() => right),
    decoder: () => ({ decode: right, needed: 10 }),
  }, ["3a"]],
  [
    "gives no frame of length 0",
    broken(() => (buffer) => {
      while (buffer.length > 0 && buffer.at(0) === 0) buffer.drop(1);
      return right(buffer);
    }),
    ["1a", "1b"],
  ],
  ["loses what is left at the end of stream", {
    ...broken(() => right),
    decoder: () => ({ decode: right, end: (buffer) => void buffer.drop(buffer.length) }),
  }, ["4b"]],
  ["decodes differently all at once", {
    ...broken(() => right),
    decoder: () => ({
      decode: right,
      decodeAll(buffer) {
        const frame = right(buffer);
        return frame && [frame.slice().reverse()];
      },
    }),
  }, ["2a", "2b", "2c"]],
  [
    "has an error that depends on what is here",
    broken(() => (buffer) => {
      if (buffer.length > 0 && buffer.at(0) === 255) throw new Error(`bad frame in ${buffer.length} bytes`);
      return right(buffer);
    }),
    ["2a", "2b", "2c"],
    { frames: FRAMES, errors: [hex("03 'abc' ff 00 00")] },
  ],
  [
    "consumes a part of what it refuses, as it has come",
    broken(() => (buffer) => {
      if (buffer.length > 0 && buffer.at(0) === 255) {
        buffer.drop(buffer.length);
        throw new Error("bad frame");
      }
      return right(buffer);
    }),
    ["2a", "2b", "2c"],
    { frames: FRAMES, errors: [hex("03 'abc' ff 00 00")] },
  ],
  ["takes no bytes for a frame, for ever", broken(() => () => new Uint8Array(0)), ["1a", "1b", "1c"]],
  ["accepts what the samples say is wrong", broken(() => right), ["2d"], { frames: FRAMES, errors: [hex("01 'a'")] }],
  ["encodes what it should refuse", broken(() => right), ["5b"], { frames: FRAMES, refused: [bytes("x")] }],
  ["encodes what does not come back", {
    ...broken(() => right),
    encoder: () => ({ encode: (frame, out) => void out.u8(frame.length).bytes(frame.slice().reverse()) }),
  }, ["1a", "1b"]],
  [
    "remembers a frame that it has refused",
    broken(() => right, {
      encoder() {
        let left = 0;
        return {
          encode(frame, out) {
            left++;
            if (frame.length > 200) throw new RangeError("too long");
            out.u8(frame.length).bytes(frame);
            if (left > 3) out.u8(0);
          },
        };
      },
    }),
    ["5b"],
    { frames: FRAMES, refused: [new Uint8Array(201)] },
  ],
];

for (const [what, codec, expected, samples = { frames: FRAMES }] of BROKEN) {
  test(`checkCodec() finds a codec that ${what}`, async () => {
    const failed = await failing(codec, samples);
    for (const id of expected) {
      assert.ok(failed.includes(id), `${id} does not fail: ${failed.join(", ") || "none does"}`);
    }
  });
}

test("checkCodec() passes the same codec when nothing is wrong with it", async () => {
  await runChecks(checkCodec(broken(() => right), { frames: FRAMES }));
});

test("checkCodec() lets a codec lend its frames, or have a state, when told so", async () => {
  const lending = lengthPrefixed({ borrow: true });
  assert.deepEqual(await failing(lending, { frames: FRAMES }), ["3b"]);
  assert.deepEqual(await failing(lending, { frames: FRAMES }, { lends: true }), []);
  const counting: Codec<number, never> = {
    name: "counting",
    decoder() {
      let total = 0;
      return { decode: (buffer) => buffer.length === 0 ? undefined : total += buffer.take(1)[0]! };
    },
    encoder: () => assert.fail("it only decodes"),
  };
  assert.deepEqual(await failing(counting, { streams: [hex("01 02 03")] }), ["3d"]);
  assert.deepEqual(await failing(counting, { streams: [hex("01 02 03")] }, { stateful: true }), []);
});

test("checkCodec() leaves out checks that it has no sample for", () => {
  const ids = (samples: CodecSamples<string>): string[] => checkCodec(lines(), samples).map(({ id }) => id);
  assert.ok(!ids({ streams: [bytes("a\n")] }).some((id) => ["1a", "1b", "2d", "4b", "5a", "5b"].includes(id)));
  assert.ok(ids({ frames: ["a"], errors: [hex("ff 0a")], refused: ["\n"] }).includes("5b"));
});

test("checkCodec() says which pieces and which frame", async () => {
  const [, codec] = BROKEN[0]!;
  const check = checkCodec(codec, { frames: FRAMES }).find(({ id }) => id === "2a")!;
  await assert.rejects(
    check.run(),
    /in pieces of 1, 10 bytes: event 1 is the frame \[\] up to byte 1, not the frame \[97,98,99\] up to byte 4/,
  );
});

test("checkCodec() takes a generator", async () => {
  await runChecks(checkCodec(function* (reader) {
    return yield* reader.u16();
  }, { streams: [hex("0001 0002")] }));
});

test("checkCodec() runs the same random pieces every time, and others with another seed", async () => {
  const seen = async (seed: number): Promise<string> => {
    const sizes: number[] = [];
    const spy = defineCodec(function* (reader) {
      sizes.push(-1);
      return yield* reader.u8();
    });
    const decoder = spy.decoder.bind(spy);
    const codec: Codec<number, never> = {
      ...spy,
      decoder() {
        const inner = decoder();
        return { decode: (buffer) => (sizes.push(buffer.length), inner.decode(buffer)) };
      },
    };
    await checkCodec(codec, { streams: [new Uint8Array(50)] }, { seed }).find(({ id }) => id === "2c")!.run();
    return String(sizes);
  };
  assert.equal(await seen(1), await seen(1));
  assert.notEqual(await seen(1), await seen(2));
});

test("checkCodec() checks its arguments", () => {
  assert.throws(() => checkCodec(lines(), {}), TypeError);
  assert.throws(() => checkCodec(lines(), undefined as never), TypeError);
  assert.throws(() => checkCodec({} as never, { frames: [1] }), TypeError);
  assert.throws(() => checkCodec(lines(), { streams: ["a" as never] }), TypeError);
  assert.throws(() => checkCodec(lines(), { frames: ["a"] }, { timeout: 0 }), RangeError);
  assert.throws(() => checkCodec(lines(), { frames: ["a"] }, { lends: 1 as never }), TypeError);
});
