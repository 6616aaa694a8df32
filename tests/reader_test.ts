import assert from "node:assert/strict";
import type { Connection, Reader } from "../mod.ts";
import { type ConnectionPair, connectionPair } from "../lib/testing/mod.ts";
import { badBooleans, type BadOption, badSignals, badSizes, badTimeouts, testBadOptions } from "./bad_input.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);

/** A reader with these bytes at hand or on the way, and then the end of stream. */
async function readerOf(
  data: string | Uint8Array,
  body: (reader: Reader, connection: Connection) => Promise<void>,
): Promise<void> {
  await using pair = connectionPair();
  void pair.peer.writer.write(data);
  void pair.peer.writer.closeWrite();
  await body(pair.local.reader, pair.local);
}

test("Reader.read() returns the chunk that is here, then null at the end, again and again", () =>
  readerOf("hello", async (reader) => {
    assert.equal(text(await reader.read()), "hello");
    assert.equal(await reader.read(), null);
    assert.equal(await reader.read(), null);
  }));

test("Reader.read() returns at most as many bytes as asked for, and keeps the rest", () =>
  readerOf("hello", async (reader) => {
    assert.equal(text(await reader.read({ atMost: 2 })), "he");
    assert.equal(reader.bufferedBytes, 3);
    assert.equal(text(await reader.read({ atMost: 100 })), "llo");
  }));

test("Reader.read() gives bytes that no later read changes", async () => {
  await using pair = connectionPair();
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < 20; i++) {
    await pair.peer.writer.write(new Uint8Array(500).fill(i));
    await pair.peer.writer.flush();
    chunks.push(await pair.local.reader.readExactly(500));
  }
  chunks.forEach((chunk, i) => assert.deepEqual(chunk, new Uint8Array(500).fill(i)));
});

test("Reader.readExactly() returns just so many bytes and leaves the rest", () =>
  readerOf("abcdef", async (reader) => {
    assert.equal(text(await reader.readExactly(4)), "abcd");
    assert.equal(text(await reader.readExactly(2)), "ef");
  }));

test("Reader.readExactly(0) gives an empty array at once, also at the end", () =>
  readerOf("", async (reader) => {
    assert.equal((await reader.readExactly(0)).length, 0);
    assert.equal(await reader.read(), null);
    assert.equal((await reader.readExactly(0)).length, 0);
  }));

test("Reader.readExactly() asked for its limit returns it, for one byte more it refuses and consumes nothing", () =>
  readerOf("abcdef", async (reader) => {
    const error = await rejection(reader.readExactly(4, { limit: 3 }));
    assert.equal(error.name, "LimitExceededError");
    assert.equal(error.limit, 3);
    assert.equal(text(await reader.readExactly(3, { limit: 3 })), "abc");
  }));

test("Reader.readExactly() has a limit of 16 MiB", () =>
  readerOf("", async (reader) => {
    assert.equal((await rejection(reader.readExactly(16_777_217))).name, "LimitExceededError");
    assert.equal((await rejection(reader.readExactly(16_777_216))).reason, "unexpected-end");
  }));

test("Reader.readUntil() returns the bytes before the delimiter, which is consumed", () =>
  readerOf("user\0database\0tail", async (reader) => {
    assert.equal(text(await reader.readUntil("\0")), "user");
    assert.equal(text(await reader.readUntil(new Uint8Array([0]))), "database");
    const error = await rejection(reader.readUntil("\0"));
    assert.equal(error.reason, "unexpected-end");
    assert.equal(text(error.partial), "tail");
  }));

test("Reader.readUntil() yields the tail with allowUnterminated, null when nothing is left", () =>
  readerOf("a--b", async (reader) => {
    assert.equal(text(await reader.readUntil("--", { allowUnterminated: true })), "a");
    assert.equal(text(await reader.readUntil("--", { allowUnterminated: true })), "b");
    assert.equal(await reader.readUntil("--", { allowUnterminated: true }), null);
  }));

for (
  const [name, read] of [
    ["readUntil", (reader: Reader, limit: number) => reader.readUntil("\n", { limit }).then(text)],
    ["readLine", (reader: Reader, limit: number) => reader.readLine({ limit })],
  ] as const
) {
  test(`Reader.${name}() returns what is as long as the limit, one byte more is refused and not consumed`, () =>
    readerOf("12345\n678\n", async (reader) => {
      assert.equal((await rejection(read(reader, 4))).name, "LimitExceededError");
      assert.equal(await read(reader, 5), "12345");
      assert.equal(await read(reader, 3), "678");
    }));
}

test("Reader.readLine() counts the bytes before a CRLF, not the CR", () =>
  readerOf("12345\r\n", async (reader) => {
    assert.equal((await rejection(reader.readLine({ limit: 4 }))).name, "LimitExceededError");
    assert.equal(await reader.readLine({ limit: 5 }), "12345");
  }));

test("Reader.readLine() has a limit of 64 KiB", () =>
  readerOf(`${"x".repeat(65_536)}\n${"y".repeat(65_537)}\n`, async (reader) => {
    assert.equal((await reader.readLine())?.length, 65_536);
    assert.equal((await rejection(reader.readLine())).limit, 65_536);
  }));

test("Reader.readLine() takes LF and CRLF, empty lines, and a lone CR as text", () =>
  readerOf("a\r\nb\n\n\r\nc\rd\n", async (reader) => {
    const lines = [];
    for (let line = await reader.readLine(); line !== null; line = await reader.readLine()) lines.push(line);
    assert.deepEqual(lines, ["a", "b", "", "", "c\rd"]);
  }));

test("Reader.readLine() is strict about UTF-8, keeps a BOM, and goes on behind a malformed line", () =>
  readerOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0x0a, 0x62, 0xff, 0x0a, 0x63, 0x0a]), async (reader) => {
    assert.equal(await reader.readLine(), "\ufeffa");
    const error = await rejection(reader.readLine());
    assert.equal(error.name, "DecodeError");
    assert.equal(error.offset, 1);
    assert.deepEqual(error.bytes, new Uint8Array([0x62, 0xff]));
    assert.equal(await reader.readLine(), "c");
  }));

test("Reader.readLine() in latin1 takes every byte as the character of its number", () =>
  readerOf(new Uint8Array([0x80, 0xe9, 0xff, 0x0a]), async (reader) => {
    assert.equal(await reader.readLine({ encoding: "latin1" }), "\x80\xe9\xff");
  }));

for (
  const [name, read] of [
    ["read", (reader: Reader) => reader.read({ required: true })],
    ["readUntil", (reader: Reader) => reader.readUntil("\n", { required: true })],
    ["readLine", (reader: Reader) => reader.readLine({ required: true })],
  ] as const
) {
  test(`Reader.${name}() with required takes the end of stream as unexpected`, () =>
    readerOf("", async (reader, connection) => {
      const { reason, initiator } = await rejection(read(reader) as Promise<unknown>);
      assert.deepEqual([reason, initiator], ["unexpected-end", "peer"]);
      await connection.closed;
    }));
}

test("Reader.readAll() returns everything up to the end", () =>
  readerOf("everything", async (reader) => {
    assert.equal(text(await reader.readAll()), "everything");
    assert.equal((await reader.readAll()).length, 0);
  }));

test("Reader.readAll() takes as much as its limit, one byte more is refused and not consumed", () =>
  readerOf("12345", async (reader) => {
    assert.equal((await rejection(reader.readAll({ limit: 4 }))).name, "LimitExceededError");
    assert.equal(text(await reader.readAll({ limit: 5 })), "12345");
  }));

test("Reader.peek() copies without consuming, fewer only at the end, null when nothing is left", () =>
  readerOf("abc", async (reader) => {
    const seen = await reader.peek(2);
    seen!.fill(0);
    assert.equal(text(await reader.peek(2)), "ab");
    assert.equal(text(await reader.peek(9)), "abc");
    assert.equal((await rejection(reader.peek(9, { limit: 8 }))).name, "LimitExceededError");
    assert.equal(text(await reader.readAll()), "abc");
    assert.equal(await reader.peek(1), null);
  }));

test("Reader.skip() drops just so many bytes; an early end is unexpected", () =>
  readerOf("abcdef", async (reader) => {
    await reader.skip(0);
    await reader.skip(4);
    assert.equal(text(await reader.peek(2)), "ef");
    assert.equal((await rejection(reader.skip(3))).reason, "unexpected-end");
  }));

test("Reader.skipUntil() is the way on after a line that is too long", () =>
  readerOf("much too long\nshort\nrest", async (reader) => {
    assert.equal((await rejection(reader.readLine({ limit: 5 }))).name, "LimitExceededError");
    await reader.skipUntil("\n");
    assert.equal(await reader.readLine({ limit: 5 }), "short");
    assert.equal((await rejection(reader.skipUntil("\n"))).reason, "unexpected-end");
  }));

test("Reader.ready() is true when a byte is here, false at the end, and consumes nothing", () =>
  readerOf("a", async (reader) => {
    assert.equal(await reader.ready(), true);
    assert.equal(text(await reader.read()), "a");
    assert.equal(await reader.ready(), false);
  }));

test("Reader.ready() given up never aborts the connection", async () => {
  await using pair = connectionPair();
  assert.equal((await rejection(pair.local.reader.ready({ timeout: 5 }))).name, "TimeoutError");
  assert.equal((await rejection(pair.local.reader.ready({ timeout: 5, keepOpen: false }))).name, "TimeoutError");
  await pair.peer.writer.write("x\n");
  assert.equal(await pair.local.reader.readLine(), "x");
});

test("Reader.tryReadLine() takes a line that is here, and undefined otherwise", () =>
  readerOf("a\nb\nc", async (reader) => {
    assert.equal(reader.tryReadLine(), undefined);
    await reader.ready();
    assert.equal(reader.tryReadLine(), "a");
    assert.equal(
      (await rejection(Promise.resolve().then(() => reader.tryReadLine({ limit: 0.5 }))))?.name,
      "RangeError",
    );
    assert.equal(reader.tryReadLine(), "b");
    assert.equal(reader.tryReadLine(), undefined);
  }));

test("Reader.chunks(n) gives exactly n bytes in pieces and leaves the rest", () =>
  readerOf("bodynext", async (reader) => {
    let body = "";
    for await (const piece of reader.chunks(4)) body += text(piece);
    assert.equal(body, "body");
    assert.equal(text(await reader.readAll()), "next");
  }));

test("Reader.chunks(n) takes an early end as unexpected", () =>
  readerOf("bo", async (reader) => {
    const error = await rejection((async () => {
      for await (const piece of reader.chunks(4)) assert.ok(piece.length > 0);
    })());
    assert.equal(error.reason, "unexpected-end");
    assert.equal(error.expected, 4);
  }));

test("Reader.chunks(0) ends at once", () =>
  readerOf("next", async (reader) => {
    assert.equal((await reader.chunks(0).next()).done, true);
    assert.equal(text(await reader.readAll()), "next");
  }));

test("Reader gives up a read by aborting the connection, so that nobody gets another's answer", async () => {
  await using pair = connectionPair();
  const controller = new AbortController();
  const reading = rejection(pair.local.reader.readLine({ signal: controller.signal }));
  controller.abort("given up");
  const error = await reading;
  assert.deepEqual([error.reason, error.operation, error.cause], ["signal", "read", "given up"]);
  assert.equal((await rejection(pair.local.reader.readLine())).reason, "signal");
  assert.equal((await rejection(pair.peer.reader.read())).reason, "reset");
});

/** Every method, with arguments that are right. */
const METHODS: Record<string, (reader: Reader, options: never) => unknown> = {
  "read": (reader, options) => reader.read(options),
  "readExactly": (reader, options) => reader.readExactly(1, options),
  "readUntil": (reader, options) => reader.readUntil("\n", options),
  "readLine": (reader, options) => reader.readLine(options),
  "readAll": (reader, options) => reader.readAll(options),
  "peek": (reader, options) => reader.peek(1, options),
  "skip": (reader, options) => reader.skip(1, options),
  "skipUntil": (reader, options) => reader.skipUntil("\n", options),
  "ready": (reader, options) => reader.ready(options),
  "lines": (reader, options) => reader.lines(options),
  "chunks": (reader, options) => reader.chunks(1, options),
};

const BAD: BadOption[] = [...badSignals(), ...badTimeouts("timeout"), ...badBooleans("keepOpen")];

for (const [name, call] of Object.entries(METHODS)) {
  testBadOptions(`Reader.${name}()`, BAD, async (options) => {
    await using pair = connectionPair();
    await call(pair.local.reader, options as never);
  });

  test(`Reader.${name}() refuses options that are no object, and the connection lives on`, async () => {
    await using pair = connectionPair();
    for (const bad of [5, "now", true]) {
      await assert.rejects(async () => await call(pair.local.reader, bad as never), { name: "TypeError" });
    }
    await pair.peer.writer.write("x\n");
    assert.equal(await pair.local.reader.readLine(), "x");
  });
}

for (
  const [name, call] of [
    ["readExactly", (reader: Reader, bytes: never) => reader.readExactly(bytes)],
    ["skip", (reader: Reader, bytes: never) => reader.skip(bytes)],
    ["peek", (reader: Reader, bytes: never) => reader.peek(bytes)],
    ["chunks", (reader: Reader, bytes: never) => reader.chunks(bytes)],
  ] as const
) {
  const bad: [value: unknown, error: string][] = [
    [-1, "RangeError"],
    [NaN, "RangeError"],
    [1.5, "TypeError"],
    ["3", "TypeError"],
    [null, "TypeError"],
    [2 ** 53, "RangeError"],
    ...(name === "chunks" ? [] : [[undefined, "TypeError"]] as [unknown, string][]),
    // Everything, for chunks; more than any limit, for peek.
    ...(name === "chunks" || name === "peek" ? [] : [[Infinity, "RangeError"]] as [unknown, string][]),
    ...(name === "peek" ? [[0, "RangeError"]] as [unknown, string][] : []),
  ];
  for (const [value, error] of bad) {
    test(`Reader.${name}(${typeof value === "string" ? `"${value}"` : String(value)}) is a ${error}`, async () => {
      await using pair = connectionPair();
      await assert.rejects(async () => await call(pair.local.reader, value as never), {
        name: error,
        message: new RegExp(`bytes "?${String(value)}`),
      });
    });
  }
}

for (
  const [name, call] of [
    ["readUntil", (reader: Reader, delimiter: never) => reader.readUntil(delimiter)],
    ["skipUntil", (reader: Reader, delimiter: never) => reader.skipUntil(delimiter)],
  ] as const
) {
  for (
    const [value, error] of [["", "RangeError"], [new Uint8Array(0), "RangeError"], [10, "TypeError"], [
      null,
      "TypeError",
    ], [undefined, "TypeError"]] as const
  ) {
    test(`Reader.${name}() refuses a delimiter of ${value === "" ? "no text" : Object.prototype.toString.call(value)}`, async () => {
      await using pair = connectionPair();
      await assert.rejects(call(pair.local.reader, value as never), { name: error, message: /delimiter/ });
    });
  }
}

test("Reader.skip() refuses keepOpen: part of the bytes may have been dropped", async () => {
  await using pair = connectionPair();
  await assert.rejects(pair.local.reader.skip(1, { keepOpen: true } as never), {
    name: "TypeError",
    message: /keepOpen/,
  });
});

testBadOptions(
  "Reader.read()",
  [...badSizes("atMost"), ...badBooleans("borrow"), ...badBooleans("required")],
  async (options) => {
    await using pair = connectionPair();
    await pair.local.reader.read(options);
  },
);
testBadOptions("Reader.readLine()", [...badSizes("limit"), ...badBooleans("allowUnterminated"), {
  option: "encoding",
  value: "utf16",
  error: "TypeError",
  shown: '"utf16"',
}], async (options) => {
  await using pair = connectionPair();
  await pair.local.reader.readLine(options);
});
testBadOptions("Reader.tryReadLine()", badSizes("limit"), async (options) => {
  await using pair = connectionPair();
  pair.local.reader.tryReadLine(options);
});

for (const [state, end] of [["closing", "close"], ["cut", "abort"]] as const) {
  test(`Reader.tryReadLine() is undefined once the connection is ${state}, also while a read waits to hear of it`, async () => {
    await using pair = connectionPair();
    const waiting = rejection(pair.local.reader.readLine());
    void pair.local[end]();
    assert.equal(pair.local.reader.tryReadLine(), undefined);
    assert.equal((await waiting).reason, "closed");
  });
}

/** Both directions have ended in order, and two lines are still here. */
async function endedWithLines(): Promise<ConnectionPair> {
  const pair = connectionPair();
  await pair.peer.writer.write("a\nb\n");
  await Promise.all([pair.peer.writer.closeWrite(), pair.local.writer.closeWrite()]);
  await pair.local.reader.peek(5);
  return pair;
}

test("A signal that is aborted already counts after both directions have ended, too: the rest is nobody's", async () => {
  await using pair = await endedWithLines();
  const { reader } = pair.local;
  const error = await rejection(reader.readLine({ signal: AbortSignal.abort("given up") }));
  assert.deepEqual([error.reason, error.cause], ["signal", "given up"]);
  assert.equal((await rejection(reader.readLine())).reason, "signal");
  assert.equal(reader.bufferedBytes, 0);
});

test("With keepOpen it leaves the lines of a connection that has ended", async () => {
  await using pair = await endedWithLines();
  const { reader } = pair.local;
  assert.equal(await rejection(reader.readLine({ signal: AbortSignal.abort("later"), keepOpen: true })), "later");
  assert.equal(await reader.readLine(), "a");
});

test("An end that was not expected has a partial message, also an empty one, and only the first to hear of it", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.closeWrite();
  const error = await rejection(pair.local.reader.readExactly(4));
  assert.deepEqual([error.reason, error.partial, error.expected], ["unexpected-end", new Uint8Array(0), 4]);
  assert.equal((await rejection(pair.local.reader.readExactly(4))).partial, undefined);
});
