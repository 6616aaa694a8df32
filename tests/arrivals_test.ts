import assert from "node:assert/strict";
import { Arrivals } from "../lib/arrivals.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { rejection } from "./raw_peers.ts";

test("Arrivals.next() gives what has come already, in order, then what comes", async () => {
  const arrivals = new Arrivals();
  const [first, second, third] = [new ManualTransport(), new ManualTransport(), new ManualTransport()];
  arrivals.add(first);
  arrivals.add(second);
  assert.equal(arrivals.length, 2);
  assert.equal(await arrivals.next(), first);
  assert.equal(await arrivals.next(), second);
  const waiting = arrivals.next();
  assert.equal(arrivals.wanted, true);
  arrivals.add(third);
  assert.equal(arrivals.wanted, false);
  assert.equal(await waiting, third);
  assert.equal(arrivals.length, 0);
});

test("Arrivals.fail() tells whoever waits, and the next call waits again", async () => {
  const arrivals = new Arrivals();
  arrivals.fail(new Error("nobody hears this"));
  const waiting = rejection(arrivals.next());
  const error = new Error("out of descriptors");
  arrivals.fail(error);
  assert.equal(await waiting, error);
  const transport = new ManualTransport();
  const next = arrivals.next();
  arrivals.add(transport);
  assert.equal(await next, transport);
});

test("Arrivals.close() aborts what nobody has taken, and what comes later", () => {
  const arrivals = new Arrivals();
  const [early, late] = [new ManualTransport(), new ManualTransport()];
  arrivals.add(early);
  arrivals.close();
  arrivals.add(late);
  assert.deepEqual([early, late].map(({ calls }) => calls), [["abort"], ["abort"]]);
  assert.equal(arrivals.length, 0);
});

test("Arrivals.close() wakes who waits, and every later call rejects", async () => {
  const arrivals = new Arrivals();
  const waiting = rejection(arrivals.next());
  arrivals.close();
  assert.equal((await waiting).reason, "closed");
  assert.equal((await rejection(arrivals.next())).reason, "closed");
});
