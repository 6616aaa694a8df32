import assert from "node:assert/strict";
import { resp } from "../examples/redis.ts";
import {
  BusyError,
  type ByteQueue,
  Connection,
  type ConnectionOptions,
  type Framed,
  framed,
  LimitExceededError,
  type Transport,
} from "../mod.ts";
import {
  type Codec,
  decodeAll,
  defineCodec,
  delimited,
  fixed,
  type FrameReader,
  type FrameStep,
  jsonLines,
  lengthPrefixed,
  lines,
} from "../lib/codecs/mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { bytes, hex, text } from "./codec_events.ts";
import { test } from "./harness.ts";
import { ManualTransport, reset } from "./manual_transport.ts";
import { cut, PiecesTransport, splits } from "./pieces_transport.ts";
import { rejection } from "./raw_peers.ts";

function* u32(reader: FrameReader): FrameStep<number> {
  return yield* reader.u32();
}

function* u64(reader: FrameReader): FrameStep<bigint> {
  return yield* reader.u64();
}

const THREE = hex("00000000 00000001 00000002");

async function collect<T>(frames: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

/** One that is forgotten while it is open is closed some time later, with a timer in the middle of another test. */
const kept: Connection[] = [];

/** A connection that is remembered. */
function over(transport: Transport, options?: ConnectionOptions): Connection {
  const connection = new Connection(transport, options);
  kept.push(connection);
  return connection;
}

/** A connection whose peer sends just this, and then ends. */
function receiving(pieces: readonly Uint8Array[]): Connection {
  return over(new PiecesTransport(pieces));
}

/** Compiles only when the types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_: Same<A, B>): void {}

test("framed() F01, F02: three frames in one packet, and across any others", async () => {
  for (const pieces of [[THREE], ...splits(THREE)]) {
    assert.deepEqual(await collect(framed(receiving(pieces), u32)), [0, 1, 2]);
  }
});

test("framed() F03: another codec takes over in the middle of the buffer, and misses no byte", async () => {
  const connection = receiving([hex("00000001 00000000 00000002")]);
  assert.equal(await framed(connection, u32).receive(), 1);
  assert.equal(await framed(connection, u64).receive(), 2n);
});

test("framed() F04: receive() waits when nothing is here, and then gives all frames", async () => {
  const transport = new ManualTransport();
  const frames = framed(over(transport), u32);
  const first = frames.receive();
  transport.deliver(THREE);
  assert.deepEqual([await first, await frames.receive(), frames.tryReceive()], [0, 1, 2]);
});

test("framed() F05: receive() waits after half a frame, and then gives all frames", async () => {
  const transport = new ManualTransport();
  const frames = framed(over(transport), u32);
  const first = frames.receive();
  transport.deliver(THREE.subarray(0, 2));
  while (transport.reads.length < 2) await Promise.resolve();
  transport.deliver(THREE.subarray(2));
  assert.deepEqual([await first, await frames.receive(), await frames.receive()], [0, 1, 2]);
});

for (
  const [id, what, before] of [
    ["F06", "when nothing is here", ""],
    ["F07", "after half a frame that is here", "0000"],
    ["F08", "after half a frame that it waited for", "00"],
  ] as const
) {
  test(`framed() ${id}: receive() rejects with the failure of the connection, ${what}`, async () => {
    const transport = new ManualTransport();
    const frames = framed(over(transport), u32);
    const waiting = frames.receive();
    if (before !== "") transport.deliver(hex(before));
    while (before !== "" && transport.reads.length < 2) await Promise.resolve();
    transport.failRead(reset());
    const error = await rejection(waiting);
    assert.equal(error.reason, "reset");
    assert.deepEqual(error.partial, before === "" ? undefined : hex(before));
    assert.equal((await rejection(frames.receive())).reason, "reset");
  });
}

test("framed() F09: a frame of 32 KiB grows the buffer", async () => {
  const large = new Uint8Array(32_768).fill(7);
  const connection = receiving(cut(new Uint8Array([...hex("00008000"), ...large]), [1_000]));
  assert.deepEqual(await framed(connection, lengthPrefixed()).receive(), large);
});

test("framed() F10: the end inside a frame is unexpected-end, with its bytes; the frames before it come", async () => {
  const frames = framed(receiving([hex("00000009 ff")]), u32);
  assert.equal(await frames.receive(), 9);
  const error = await rejection(frames.receive());
  assert.deepEqual(
    [error.name, error.reason, error.partial, error.expected, error.operation],
    ["ConnectionAbortedError", "unexpected-end", hex("ff"), 4, "read"],
  );
});

test("framed() F11: a decoder may give closing frames at the end of stream, with no input", async () => {
  let left = 4;
  const codec: Codec<number, never> = {
    name: "closing",
    decoder: () => ({ decode: () => undefined, end: () => left > 0 ? left-- : undefined }),
    encoder: () => assert.fail("it only decodes"),
  };
  assert.deepEqual(await collect(framed(receiving([]), codec)), [4, 3, 2, 1]);
});

test("framed() F12: an end of stream is one for ever", async () => {
  const frames = framed(receiving([hex("00000001")]), u32);
  assert.equal(await frames.receive(), 1);
  // tokio goes on when a source brings more after its end: a connection never does.
  for (let i = 0; i < 3; i++) assert.equal(await frames.receive(), undefined);
});

test("framed() F13: three frames that are sent in one turn go out in one write", async () => {
  const transport = new ManualTransport();
  const frames = framed(over(transport), lengthPrefixed());
  for (const frame of ["a", "b", "c"]) await frames.send(bytes(frame));
  assert.equal(transport.writes.length, 0);
  void frames.connection.writer.flush();
  assert.equal(transport.writes.length, 1);
  assert.deepEqual(transport.writes[0]!.bytes, hex("00000001 'a' 00000001 'b' 00000001 'c'"));
});

test("framed() F14: another encoder takes over in the middle of what waits", async () => {
  const transport = new ManualTransport();
  const connection = over(transport);
  await framed(connection, lengthPrefixed()).send(bytes("a"));
  await framed(connection, lengthPrefixed({ lengthBytes: 1 })).send(bytes("b"));
  void connection.writer.flush();
  assert.deepEqual(transport.writes[0]!.bytes, hex("00000001 'a' 01 'b'"));
});

test("framed() F15: send() waits above the high-water mark, and goes on below the low one", async () => {
  const transport = new ManualTransport();
  const connection = over(transport, { highWaterMark: 16_384 });
  const frames = framed(connection, fixed(4));
  let waits = 0;
  const sending = (async () => {
    for (let i = 0; i <= 4_097; i++) {
      const sent = frames.send(new Uint8Array(4));
      let settled = false;
      void sent.then(() => settled = true);
      await Promise.resolve();
      await Promise.resolve();
      if (!settled) {
        waits++;
        assert.equal(i, 4_096, "4,096 frames fit the mark, the next one does not");
      }
      await sent;
    }
  })();
  while (transport.writes.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  while (waits === 0) await Promise.resolve();
  for (const write of transport.writes) write.take();
  const more = setInterval(() => transport.writes.at(-1)!.take(), 1);
  await sending;
  clearInterval(more);
  assert.equal(waits, 1);
  connection.abort();
});

test("framed() F16: what is here is decoded before the transport is asked", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write(THREE);
  await pair.local.reader.peek(THREE.length);
  const frames = framed(pair.local, u32);
  assert.deepEqual([frames.tryReceive(), frames.tryReceive(), frames.tryReceive()], [0, 1, 2]);
});

test("framed() F17: a decoder is asked once when nothing is here, and again when something has come", async () => {
  const transport = new ManualTransport();
  let asked = 0;
  const codec: Codec<number, never> = {
    name: "counting",
    decoder: () => ({ decode: (buffer) => (asked++, buffer.length === 0 ? undefined : buffer.take(1)[0]!) }),
    encoder: () => assert.fail("it only decodes"),
  };
  const connection = over(transport);
  const frames = framed(connection, codec);
  assert.equal(frames.tryReceive(), undefined);
  assert.equal(asked, 1);
  const waiting = frames.receive();
  transport.deliver(hex("07"));
  assert.equal(await waiting, 7);
  connection.abort();
});

test("framed() F18: memory follows what arrived, and goes back when the source is quiet", async () => {
  const sizes: number[] = [];
  const pieces = new PiecesTransport([
    new Uint8Array([...hex("00030d40"), ...new Uint8Array(200_000)]),
    ...Array.from({ length: 40 }, () => hex("00000001 'a'")),
  ]);
  const read = pieces.read.bind(pieces);
  pieces.read = (into) => (sizes.push(into.length), read(into));
  const received = await collect(framed(over(pieces), lengthPrefixed()));
  assert.equal(received.length, 41);
  assert.ok(sizes[0]! <= 8_192, "a small buffer to begin with");
  assert.ok(Math.max(...sizes) >= 65_536, "a large one for a busy source");
  assert.ok(sizes.at(-1)! <= 8_192, "a small one again");
});

test("framed() D31: send() waits for a peer that does not read, and every byte comes", async () => {
  await using pair = connectionPair({ capacity: 16, highWaterMark: 16 });
  let sent = false;
  const sending = framed(pair.local, lengthPrefixed()).send(new Uint8Array(1_000)).then(() => sent = true);
  await pair.peer.reader.peek(4);
  assert.equal(sent, false);
  assert.equal((await framed(pair.peer, lengthPrefixed()).receive())?.length, 1_000);
  await sending;
});

test("framed() D35: a transport that takes nothing is an error, not a loop", async () => {
  const transport = new ManualTransport();
  const connection = over(transport);
  await framed(connection, lengthPrefixed()).send(bytes("a"));
  const flushing = connection.writer.flush();
  transport.writes[0]!.reject(reset());
  assert.equal((await rejection(flushing)).reason, "reset");
  assert.equal(transport.writes.length, 1);
  transport.end(); // What had arrived is still asked for.
  await connection.closed;
});

test("R17: a frame over its limit is the very same error for ever, and its bytes are never parsed", async () => {
  await using pair = connectionPair();
  // What follows the header would be a whole frame, if the rest were parsed.
  await pair.peer.writer.write(hex("000000ff 00000001 'a'"));
  const frames = framed(pair.local, lengthPrefixed({ limit: 100 }));
  const error = await rejection(frames.receive());
  assert.ok(LimitExceededError.is(error));
  assert.equal(await rejection(frames.receive()), error);
  assert.equal(await rejection(frames.frames().next()), error);
  assert.equal(await rejection(frames.batches().next()), error);
  assert.throws(() => frames.tryReceive(), (thrown) => thrown === error);
  assert.equal(pair.local.signal.aborted, false);
  assert.equal(pair.local.reader.bufferedBytes, 9, "nothing was consumed");
});

test("Framed.receive() goes on after an error where the codec finds the next frame", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("much too long\nok\n{]\n7\nok;");
  assert.ok(LimitExceededError.is(await rejection(framed(pair.local, lines({ limit: 4 })).receive())));
  const short = framed(pair.local, lines({ limit: 4 }));
  await rejection(short.receive());
  assert.equal(await short.receive(), "ok");
  const values = framed(pair.local, jsonLines());
  assert.equal((await rejection(values.receive())).name, "DecodeError");
  assert.equal(await values.receive(), 7);
  assert.equal(text(await framed(pair.local, delimited(";")).receive()), "ok");
});

test("Framed.receive() gives undefined at the end of stream, and unexpected-end when a frame is required", async () => {
  const connection = receiving([]);
  assert.equal(await framed(connection, lines()).receive(), undefined);
  const error = await rejection(framed(connection, lines()).receive({ required: true }));
  assert.equal(error.reason, "unexpected-end");
  assert.equal(error.partial.length, 0);
});

test("Framed.receive() with null and false as frames goes on to the end", async () => {
  const frames = framed(receiving([bytes("null\nfalse\n0\n")]), jsonLines());
  assert.deepEqual(await collect(frames), [null, false, 0]);
});

test("Framed.receive() with keepOpen loses nothing, and the generator goes on where it was", async () => {
  await using pair = connectionPair();
  let started = 0;
  const frames = framed(pair.local, function* (reader) {
    started++;
    return yield* reader.text(yield* reader.u8());
  });
  const controller = new AbortController();
  const given = frames.receive({ signal: controller.signal, keepOpen: true });
  await pair.peer.writer.write(hex("04 'ab'"));
  await pair.peer.writer.flush();
  await new Promise((resolve) => setTimeout(resolve, 0));
  controller.abort("heartbeat");
  assert.equal(await rejection(given), "heartbeat");
  await pair.peer.writer.write("cd");
  assert.equal(await frames.receive(), "abcd");
  assert.equal(started, 1);
});

test("Framed.receive() that is given up without keepOpen aborts the connection", async () => {
  await using pair = connectionPair();
  const error = await rejection(framed(pair.local, lines()).receive({ timeout: 1 }));
  assert.deepEqual([error.reason, error.operation], ["timeout", "read"]);
  assert.equal(pair.local.signal.aborted, true);
});

test("Framed.receive() is busy while another read waits, and so are the others", async () => {
  await using pair = connectionPair();
  const frames = framed(pair.local, lines());
  const waiting = frames.receive();
  assert.ok(BusyError.is(await rejection(frames.receive())));
  assert.ok(BusyError.is(await rejection(framed(pair.local, lines()).frames().next())));
  assert.ok(BusyError.is(await rejection(pair.local.reader.read())));
  assert.throws(() => frames.tryReceive(), (error) => BusyError.is(error));
  await pair.peer.writer.write("a\n");
  assert.equal(await waiting, "a");
});

test("Framed.receive() checks its options first", async () => {
  await using pair = connectionPair();
  const frames = framed(pair.local, lines());
  assert.equal((await rejection(frames.receive({ timeout: 0 }))).name, "RangeError");
  assert.equal((await rejection(frames.receive({ required: 1 as unknown as true }))).name, "TypeError");
  assert.throws(() => frames.frames({ timeout: -1 }), RangeError);
  assert.throws(() => frames.batches({ keepOpen: "yes" as unknown as boolean }), TypeError);
});

test("Framed.tryReceive() gives what is here, and waits for nothing", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\nb\nha");
  await pair.local.reader.peek(6);
  const frames = framed(pair.local, lines());
  assert.deepEqual([frames.tryReceive(), frames.tryReceive(), frames.tryReceive()], ["a", "b", undefined]);
  assert.equal(pair.local.reader.bufferedBytes, 2);
});

test("Framed holds no bytes: breaking out of frames() or batches() leaves what follows to the reader", async () => {
  for (const batches of [false, true]) {
    await using pair = connectionPair();
    await pair.peer.writer.write("a\nb\n");
    const frames = framed(pair.local, lines());
    for await (const _ of batches ? frames.batches() : frames) break;
    await pair.peer.writer.write("rest");
    assert.equal(text(await pair.local.reader.readExactly(batches ? 4 : 6)), batches ? "rest" : "b\nrest");
  }
});

test("Framed.batches() yields what came before an error, then the error, then what follows", async () => {
  const frames = framed(receiving([bytes("1\n2\n]\n3\n")]), jsonLines());
  const batches = frames.batches();
  assert.deepEqual((await batches.next()).value, [1, 2]);
  assert.equal((await rejection(batches.next())).name, "DecodeError");
  assert.deepEqual((await batches.next()).value, [3]);
  assert.equal((await batches.next()).done, true);
});

test("Framed.batches() that is left after a batch does not lose the error behind it", async () => {
  const frames = framed(receiving([bytes("1\n]\n2\n")]), jsonLines());
  for await (const _ of frames.batches()) break;
  assert.equal((await rejection(frames.receive())).name, "DecodeError");
  assert.equal(await frames.receive(), 2);
});

test("Framed.frames() stops at once when it is returned, and the connection stays open", async () => {
  await using pair = connectionPair();
  const frames = framed(pair.local, lines());
  const iterator = frames.frames();
  const pending = iterator.next();
  await iterator.return();
  assert.equal((await pending).done, true);
  await pair.peer.writer.write("still here\n");
  assert.equal(await frames.receive(), "still here");
});

test("Framed.send() that cannot encode leaves nothing behind, not even its first bytes", async () => {
  await using pair = connectionPair();
  const codec = defineCodec(function* (reader) {
    return yield* reader.u8();
  }, {
    encode(values: number[], out): void {
      for (const value of values) out.u8(value);
    },
  });
  const frames = framed(pair.local, codec);
  assert.equal((await rejection(frames.send([1, 2, 256]))).name, "RangeError");
  assert.equal(pair.local.writer.unsentBytes, 0);
  await frames.send([3]);
  assert.deepEqual(await pair.peer.reader.readExactly(1), hex("03"));
});

test("Framed.send() copies what is small: the frame is the caller's again at once", async () => {
  await using pair = connectionPair();
  const frame = bytes("first");
  const frames = framed(pair.local, lengthPrefixed());
  await frames.send(frame);
  frame.fill(0);
  await frames.send(bytes("second"));
  assert.deepEqual(await pair.peer.reader.readExactly(19), hex("00000005 'first' 00000006 'second'"));
});

test("Framed.send() of a large frame settles when the kernel has taken it", async () => {
  const transport = new ManualTransport();
  const frames = framed(over(transport), lengthPrefixed());
  let settled = false;
  const sending = frames.send(new Uint8Array(20_000)).then(() => settled = true);
  while (transport.writes.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(settled, false);
  for (const write of transport.writes) write.take();
  await sending;
});

test("Framed.send() of a codec that only decodes rejects with a TypeError", async () => {
  await using pair = connectionPair();
  const decoding = framed(pair.local, u32);
  assert.equal((await rejection((decoding as Framed<number, unknown>).send(1))).name, "TypeError");
});

/** What each state of the connection makes of receive(), tryReceive() and send(): rows of the state table. */
const STATES: readonly [
  string,
  (pair: ReturnType<typeof connectionPair>) => Promise<unknown>,
  string,
  string,
  string,
][] = [
  ["open", () => Promise.resolve(), "a", "b", "accepted"],
  [
    "read-ended",
    async ({ peer, local }) => {
      await peer.writer.closeWrite();
      await local.reader.peek(100);
    },
    "a",
    "b",
    "accepted",
  ],
  ["write-ended", ({ local }) => local.writer.closeWrite(), "a", "b", "TypeError"],
  [
    "ended",
    async ({ peer, local }) => {
      await Promise.all([peer.writer.closeWrite(), local.writer.closeWrite()]);
      await local.reader.peek(100);
      await local.closed;
    },
    "a",
    "b",
    "TypeError",
  ],
  [
    "closing",
    ({ local }) => {
      void local.close();
      return Promise.resolve();
    },
    "closed",
    "undefined",
    "closed",
  ],
  [
    "lost",
    async ({ peer, local }) => {
      peer.abort();
      await rejection(local.reader.peek(100, { keepOpen: true }));
    },
    "reset",
    "undefined",
    "reset",
  ],
  [
    "cut",
    ({ local }) => {
      local.abort();
      return Promise.resolve();
    },
    "closed",
    "undefined",
    "closed",
  ],
];

for (const [state, enter, received, tried, sent] of STATES) {
  test(`R01: Framed when ${state}: receive() ${received}, tryReceive() ${tried}, send() ${sent}`, async () => {
    await using pair = connectionPair();
    const frames = framed(pair.local, lines());
    await pair.peer.writer.write("a\nb\n");
    await pair.local.reader.peek(4);
    await enter(pair);
    const says = (work: Promise<unknown>): Promise<unknown> =>
      work.then((value) => value ?? "accepted", (error) => error.reason ?? error.name);
    assert.equal(await says(frames.receive()), received);
    assert.equal(String(frames.tryReceive()), tried);
    assert.equal(await says(frames.send("x")), sent);
  });
}

test("R01: Framed when lost still receives whole frames that had arrived", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\nhalf");
  await pair.peer.writer.flush();
  const frames = framed(pair.local, lines());
  await pair.local.reader.peek(6);
  pair.peer.abort();
  assert.equal(await frames.receive(), "a");
  const error = await rejection(frames.receive());
  assert.deepEqual([error.reason, text(error.partial)], ["reset", "half"]);
});

test("framed() checks its arguments", async () => {
  await using pair = connectionPair();
  assert.throws(() => framed({} as Connection, lines()), TypeError);
  assert.throws(() => framed(undefined as unknown as Connection, lines()), TypeError);
  assert.throws(() => framed(pair.local, {} as Codec<string>), TypeError);
});

test("framed() carries full types for frames in and out", async () => {
  await using pair = connectionPair();
  const decoding = framed(pair.local, function* (reader) {
    return { id: yield* reader.u16() };
  });
  same<typeof decoding, Framed<{ id: number }, never>>(true);
  // @ts-expect-error It only decodes.
  assert.equal((await rejection(decoding.send({ id: 1 }))).name, "TypeError");
  const number = defineCodec(function* (reader) {
    return yield* reader.u8();
  }, { encode: (value, out) => void out.u8(value) });
  same<typeof number, Codec<number, number>>(true);
  // @ts-expect-error Its frames are numbers.
  assert.equal((await rejection(framed(pair.local, number).send("x"))).name, "TypeError");
  const both = framed(pair.local, resp);
  same<Parameters<typeof both.send>[0], string[]>(true);
  const received = (): Promise<string | undefined> => framed(pair.local, lines()).receive();
  const required = (): Promise<string> => framed(pair.local, lines()).receive({ required: true });
  const typed = jsonLines<{ id: number }>();
  same<Awaited<ReturnType<Framed<{ id: number }>["receive"]>>, { id: number } | undefined>(true);
  assert.ok([received, required, typed].every(Boolean));
});

test("framed() runs a user's protocol both ways: requests out, replies in", async () => {
  await using pair = connectionPair();
  const client = framed(pair.local, resp);
  await client.send(["SET", "kéy", "value"]);
  const request = await framed(pair.peer, resp).receive();
  assert.deepEqual(request, ["SET", "kéy", "value"]);
  await pair.peer.writer.write("+OK\r\n");
  assert.equal(await client.receive({ required: true }), "OK");
});

test("framed() gives what decodeAll() gives", async () => {
  const sent = bytes("+OK\r\n:42\r\n*1\r\n$1\r\na\r\n");
  assert.deepEqual(await collect(framed(receiving(cut(sent, [2])), resp)), decodeAll([sent], resp));
});

test("R18: lines that are not ASCII, a break at every line, then the rest byte by byte", async () => {
  const whole = bytes("\ufeffé\n€uro\r\n😀😀\n\nzwölf\n\ufeffBOM\nrest: ñ");
  const count = 6;
  for (const through of ["reader.lines()", "lines()", "tryReadLine", "batches"] as const) {
    for (let stop = 0; stop < count; stop++) {
      const connection = receiving([whole]);
      const seen: string[] = [];
      if (through === "tryReadLine") {
        await connection.reader.ready();
        while (seen.length <= stop) seen.push(connection.reader.tryReadLine()!);
      } else if (through === "batches") {
        for await (const line of connection.reader.lines()) {
          seen.push(line);
          if (seen.length > stop) break;
        }
        if (seen.length < count) seen.push(...(await connection.reader.lines().batches().next()).value!);
      } else {
        const iterator = through === "lines()" ? framed(connection, lines()).frames() : connection.reader.lines();
        for await (const line of iterator) {
          seen.push(line);
          if (seen.length > stop) break;
        }
      }
      const text = new TextDecoder("utf-8", { ignoreBOM: true });
      const all = text.decode(whole).split("\n");
      assert.deepEqual(seen, all.slice(0, seen.length).map((line) => line.replace(/\r$/, "")), through);
      const left = bytes(all.slice(seen.length).join("\n"));
      assert.deepEqual(await connection.reader.readExactly(left.length), left, `${through} after ${seen.length}`);
      connection.abort();
    }
  }
});

test("ByteQueue is what a decoder of one's own works on", async () => {
  const pairs: Codec<[number, number], never> = {
    name: "pairs",
    decoder: () => ({
      decode: (buffer: ByteQueue) => buffer.length < 2 ? undefined : [...buffer.take(2)] as [number, number],
    }),
    encoder: () => assert.fail("it only decodes"),
  };
  assert.deepEqual(await collect(framed(receiving([hex("010203"), hex("04")]), pairs)), [[1, 2], [3, 4]]);
});
