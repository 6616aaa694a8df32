/**
 * The seven sentences of the Transport contract, executed.
 *
 * @module
 */
import { checkFunction, checkOptions } from "../arguments.ts";
import { endOfTurn } from "../clock.ts";
import type { Transport } from "../transport.ts";
import { type Check, type CheckOptions, inTime, timeoutOf } from "./check.ts";
import { endingChecks } from "./transport_checks/ending.ts";
import { failingChecks } from "./transport_checks/failing.ts";
import { readingChecks } from "./transport_checks/reading.ts";
import type { TransportCheck } from "./transport_checks/steps.ts";
import { writingChecks } from "./transport_checks/writing.ts";

/** Makes a fresh pair: the transport under test, and its peer. */
export type TransportMaker = () => TransportPair | Promise<TransportPair>;

/** Two transports that are each other's peer, both open, nothing sent yet. */
export type TransportPair = readonly [local: Transport, peer: Transport];

const ALL: readonly TransportCheck[] = [...readingChecks, ...failingChecks, ...writingChecks, ...endingChecks];

/**
 * The contract of `Transport` as named checks, sentence by sentence, for a transport or a fault of your own.
 *
 * They know no test runner: declare each under yours, or run them all with `runChecks`. The first digit of an id is the
 * sentence of the contract; C, R, A and P are what it says of `closeWrite`, `release`, `abort` and the properties. The
 * local end is under test: check the other one with the ends exchanged. Every check makes a pair of its own and aborts
 * both ends when it has ended.
 *
 * Where a transport is free the checks are too: one that cannot send a reset may show its `abort()` as an end of stream.
 *
 * @param make Makes a fresh pair for each check.
 * @param options How long a check may take.
 * @returns The checks, in the order of the contract.
 * @throws {TypeError} `make` is no function.
 * @throws {RangeError} A timeout that is not above 0.
 * @example A wrapper of one's own, under `Deno.test`, `node:test` or Vitest
 * ```ts
 * import assert from "node:assert/strict";
 * import { checkTransport, memoryPair } from "@hawser/net/testing";
 * import type { Transport } from "@hawser/net";
 *
 * const counted = (inner: Transport): Transport => ({
 *   localAddress: inner.localAddress,
 *   remoteAddress: inner.remoteAddress,
 *   read: (into) => inner.read(into),
 *   write: (chunks) => inner.write(chunks),
 *   closeWrite: () => inner.closeWrite(),
 *   release: () => inner.release(),
 *   abort: () => inner.abort(),
 * });
 *
 * const tests: string[] = [];
 * const test = (name: string, _run: () => Promise<void>) => tests.push(name); // Your runner's.
 * const checks = checkTransport(() => {
 *   const [local, peer] = memoryPair();
 *   return [counted(local), peer];
 * });
 * for (const { name, run } of checks) test(`my transport: ${name}`, run);
 * assert.equal(tests.length, checks.length);
 * ```
 */
export function checkTransport(make: TransportMaker, options: CheckOptions = {}): readonly Check[] {
  if (make === undefined) throw new TypeError("Cannot check a transport: there is no function that makes a pair");
  checkFunction("make", make);
  checkOptions(options);
  const timeout = timeoutOf(options);
  return ALL.map(({ id, title, body }) => ({
    id,
    name: `${id} ${title}`,
    run: () => onFreshPair(make, body, timeout),
  }));
}

async function onFreshPair(make: TransportMaker, body: TransportCheck["body"], timeout: number): Promise<void> {
  const pair = await inTime(timeout, make);
  if (!Array.isArray(pair) || pair.length !== 2) {
    throw new TypeError("Cannot check a transport: the function did not make a pair [local, peer]");
  }
  const [local, peer] = pair;
  try {
    await inTime(timeout, () => body(local, peer));
  } finally {
    local.abort();
    peer.abort();
    await new Promise<void>((resolve) => endOfTurn(() => resolve())); // What still waited hears of it before the end.
  }
}
