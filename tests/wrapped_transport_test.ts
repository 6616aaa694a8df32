import assert from "node:assert/strict";
import { WrappedTransport } from "../lib/testing/wrapped_transport.ts";
import type { Transport } from "../mod.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";

test("WrappedTransport passes reads, writes and endings through", async () => {
  const inner = new ManualTransport();
  const outer = new WrappedTransport(inner);
  const reading = outer.read(new Uint8Array(4));
  inner.deliver("ab");
  assert.equal(await reading, 2);
  const chunks = [new Uint8Array([1])];
  const writing = outer.write(chunks);
  assert.equal(inner.writes[0]!.chunks, chunks);
  inner.writes[0]!.take();
  await writing;
  await outer.closeWrite();
  outer.release();
  outer.abort();
  assert.deepEqual(inner.calls, ["closeWrite", "release", "abort"]);
});

test("WrappedTransport has the addresses and the count of the inner one", () => {
  const inner: Transport = Object.assign(new ManualTransport(), { bytesTaken: 7 });
  const outer = new WrappedTransport(inner);
  assert.equal(outer.localAddress, inner.localAddress);
  assert.equal(outer.remoteAddress, inner.remoteAddress);
  assert.equal(outer.bytesTaken, 7);
});

test("WrappedTransport hands down who watches for failures", () => {
  const watchers: unknown[] = [];
  const inner: Transport = Object.assign(new ManualTransport(), { watch: (one: unknown) => void watchers.push(one) });
  const watcher = (): void => {};
  new WrappedTransport(inner).watch(watcher);
  assert.deepEqual(watchers, [watcher]);
});

test("WrappedTransport has ref() and unref() only where the inner one has them", () => {
  const inner = new ManualTransport();
  const outer = new WrappedTransport(inner);
  outer.unref?.();
  outer.ref?.();
  assert.deepEqual(inner.calls, ["unref", "ref"]);
  const { localAddress, remoteAddress } = inner;
  const bare = { localAddress, remoteAddress } as Transport;
  assert.equal(new WrappedTransport(bare).ref, undefined);
  assert.equal(new WrappedTransport(bare).unref, undefined);
});
