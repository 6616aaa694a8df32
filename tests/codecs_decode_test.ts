import assert from "node:assert/strict";
import { resp } from "../examples/redis.ts";
import { ConnectionAbortedError } from "../mod.ts";
import {
  decode,
  decodeAll,
  decoderStream,
  defineCodec,
  encodeAll,
  encoderStream,
  fixed,
  jsonLines,
  lengthPrefixed,
  lines,
} from "../lib/codecs/mod.ts";
import { bytes, hex, text } from "./codec_events.ts";
import { test } from "./harness.ts";
import { cut } from "./pieces_transport.ts";

const REPLIES = ["OK", 42, null, ["a", ["b"]]];
const SENT = bytes("+OK\r\n:42\r\n$-1\r\n*2\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n");

async function* arriving(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield chunk;
}

function streamOf<T>(items: readonly T[]): ReadableStream<T> {
  return new ReadableStream({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("decodeAll() decodes chunks that are all here", () => {
  assert.deepEqual(decodeAll(cut(SENT, [1, 5]), resp), REPLIES);
});

test("decode() runs the same codec over an async iterable, an array and a stream", async () => {
  assert.deepEqual(await collect(decode(arriving(cut(SENT, [3])), resp)), REPLIES);
  assert.deepEqual(await collect(decode(cut(SENT, [3]), resp)), REPLIES);
  assert.deepEqual(await collect(decode(streamOf(cut(SENT, [3])), resp)), REPLIES);
});

test("decoderStream() runs the same codec as a transform", async () => {
  const frames = streamOf(cut(SENT, [7])).pipeThrough(decoderStream(resp));
  assert.deepEqual(await collect(frames), REPLIES);
});

test("decode() lets go of its source when the loop is left", async () => {
  let cancelled = false;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes("a\nb\n")),
    cancel: () => void (cancelled = true),
  });
  for await (const line of decode(source, lines())) if (line === "b") break;
  assert.equal(cancelled, true);
});

test("decode() gives each frame as soon as it is whole", async () => {
  let pulled = 0;
  const source = (async function* () {
    for (const chunk of ["a\nb", "\n", "c\n"]) {
      pulled++;
      yield bytes(chunk);
    }
  })();
  const seen: [string, number][] = [];
  for await (const line of decode(source, lines())) seen.push([line, pulled]);
  assert.deepEqual(seen, [["a", 1], ["b", 2], ["c", 3]]);
});

test("decodeAll() says what is cut, with its bytes and where", () => {
  assert.throws(() => decodeAll([bytes("+OK\r\n$5\r\nab")], resp), (error) => {
    assert.ok(ConnectionAbortedError.is(error));
    assert.equal(error.reason, "unexpected-end");
    assert.equal(text(error.partial), "$5\r\nab");
    assert.equal(error.expected, 11);
    assert.equal(error.bytesRead, 11);
    return true;
  });
});

test("decodeAll() leaves the chunks to the caller", () => {
  const chunk = bytes("abc");
  const [frame] = decodeAll([chunk], fixed(3));
  chunk.fill(0);
  assert.equal(text(frame), "abc");
});

test("decodeAll() refuses chunks that are no bytes", () => {
  assert.throws(() => decodeAll(["text" as unknown as Uint8Array], lines()), TypeError);
});

test("decoderStream() fails with what the codec throws", async () => {
  const frames = streamOf([bytes("1\n{\n")]).pipeThrough(decoderStream(jsonLines()));
  const seen: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const value of frames) seen.push(value);
    },
    { name: "DecodeError" },
  );
});

test("decoderStream() fails where the stream ends inside a frame", async () => {
  const frames = streamOf([hex("00000005 'ab'")]).pipeThrough(decoderStream(lengthPrefixed()));
  await assert.rejects(collect(frames), { reason: "unexpected-end", expected: 9 });
});

test("encoderStream() makes one chunk of each frame, of memory that is not used again", async () => {
  const chunks = await collect(streamOf(["a", "", "b"]).pipeThrough(encoderStream(lines())));
  assert.deepEqual(chunks.map(text), ["a\n", "\n", "b\n"]);
});

test("encoderStream() leaves nothing of a frame that is refused to the next", async () => {
  const codec = defineCodec(function* (reader) {
    return yield* reader.u8();
  }, {
    encode(values: number[], out): void {
      for (const value of values) out.u8(value);
    },
  });
  const stream = encoderStream(codec);
  const writer = stream.writable.getWriter();
  const reading = stream.readable.getReader().read();
  await assert.rejects(writer.write([1, 2, 300]), RangeError);
  await assert.rejects(reading, RangeError);
  await assert.rejects(writer.closed, RangeError);
});

test("encodeAll() makes one array of all frames, also of large ones", () => {
  const large = new Uint8Array(100_000).fill(7);
  const sent = encodeAll([new Uint8Array(1), large, new Uint8Array(2)], lengthPrefixed());
  assert.equal(sent.length, 100_003 + 12);
  assert.deepEqual(decodeAll([sent], lengthPrefixed())[1], large);
});
