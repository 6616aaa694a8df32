/**
 * A connection as a pair of WHATWG streams.
 *
 * Deno's own `conn.readable` and `conn.writable` close the whole connection when one of them ends; these do not: each
 * direction ends by itself, `cancel()` is a `break`, `close()` is a half-close.
 *
 * @module
 */
import type { ByteQueue } from "./byte_queue.ts";
import type { Demand } from "./demand.ts";
import type { FillLoop } from "./fill_loop.ts";
import type { Lifetime } from "./lifetime.ts";
import type { Bytes } from "./read_options.ts";
import { ReadIterator } from "./read_iterator.ts";
import type { Writer } from "./writer.ts";

/** The next bytes, no more than fit where they go. */
class NextBytes implements Demand<Bytes | null> {
  readonly name = "readable";
  atMost = Infinity;

  take(queue: ByteQueue): Bytes | undefined {
    return queue.length === 0 ? undefined : queue.lend(Math.min(queue.length, this.atMost));
  }

  end(): null {
    return null;
  }
}

/**
 * The input as a byte stream that reads nothing ahead.
 *
 * A chunk that is put into a byte stream loses its memory to whoever reads it, so each gets memory of its own: one copy.
 */
export function readableOf(loop: FillLoop): ReadableStream<Bytes> {
  const demand = new NextBytes();
  const chunks = new ReadIterator(loop, demand, undefined);
  let cancelled = false;
  const source: UnderlyingByteSource = {
    type: "bytes",
    async pull(controller): Promise<void> {
      const request = controller.byobRequest;
      demand.atMost = request?.view?.byteLength ?? Infinity;
      const { value } = await chunks.next();
      if (cancelled) return;
      if (value === undefined) controller.close();
      if (request?.view) {
        if (value !== undefined) new Uint8Array(request.view.buffer, request.view.byteOffset).set(value);
        request.respond(value?.length ?? 0);
      } else if (value !== undefined) {
        controller.enqueue(value.slice());
      }
    },
    async cancel(): Promise<void> {
      cancelled = true;
      await chunks.return();
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 }) as ReadableStream<Bytes>;
}

/**
 * The output as a stream: `close()` is a half-close, `abort(reason)` aborts the connection at once, also while a write
 * waits for a peer that does not read.
 */
export function writableOf(
  writer: Writer,
  lifetime: Lifetime,
  abort: (reason: unknown) => void,
): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    start(controller): void {
      // The stream itself tells its sink only after the write under way.
      controller.signal.addEventListener("abort", () => abort(controller.signal.reason), { once: true });
      failWhenOver(new WeakRef(controller), lifetime);
    },
    write: (chunk) => writer.write(chunk),
    close: () => writer.closeWrite(),
  });
}

/**
 * Weakly: a stream that everybody has forgotten must not keep its connection. In a function of its own: closures of one
 * function share what any of them holds.
 */
function failWhenOver(stream: WeakRef<WritableStreamDefaultController>, lifetime: Lifetime): void {
  // Also after an orderly close: what is written then goes nowhere. A stream that was closed before stays as it is.
  void lifetime.closed.then(({ error }) => stream.deref()?.error(error ?? lifetime.error("write")));
}
