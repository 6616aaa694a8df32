import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ConnectionAbortedError, fromWeb } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { WebTransport } from "../lib/web_transport.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

const bytes = (data: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(data);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

/** Streams whose other ends a test holds. */
function streams() {
  let input!: ReadableStreamDefaultController<Uint8Array>;
  const written: Uint8Array[] = [];
  const ended: unknown[] = [];
  let write = (): Promise<void> => Promise.resolve();
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => void (input = controller),
    cancel: () => void ended.push("cancel"),
  });
  const writable = new WritableStream<Uint8Array>({
    async write(chunk) {
      await write();
      written.push(chunk);
    },
    close: () => void ended.push("close"),
    abort: () => void ended.push("abort"),
  });
  return {
    pair: { readable, writable },
    input,
    written,
    ended,
    /** What the next writes do. */
    onWrite: (next: () => Promise<void>) => void (write = next),
  };
}

async function read(transport: WebTransport, size: number): Promise<string | null> {
  const into = new Uint8Array(size);
  const count = await transport.read(into);
  return count === null ? null : text(into.subarray(0, count));
}

test("WebTransport.read() gives a large chunk in pieces, then the end, for ever", async () => {
  const { pair, input } = streams();
  const transport = new WebTransport(pair);
  input.enqueue(bytes("0123456789"));
  input.enqueue(new Uint8Array(0));
  input.close();
  assert.equal(await read(transport, 4), "0123");
  assert.equal(await read(transport, 100), "456789");
  assert.equal(await read(transport, 4), null);
  assert.equal(await read(transport, 4), null);
});

// `slice` of a Buffer does not copy.
test("WebTransport.write() hands no memory of the caller's to the stream, also of a Buffer", async () => {
  const { pair, written } = streams();
  const connection = fromWeb(pair);
  const mine = Buffer.alloc(100_000, 1);
  await connection.writer.write(mine);
  await connection.writer.flush();
  mine.fill(2);
  assert.equal(written.reduce((total, { length }) => total + length, 0), 100_000);
  assert.ok(written.every((chunk) => chunk.every((byte) => byte === 1)));
  connection.abort();
});

test("WebTransport.read() refuses chunks that are no bytes", async () => {
  const { pair, input } = streams();
  const transport = new WebTransport(pair);
  input.enqueue("text" as unknown as Uint8Array);
  const error = await rejection(read(transport, 4));
  assert.ok(ConnectionAbortedError.is(error));
  assert.equal(error.reason, "other");
  assert.match(String(error.cause), /TypeError: Cannot read a chunk of type string/);
});

test("WebTransport.write() resolves when the stream has taken a copy of every chunk", async () => {
  const { pair, written, onWrite } = streams();
  const transport = new WebTransport(pair);
  let take!: () => void;
  onWrite(() => new Promise((resolve) => take = resolve));
  const slab = bytes("first");
  let settled = false;
  const writing = transport.write([slab]).then(() => settled = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(settled, false);
  take();
  await writing;
  slab.fill(0);
  assert.equal(text(written[0]!), "first");
});

test("WebTransport.closeWrite() closes the writable, once", async () => {
  const { pair, input, ended } = streams();
  const transport = new WebTransport(pair);
  await Promise.all([transport.closeWrite(), transport.closeWrite()]);
  assert.deepEqual(ended, ["close"]);
  input.enqueue(bytes("still"));
  assert.equal(await read(transport, 10), "still");
});

test("WebTransport latches the first failure; what had arrived can still be read, and no end follows", async () => {
  const { pair, input, onWrite } = streams();
  const transport = new WebTransport(pair);
  const broken = Object.assign(new Error("the pipe is broken"), { code: "EPIPE" });
  onWrite(() => Promise.reject(broken));
  input.enqueue(bytes("an answer"));
  assert.equal((await rejection(transport.write([bytes("x")]))).reason, "broken-pipe");
  assert.equal((await rejection(transport.write([bytes("x")]))).cause, broken);
  assert.equal(await read(transport, 100), "an answer");
  input.close();
  assert.equal((await rejection(read(transport, 100))).reason, "broken-pipe");
});

for (const how of ["release", "abort"] as const) {
  test(`WebTransport.${how}() wakes what waits, and lets both streams go`, async () => {
    const { pair, ended, onWrite } = streams();
    const transport = new WebTransport(pair);
    onWrite(() => new Promise(() => {}));
    const calls = [read(transport, 1), transport.write([bytes("x")])].map(rejection);
    transport[how]();
    transport[how]();
    for (const error of await Promise.all(calls)) assert.equal(error.reason, "closed");
    assert.equal((await rejection(read(transport, 1))).reason, "closed");
    assert.ok(ended.includes("cancel"));
  });
}

test("WebTransport.release() closes the writable, abort() aborts it", async () => {
  for (const [how, wanted] of [["release", "close"], ["abort", "abort"]] as const) {
    const { pair, ended } = streams();
    new WebTransport(pair)[how]();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.deepEqual(ended.toSorted(), ["cancel", wanted].toSorted());
  }
});

test("TS13: fromWeb() lets both streams go, each once, also where one or both refuse", async () => {
  for (const refusing of [[], ["cancel"], ["close"], ["cancel", "close"]]) {
    const calls: string[] = [];
    const call = (name: string): void => {
      calls.push(name);
      if (refusing.includes(name)) throw new Error(`no ${name}`);
    };
    const connection = fromWeb({
      readable: new ReadableStream<Uint8Array>({ cancel: () => call("cancel") }),
      writable: new WritableStream<Uint8Array>({ close: () => call("close") }),
    });
    const { error } = await connection.close({ timeout: 20 });
    assert.deepEqual(calls.toSorted(), ["cancel", "close"], refusing.join());
    assert.equal((error?.cause as Error | undefined)?.message, refusing.includes("close") ? "no close" : undefined);
  }
});

test("TS14: fromWeb() half-closes by closing the writable, and leaves the readable alone", async () => {
  const { pair, input, ended } = streams();
  const connection = fromWeb(pair);
  await connection.writer.closeWrite();
  assert.deepEqual(ended, ["close"]);
  input.enqueue(bytes("still\n"));
  assert.equal(await connection.reader.readLine(), "still");
  connection.abort();
});

test("fromWeb() refuses what is no pair of streams, and streams that are locked", () => {
  const { pair } = streams();
  assert.throws(() => fromWeb(undefined as never), /TypeError: Cannot adopt a value as a readable/);
  assert.throws(() => fromWeb({ readable: pair.readable } as never), /Cannot adopt a value as a writable/);
  pair.readable.getReader();
  assert.throws(() => fromWeb(pair), /TypeError: Cannot adopt the streams: the readable one is locked/);
});

test("fromWeb() makes a connection of another connection's streams, with every way to end", async () => {
  await using pair = connectionPair();
  const outer = fromWeb(pair.local);
  await pair.peer.writer.write("a line\nhalf");
  assert.equal(await outer.reader.readLine(), "a line");
  await outer.writer.write("an answer\n");
  assert.equal(await pair.peer.reader.readLine(), "an answer");
  await pair.peer.writer.flush();
  pair.peer.abort();
  const error = await rejection(outer.reader.readLine());
  assert.ok(ConnectionAbortedError.is(error));
  assert.equal(error.reason, "reset");
  assert.equal(text(error.partial!), "half");
});

test("fromWeb() closes in order when both sides close", async () => {
  const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
  const client = fromWeb({ readable: back.readable, writable: there.writable });
  const server = fromWeb({ readable: there.readable, writable: back.writable });
  void client.writer.write("last words");
  const [, , received] = await Promise.all([client.close(), server.writer.closeWrite(), server.reader.readAll()]);
  assert.equal(text(received), "last words");
  assert.equal((await server.closed).clean, true);
});
