import assert from "node:assert/strict";
import { BusyError } from "../mod.ts";
import { connectionPair } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";
import { rejection } from "./raw_peers.ts";

test("ReadIterator.next() yields up to the end, then is done for good", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\nb\n");
  await pair.peer.writer.closeWrite();
  const lines = pair.local.reader.lines();
  assert.deepEqual(await lines.next(), { done: false, value: "a" });
  assert.deepEqual(await lines.next(), { done: false, value: "b" });
  assert.deepEqual(await lines.next(), { done: true, value: undefined });
  assert.deepEqual(await lines.next(), { done: true, value: undefined });
});

// The return() of an async generator waits for a pending next(): everything that stops it from outside would hang.
test("ReadIterator.return() settles a pending next() at once, and no byte is lost", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  const pending = lines.next();
  assert.deepEqual(await lines.return(), { done: true, value: undefined });
  assert.deepEqual(await pending, { done: true, value: undefined });
  await pair.peer.writer.write("still here\n");
  assert.equal(await pair.local.reader.readLine(), "still here");
});

test("ReadIterator.return() keeps the half of an item that had arrived", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  const pending = lines.next();
  await pair.peer.writer.write("half");
  await pair.peer.writer.flush();
  await lines.return();
  assert.equal((await pending).done, true);
  await pair.peer.writer.write(" a line\n");
  assert.equal(await pair.local.reader.readLine(), "half a line");
});

test("ReadIterator.return() ends it: next() is done although there is more", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\n");
  const lines = pair.local.reader.lines();
  await lines.return();
  assert.deepEqual(await lines.next(), { done: true, value: undefined });
  assert.equal(await pair.local.reader.readLine(), "a");
});

test("Breaking out of a ReadIterator keeps the connection open and loses nothing", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\nb\nc\n");
  for await (const line of pair.local.reader.lines()) {
    assert.equal(line, "a");
    break;
  }
  for await (const line of pair.local.reader.lines()) {
    assert.equal(line, "b");
    break;
  }
  assert.equal(await pair.local.reader.readLine(), "c");
});

test("ReadIterator.next() is busy while another read is under way, and goes on behind it", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  const first = pair.local.reader.readLine();
  assert.ok(BusyError.is(await rejection(lines.next())));
  assert.ok(BusyError.is(await rejection(pair.local.reader.chunks().next())));
  await pair.peer.writer.write("a\nb\n");
  assert.equal(await first, "a");
  assert.equal((await lines.next()).value, "b");
});

test("ReadIterator.batches() yields what is here as one array", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\nb\nc");
  const batches = pair.local.reader.lines().batches();
  assert.deepEqual((await batches.next()).value, ["a", "b"]);
  await pair.peer.writer.write("\n");
  await pair.peer.writer.closeWrite();
  assert.deepEqual((await batches.next()).value, ["c"]);
  assert.equal((await batches.next()).done, true);
});

test("ReadIterator.batches() yields what came before a malformed line, then its error, then what follows", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\nb\n");
  await pair.peer.writer.write([new Uint8Array([0xff, 0x0a]), "c\n"]);
  const batches = pair.local.reader.lines().batches();
  assert.deepEqual((await batches.next()).value, ["a", "b"]);
  await assert.rejects(batches.next(), { name: "DecodeError" });
  assert.deepEqual((await batches.next()).value, ["c"]);
});

test("ReadIterator rejects when the connection was cut short, and goes on rejecting", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  pair.peer.abort();
  assert.equal((await rejection(lines.next())).reason, "reset");
  assert.equal((await rejection(lines.next())).reason, "reset");
});

test("ReadIterator's timeout bounds each step", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("a\n");
  const lines = pair.local.reader.lines({ timeout: 20, keepOpen: true });
  assert.equal((await lines.next()).value, "a");
  assert.equal((await rejection(lines.next())).name, "TimeoutError");
  await pair.peer.writer.write("b\n");
  assert.equal((await lines.next()).value, "b");
});

test("ReadIterator is its own iterator", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  assert.equal(lines[Symbol.asyncIterator](), lines);
});

test("Connection is an iterator over its chunks", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("bytes");
  await pair.peer.writer.closeWrite();
  let text = "";
  for await (const chunk of pair.local) text += new TextDecoder().decode(chunk);
  assert.equal(text, "bytes");
});

test("ReadIterator.return() resolves when nothing is busy any more: the next read may follow", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  const pending = lines.next();
  await lines.return();
  const next = pair.local.reader.readLine();
  await pair.peer.writer.write("for the next\n");
  assert.equal(await next, "for the next");
  assert.equal((await pending).done, true);
});

test("ReadIterator.next() queues steps that are asked for at once, as an async generator does", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  const steps = [lines.next(), lines.next(), lines.next()];
  await pair.peer.writer.write("a\nb\n");
  await pair.peer.writer.closeWrite();
  assert.deepEqual((await Promise.all(steps)).map(({ value }) => value), ["a", "b", undefined]);
});

test("ReadIterator.return() ends every step that was asked for", async () => {
  await using pair = connectionPair();
  const lines = pair.local.reader.lines();
  const steps = [lines.next(), lines.next()];
  await lines.return();
  assert.deepEqual((await Promise.all(steps)).map(({ done }) => done), [true, true]);
  assert.equal(pair.local.signal.aborted, false);
});
