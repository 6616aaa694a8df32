/**
 * A read that waits, and the errors it can end with.
 *
 * @module
 */
import type { ByteQueue } from "./byte_queue.ts";
import { now } from "./clock.ts";
import type { Demand } from "./demand.ts";
import { failureOfBound, failureOfSignal, keptOpenError } from "./failure.ts";
import type { Lifetime, Waiting } from "./lifetime.ts";
import type { WaitOptions } from "./read_options.ts";
import type { Bound } from "./reasons.ts";
import type { Stop } from "./stop.ts";

/** A read that waits. */
export interface PendingRead extends Waiting {
  readonly demand: Demand<unknown>;
  readonly options: WaitOptions | undefined;
  readonly stop: Stop | undefined;
  /** Stops listening to its signal. */
  readonly forget: (() => void) | undefined;
}

/** The read's own error; the bytes of a message that was cut go with it, also none when its end was unexpected. */
export function failedRead({ demand, since }: PendingRead, lifetime: Lifetime, queue: ByteQueue, cut = false): Error {
  const partial = lifetime.phase === "lost" && (cut || queue.length > 0);
  return lifetime.report("read", {
    elapsed: now() - since,
    ...(partial && { partial: queue.take(queue.length) }),
    ...(demand.expected !== undefined && { expected: demand.expected }),
  });
}

/**
 * Gives the read up, because of its signal or of the bound that it has passed: with the connection, unless that is to stay.
 *
 * @returns What it rejects with.
 */
export function givenUp(read: PendingRead, lifetime: Lifetime, queue: ByteQueue, passed: Bound | undefined): unknown {
  const { options } = read;
  const aborted = options?.signal?.aborted ? options.signal : undefined;
  if (options?.keepOpen) return aborted ? aborted.reason : keptOpenError(lifetime.transport.remoteAddress, passed!);
  lifetime.cut(aborted ? failureOfSignal(aborted.reason) : failureOfBound(passed!.option, passed!.value), "read");
  return failedRead(read, lifetime, queue);
}
