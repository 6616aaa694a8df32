/**
 * What a read wants of the bytes at hand: pure, synchronous, the same under every chunking.
 *
 * Reader is one fill loop; each of its methods is one of these.
 *
 * @module
 */
import type { ByteQueue } from "./byte_queue.ts";
import { LimitExceededError } from "./errors.ts";
import { type LineEncoding, takeTail } from "./line_decoder.ts";
import { LineTaker } from "./line_taker.ts";
import type { Bytes } from "./read_options.ts";

/** The end of stream came inside what was wanted. */
export const UNEXPECTED: unique symbol = Symbol("unexpected end of stream");

/** One read: `take` answers from the bytes at hand, `end` when there will be no more. */
export interface Demand<T> {
  /** The method, for messages. */
  readonly name: string;
  /** How many bytes were asked for, where it is known. */
  readonly expected?: number | undefined;
  /** The result, or `undefined` for "need more"; consumes only what it returns. */
  take(queue: ByteQueue): T | undefined;
  /** All results that are here, one or more, where that is cheaper than one by one; an error waits for the next call. */
  takeAll?(queue: ByteQueue): T[] | undefined;
  /** The result at the end of stream. */
  end(queue: ByteQueue): T | typeof UNEXPECTED;
}

/** The next chunk, never empty. */
export function anyBytes(atMost: number, borrow: boolean, required: boolean): Demand<Bytes | null> {
  if (atMost !== Infinity || required) return someBytes(atMost, borrow, required);
  return borrow ? NEXT_BORROWED : NEXT_CHUNK;
}

/** What most reads want, in one object each: 10,000 that wait need not have one of their own. */
const NEXT_CHUNK: Demand<Bytes | null> = someBytes(Infinity, false, false);
const NEXT_BORROWED: Demand<Bytes | null> = someBytes(Infinity, true, false);

function someBytes(atMost: number, borrow: boolean, required: boolean): Demand<Bytes | null> {
  return {
    name: "read",
    take(queue) {
      if (queue.length === 0) return undefined;
      const bytes = Math.min(queue.length, atMost);
      return borrow ? queue.lend(bytes) : queue.take(bytes);
    },
    end: () => required ? UNEXPECTED : null,
  };
}

/** Exactly `bytes` bytes. */
export function exactBytes(bytes: number, limit: number): Demand<Bytes> {
  return {
    name: "readExactly",
    expected: bytes,
    take(queue) {
      if (bytes > limit) throw new LimitExceededError(`${bytes} bytes`, limit);
      return queue.length >= bytes ? queue.take(bytes) : undefined;
    },
    end: () => UNEXPECTED,
  };
}

/** Bytes before a delimiter, which is consumed. */
export function untilDelimiter(
  delimiter: Uint8Array,
  limit: number,
  options: { required: boolean; allowUnterminated: boolean },
): Demand<Bytes | null> {
  return {
    name: "readUntil",
    take(queue) {
      const found = queue.indexOf(delimiter);
      // The last bytes at hand may be the beginning of the delimiter: they do not count yet.
      const length = found === -1 ? queue.length - openEnd(queue, delimiter, limit) : found;
      if (length > limit) throw new LimitExceededError("the bytes before the delimiter", limit);
      if (found === -1) return undefined;
      const bytes = queue.take(found);
      queue.drop(delimiter.length);
      return bytes;
    },
    end(queue) {
      if (queue.length === 0) return options.required ? UNEXPECTED : null;
      if (!options.allowUnterminated) return UNEXPECTED;
      if (queue.length > limit) throw new LimitExceededError("the bytes before the end of stream", limit);
      return queue.take(queue.length);
    },
  };
}

/** How many of the last bytes could still become the delimiter; looked at only when the limit is near. */
function openEnd(queue: ByteQueue, delimiter: Uint8Array, limit: number): number {
  if (queue.length <= limit) return 0;
  for (let size = Math.min(delimiter.length - 1, queue.length); size > 0; size--) {
    let matched = 0;
    while (matched < size && queue.at(queue.length - size + matched) === delimiter[matched]) matched++;
    if (matched === size) return size;
  }
  return 0;
}

/** A text line. */
export function line(
  limit: number,
  encoding: LineEncoding,
  options: { required: boolean; allowUnterminated: boolean },
  lines: LineTaker = new LineTaker(),
): Demand<string | null> {
  return {
    name: "readLine",
    take: (queue) => lines.take(queue, limit, encoding),
    takeAll: (queue) => lines.takeAll(queue, limit, encoding),
    end(queue) {
      if (queue.length === 0) return options.required ? UNEXPECTED : null;
      return options.allowUnterminated ? takeTail(queue, limit, encoding) : UNEXPECTED;
    },
  };
}

/** Everything up to the end of stream. */
export function everything(limit: number): Demand<Bytes> {
  return {
    name: "readAll",
    take(queue) {
      if (queue.length > limit) throw new LimitExceededError("everything up to the end of stream", limit);
      return undefined;
    },
    end: (queue) => queue.take(queue.length),
  };
}

/** Up to `bytes` bytes, not consumed. */
export function lookAhead(bytes: number, limit: number): Demand<Bytes | null> {
  return {
    name: "peek",
    take(queue) {
      if (bytes > limit) throw new LimitExceededError(`${bytes} bytes ahead`, limit);
      return queue.length >= bytes ? queue.peek(bytes).slice() : undefined;
    },
    end: (queue) => queue.length === 0 ? null : queue.peek(queue.length).slice(),
  };
}

/** Drops `bytes` bytes as they arrive. */
export function dropBytes(bytes: number): Demand<void | true> {
  let left = bytes;
  return {
    name: "skip",
    expected: bytes,
    take(queue) {
      const dropped = Math.min(left, queue.length);
      queue.drop(dropped);
      left -= dropped;
      return left === 0 ? true : undefined;
    },
    end: () => UNEXPECTED,
  };
}

/** Drops through a delimiter, keeping nothing but what may be the beginning of it. */
export function dropUntil(delimiter: Uint8Array): Demand<void | true> {
  return {
    name: "skipUntil",
    take(queue) {
      const found = queue.indexOf(delimiter);
      if (found === -1) {
        queue.drop(Math.max(0, queue.length - delimiter.length + 1));
        return undefined;
      }
      queue.drop(found + delimiter.length);
      return true;
    },
    end: () => UNEXPECTED,
  };
}

/** Whether a byte is here. */
export function readiness(): Demand<boolean> {
  return { name: "ready", take: (queue) => queue.length > 0 || undefined, end: () => false };
}

/** `total` bytes in pieces, then `null`. */
export function pieces(total: number, borrow: boolean): Demand<Bytes | null> {
  let left = total;
  return {
    name: "chunks",
    expected: total,
    take(queue) {
      if (left === 0) return null;
      if (queue.length === 0) return undefined;
      const bytes = Math.min(left, queue.length);
      left -= bytes;
      return borrow ? queue.lend(bytes) : queue.take(bytes);
    },
    end: () => UNEXPECTED,
  };
}

/** The end of a sequence. Frames may be anything, also `null`. */
export const END: unique symbol = Symbol("end of sequence");

/** What is here of a sequence, as one array. */
export function batch<T, E>(single: Demand<T | E>, sequenceEnd: E): Demand<T[] | E> {
  let failed: { error: unknown } | undefined;
  const gather = (queue: ByteQueue): T[] | E | undefined => {
    const items: T[] = [];
    try {
      for (let item = single.take(queue); item !== undefined; item = single.take(queue)) {
        if (item === sequenceEnd) return items.length > 0 ? items : sequenceEnd;
        items.push(item as T);
      }
    } catch (error) {
      if (items.length === 0) throw error;
      failed = { error };
    }
    return items.length > 0 ? items : undefined;
  };
  return {
    name: single.name,
    get expected(): number | undefined {
      return single.expected;
    },
    take(queue) {
      if (failed !== undefined) {
        const { error } = failed;
        failed = undefined;
        throw error;
      }
      return single.takeAll === undefined ? gather(queue) : single.takeAll(queue) as T[] | undefined;
    },
    end(queue) {
      const last = single.end(queue);
      return last === sequenceEnd || last === UNEXPECTED ? last as E | typeof UNEXPECTED : [last as T];
    },
  };
}
