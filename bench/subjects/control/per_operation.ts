/** What an operation leaves or calls: timers, listeners, bytes. */
import process from "node:process";
import { collect } from "../garbage.ts";
import type { Operation } from "./in_turn.ts";

/** What a process keeps once, however many there are, is about 130 KB with Deno and Node 26: less than half a byte of each. */
const OPERATIONS = 300_000;
/** So many are made before, for the compilers and what they keep. */
const FIRST = 50_000;

/** @returns Each per operation. */
export async function perOperation(operation: Operation): Promise<Record<string, number>> {
  for (let count = 0; count < FIRST; count++) await operation();
  await collect();
  const before = process.memoryUsage().heapUsed;
  const calls = { timers: 0, listeners: 0 };
  const timeout = globalThis.setTimeout;
  const listen = AbortSignal.prototype.addEventListener;
  globalThis.setTimeout = ((...args: Parameters<typeof timeout>) => {
    calls.timers++;
    return timeout(...args);
  }) as typeof timeout;
  AbortSignal.prototype.addEventListener = function (this: AbortSignal, ...args: Parameters<typeof listen>): void {
    calls.listeners++;
    listen.apply(this, args);
  };
  for (let count = 0; count < OPERATIONS; count++) await operation();
  globalThis.setTimeout = timeout;
  AbortSignal.prototype.addEventListener = listen;
  await collect();
  return {
    "timers per operation": calls.timers / OPERATIONS,
    "listeners per operation": calls.listeners / OPERATIONS,
    "bytes kept per operation": (process.memoryUsage().heapUsed - before) / OPERATIONS,
  };
}
