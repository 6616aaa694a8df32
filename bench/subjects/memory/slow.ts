/** A consumer that is slower than its sender: how much is held for it. */
import type { Outcome } from "../window.ts";

/** Chunks that are consumed, and the pause before each, in ms. */
const CHUNKS = 30;
const PAUSE = 10;

/** It is clear by then: a run that goes on does not end. */
export const ENOUGH: number = 256 * 1_048_576;

/** A stream that is consumed slowly. */
export interface Slow {
  /** Takes the next chunk. @returns Its length. */
  next(): Promise<number>;
  /** Bytes that this process has taken from the kernel. */
  received(): number;
}

/** @returns The most bytes that were here and not consumed, in KiB; the chunk in hand counts. */
export async function held({ next, received }: Slow): Promise<Outcome> {
  let most = 0;
  let consumed = 0;
  for (let count = 0; count < CHUNKS && most < ENOUGH; count++) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    const bytes = await next();
    most = Math.max(most, received() - consumed);
    consumed += bytes;
  }
  return { value: most / 1_024 };
}

/** Of `tee()`: one branch reads as fast as it can, this one is slow. */
export function slowBranch(stream: ReadableStream<Uint8Array>): Slow {
  const [fast, slow] = stream.tee();
  let received = 0;
  void (async () => {
    for await (const chunk of fast) received += chunk.length;
  })();
  const reader = slow.getReader();
  return { next: async () => (await reader.read()).value!.length, received: () => received };
}
