import assert from "node:assert/strict";
import { resolveOptions } from "../lib/connection_options.ts";
import { Change } from "../lib/change.ts";
import { Lifetime } from "../lib/lifetime.ts";
import type { Part } from "../lib/part.ts";
import { ConnectionAbortedError } from "../mod.ts";
import { test } from "./harness.ts";
import { brokenPipe, ManualTransport, reset } from "./manual_transport.ts";

function live(): { transport: ManualTransport; lifetime: Lifetime } {
  const transport = new ManualTransport();
  return { transport, lifetime: new Lifetime(transport, resolveOptions({})) };
}

const TIMEOUT = { reason: "timeout", initiator: "local" } as const;
const CLOSED = { reason: "closed", initiator: "local" } as const;

test("Lifetime begins open, with a quiet signal", () => {
  const { lifetime } = live();
  assert.equal(lifetime.phase, "open");
  assert.equal(lifetime.over, false);
  assert.equal(lifetime.signal.aborted, false);
});

test("Lifetime latches the first failure and never replaces it", async () => {
  const { lifetime, transport } = live();
  lifetime.cut(TIMEOUT, "read");
  lifetime.lose(reset(), "read");
  lifetime.cut(CLOSED, "close");
  assert.equal(lifetime.error("write").reason, "timeout");
  assert.equal((await lifetime.closed).error?.reason, "timeout");
  assert.deepEqual(transport.calls, ["abort"]);
});

test("Lifetime that is lost stays lost: what had arrived is not discarded by an abort", async () => {
  const { lifetime } = live();
  let discarded = 0;
  lifetime.input = { ...lifetime.input, dropUnread: () => void discarded++ };
  lifetime.lose(reset(), "read");
  lifetime.cut(CLOSED, "close");
  lifetime.endUnexpectedly();
  assert.equal(lifetime.phase, "lost");
  assert.equal(discarded, 0);
  assert.equal((await lifetime.closed).error?.reason, "reset");
});

test("Lifetime gives every operation its own error, with its own operation and stack", () => {
  const { lifetime } = live();
  lifetime.cut(TIMEOUT, "read");
  const [first, second] = [lifetime.error("read"), lifetime.error("write")];
  assert.ok(ConnectionAbortedError.is(first));
  assert.notEqual(first, second);
  assert.equal(first.operation, "read");
  assert.equal(second.operation, "write");
  assert.equal(second.reason, first.reason);
});

test("Lifetime aborts its signal when new operations would reject, with the error as its reason", () => {
  const { lifetime } = live();
  const { signal } = lifetime;
  assert.equal(lifetime.signal, signal);
  lifetime.cut(TIMEOUT, "idle");
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason.reason, "timeout");
  assert.equal(signal.reason.operation, "idle");
});

test("Lifetime gives an aborted signal to who asks afterwards", () => {
  const { lifetime } = live();
  lifetime.startClosing();
  assert.equal(lifetime.signal.aborted, true);
  assert.equal(lifetime.signal.reason.reason, "closed");
});

// EPIPE says that the peer is gone. Only one whose end of stream had been seen has closed the pipe. The code goes with the
// reason: which of the two a runtime gets hold of is chance (on a Unix socket Deno says EPIPE, Node ECONNRESET).
test("Lifetime takes a broken pipe for a reset, unless the end of stream had been seen", () => {
  const early = live().lifetime;
  early.lose(brokenPipe(), "write");
  assert.deepEqual([early.error("write").reason, early.error("write").code], ["reset", "ECONNRESET"]);
  const late = live().lifetime;
  late.peerEnded = true;
  late.lose(brokenPipe(), "write");
  assert.deepEqual([late.error("write").reason, late.error("write").code], ["broken-pipe", "EPIPE"]);
});

test("Lifetime ends in order when both directions have, and releases", async () => {
  const { lifetime, transport } = live();
  lifetime.peerEnded = true;
  lifetime.maybeEnded();
  assert.equal(lifetime.phase, "open");
  lifetime.writeEnded = true;
  lifetime.maybeEnded();
  assert.equal(lifetime.phase, "ended");
  assert.deepEqual(transport.calls, ["release"]);
  const outcome = await lifetime.closed;
  assert.equal(outcome.clean, true);
  assert.equal(outcome.peerEnded, true);
  assert.equal("error" in outcome, false);
});

test("Lifetime releases without a reset when the goodbye is done", async () => {
  const { lifetime, transport } = live();
  lifetime.startClosing();
  assert.equal(lifetime.phase, "closing");
  lifetime.finishClosing();
  lifetime.finishClosing();
  assert.deepEqual(transport.calls, ["release"]);
  assert.equal((await lifetime.closed).clean, true);
});

test("Lifetime reads what has arrived before it lets a lost connection go", async () => {
  const { lifetime, transport } = live();
  let salvaged!: () => void;
  lifetime.input = { ...lifetime.input, salvage: () => new Promise((resolve) => salvaged = resolve) };
  lifetime.lose(reset(), "write");
  assert.equal(lifetime.phase, "lost");
  assert.deepEqual(transport.calls, []);
  salvaged();
  await lifetime.closed;
  assert.deepEqual(transport.calls, ["abort"]);
});

test("Lifetime discards the input of a connection that this side cut, not of one that was lost", async () => {
  for (const [cut, discards] of [[true, 1], [false, 0]] as const) {
    const { lifetime } = live();
    let discarded = 0;
    lifetime.input = { ...lifetime.input, dropUnread: () => void discarded++ };
    if (cut) lifetime.cut(CLOSED, "close");
    else lifetime.lose(reset(), "read");
    await lifetime.closed;
    assert.equal(discarded, discards);
  }
});

test("Lifetime tells each of its parts once that it is over, and wakes who waits", async () => {
  const { lifetime } = live();
  const heard: string[] = [];
  const part = (name: string): Part => ({ dispose: () => void heard.push(name) });
  lifetime.input = { ...lifetime.input, ...part("input"), change: new Change() };
  lifetime.output = { ...lifetime.output, ...part("output"), change: new Change() };
  const woken = Promise.all([lifetime.input.change.next(), lifetime.output.change.next()]);
  lifetime.addPart(part("first"));
  lifetime.addPart(part("second"));
  lifetime.cut(CLOSED, "close");
  lifetime.cut(CLOSED, "close");
  await woken;
  await lifetime.closed;
  assert.deepEqual(heard, ["input", "output", "first", "second"]);
});

test("Lifetime.closed is one promise, whether it was asked for before the end or after", async () => {
  const [before, after] = [live().lifetime, live().lifetime];
  const asked = before.closed;
  for (const lifetime of [before, after]) lifetime.cut(TIMEOUT, "read");
  assert.equal(before.closed, asked);
  assert.equal(after.closed, after.closed);
  assert.equal((await asked).error?.reason, "timeout");
  assert.equal((await after.closed).error?.reason, "timeout");
});

test("Lifetime.closed tells how it was at the end, also who asks later", async () => {
  const { lifetime } = live();
  lifetime.cut(CLOSED, "close");
  lifetime.discarded = 5;
  assert.equal((await lifetime.closed).discardedBytes, 0);
});

test("Lifetime counts: written and unsent are always what was accepted", () => {
  const { lifetime } = live();
  lifetime.accepted = 100;
  lifetime.given = 60;
  lifetime.taken = 20;
  assert.deepEqual([lifetime.bytesWritten, lifetime.unsentBytes], [20, 80]);
  Object.assign(lifetime.transport, { bytesTaken: 45 });
  assert.deepEqual([lifetime.bytesWritten, lifetime.unsentBytes], [45, 55]);
  Object.assign(lifetime.transport, { bytesTaken: 1_000 }); // More than it was given is not believed.
  assert.deepEqual([lifetime.bytesWritten, lifetime.unsentBytes], [60, 40]);
});

test("Lifetime does not count what a transport had taken before it was taken over", () => {
  const transport = Object.assign(new ManualTransport(), { bytesTaken: 1_000 });
  const lifetime = new Lifetime(transport, resolveOptions({}));
  lifetime.accepted = lifetime.given = 10;
  transport.bytesTaken = 1_004;
  assert.deepEqual([lifetime.bytesWritten, lifetime.unsentBytes], [4, 6]);
});

test("Lifetime that ends inside a message releases what is with the kernel, and aborts what is not", () => {
  const sent = live();
  sent.lifetime.endUnexpectedly();
  assert.deepEqual(sent.transport.calls, ["release"]);
  assert.equal(sent.lifetime.error("read").reason, "unexpected-end");
  const unsent = live();
  unsent.lifetime.accepted = 1;
  unsent.lifetime.endUnexpectedly();
  assert.deepEqual(unsent.transport.calls, ["abort"]);
});

test("Lifetime remembers whether somebody was told", () => {
  const { lifetime } = live();
  lifetime.error("read");
  assert.equal(lifetime.reported, false);
  lifetime.cut(CLOSED, "close");
  lifetime.error("read");
  assert.equal(lifetime.reported, false);
  lifetime.report("read");
  assert.equal(lifetime.reported, true);
});
