/** Every transform and sink of `@std/streams` over `connection.readable` and `connection.writable`. */
import assert from "node:assert/strict";
import { Buffer } from "@std/streams/buffer";
import { ByteSliceStream } from "@std/streams/byte-slice-stream";
import { concatReadableStreams } from "@std/streams/concat-readable-streams";
import { DelimiterStream } from "@std/streams/delimiter-stream";
import { earlyZipReadableStreams } from "@std/streams/early-zip-readable-streams";
import { LimitedBytesTransformStream } from "@std/streams/limited-bytes-transform-stream";
import { LimitedTransformStream } from "@std/streams/limited-transform-stream";
import { mergeReadableStreams } from "@std/streams/merge-readable-streams";
import { TextDelimiterStream } from "@std/streams/text-delimiter-stream";
import { TextLineStream } from "@std/streams/text-line-stream";
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import { toBlob } from "@std/streams/to-blob";
import { toBytes } from "@std/streams/to-bytes";
import { toJson } from "@std/streams/to-json";
import { toText } from "@std/streams/to-text";
import { toTransformStream } from "@std/streams/to-transform-stream";
import { zipReadableStreams } from "@std/streams/zip-readable-streams";
import { places } from "../far_end.ts";
import { test } from "../harness.ts";

type Input = ReadableStream<Uint8Array<ArrayBuffer>>;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function all<T>(stream: ReadableStream<T>): Promise<T[]> {
  const items: T[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) items.push(next.value);
  return items;
}

const decoded = (input: Input): ReadableStream<string> => input.pipeThrough(new TextDecoderStream());
const joined = async (stream: ReadableStream<Uint8Array>): Promise<string> => (await all(stream)).map(text).join("");

/** What the peer sends before it ends, and what comes out at the other side of the transform. */
const CASES: readonly [name: string, sent: string, through: (input: Input) => Promise<unknown>, wanted: unknown][] = [
  ["ByteSliceStream", "0123456789", (input) => joined(input.pipeThrough(new ByteSliceStream(2, 4))), "234"],
  [
    "DelimiterStream",
    "a;b;c",
    async (input) => (await all(input.pipeThrough(new DelimiterStream(new Uint8Array([0x3b]))))).map(text),
    ["a", "b", "c"],
  ],
  [
    "LimitedBytesTransformStream",
    "0123",
    (input) => joined(input.pipeThrough(new LimitedBytesTransformStream(100))),
    "0123",
  ],
  [
    "LimitedTransformStream",
    "0123",
    (input) => joined(input.pipeThrough(new LimitedTransformStream<Uint8Array>(9))),
    "0123",
  ],
  ["TextDelimiterStream", "a, b", (input) => all(decoded(input).pipeThrough(new TextDelimiterStream(", "))), [
    "a",
    "b",
  ]],
  ["TextLineStream", "a\r\nb\n", (input) => all(decoded(input).pipeThrough(new TextLineStream())), ["a", "b"]],
  ["toArrayBuffer()", "0123", async (input) => text(new Uint8Array(await toArrayBuffer(input))), "0123"],
  ["toBlob()", "0123", async (input) => await (await toBlob(input)).text(), "0123"],
  ["toBytes()", "0123", async (input) => text(await toBytes(input)), "0123"],
  ["toJson()", '{"a":[1]}', (input) => toJson(input), { a: [1] }],
  ["toText()", "wörld", (input) => toText(input), "wörld"],
  [
    "toTransformStream()",
    "abc",
    (input) =>
      joined(input.pipeThrough(toTransformStream(async function* (source: Input) {
        for await (const chunk of source) yield chunk.map((byte) => byte - 32);
      }))),
    "ABC",
  ],
  ["concatReadableStreams()", "0123", (input) => joined(concatReadableStreams<Uint8Array>(input)), "0123"],
  ["earlyZipReadableStreams()", "0123", (input) => joined(earlyZipReadableStreams<Uint8Array>(input)), "0123"],
  ["mergeReadableStreams()", "0123", (input) => joined(mergeReadableStreams<Uint8Array>(input)), "0123"],
  ["zipReadableStreams()", "0123", (input) => joined(zipReadableStreams<Uint8Array>(input)), "0123"],
  [
    "Buffer",
    "0123",
    async (input) => {
      const buffer = new Buffer();
      await input.pipeTo(buffer.writable);
      return text(buffer.bytes());
    },
    "0123",
  ],
  ["TransformStream.tee()", "0123", async (input) => await Promise.all(input.tee().map(joined)), ["0123", "0123"]],
];

/** `mergeReadableStreams()` is written with `Promise.withResolvers`, which Node 20 does not have. */
const cases = CASES.filter(([name]) => "withResolvers" in Promise || name !== "mergeReadableStreams()");

for (const place of places) {
  for (const [name, sent, through, wanted] of cases) {
    test(`interop: ${name} of a connection over ${place.name}`, async () => {
      await using ends = await place.open();
      const result = through(ends.local.readable);
      await ends.far.send(sent);
      await ends.far.end();
      assert.deepEqual(await result, wanted);
      // The stream has ended, the connection has not: an answer can still be sent.
      await ends.local.writer.write("answer");
      await ends.local.writer.closeWrite();
      assert.equal(text((await ends.far.received()).bytes), "answer");
    });
  }

  test(`interop: both half-closes through the web streams over ${place.name}`, async () => {
    await using ends = await place.open();
    const { readable, writable } = ends.local;
    const sending = new Blob(["question"]).stream().pipeTo(writable);
    const received = ends.far.received();
    await sending;
    assert.deepEqual(await received.then(({ bytes, ended }) => [text(bytes), ended]), ["question", true]);
    await ends.far.send("answer");
    await ends.far.end();
    assert.equal(await toText(readable), "answer");
    assert.equal((await ends.local.closed).clean, true);
  });
}
