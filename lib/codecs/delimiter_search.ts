import type { ByteQueue } from "../byte_queue.ts";

/** Looks for the first of several delimiters, and there for the longest; what was searched is not searched again. */
export class DelimiterSearch {
  /** Where the delimiter was found, or how many bytes from the start are certain to be before it. */
  at = 0;
  /** Bytes of the delimiter that was found; 0 for none. */
  length = 0;
  readonly #ends: readonly Uint8Array[];
  /** By byte: whether a delimiter begins with it. */
  readonly #begins: Uint8Array = new Uint8Array(256);
  /** What had been taken of the queue: as long as that holds, `at` does. */
  #taken = -1;

  constructor(ends: readonly Uint8Array[]) {
    this.#ends = ends;
    for (const end of ends) this.#begins[end[0]!] = 1;
  }

  /**
   * Whether a delimiter is here.
   *
   * @param last Nothing follows, so what might have become a longer delimiter will not.
   */
  find(queue: ByteQueue, last: boolean): boolean {
    if (this.#taken !== queue.taken) this.at = 0;
    this.#taken = queue.taken;
    this.length = 0;
    return this.#ends.length === 1 ? this.#findOne(queue, this.#ends[0]!, last) : this.#findAny(queue, last);
  }

  #findOne(queue: ByteQueue, end: Uint8Array, last: boolean): boolean {
    const found = queue.indexOf(end, this.at);
    if (found !== -1) {
      this.at = found;
      this.length = end.length;
      return true;
    }
    let open = last ? 0 : Math.min(end.length - 1, queue.length);
    const bytes = queue.peek(queue.length);
    while (open > 0 && matchedBytes(bytes, bytes.length - open, end) < open) open--;
    this.at = queue.length - open;
    return false;
  }

  #findAny(queue: ByteQueue, last: boolean): boolean {
    const bytes = queue.peek(queue.length);
    for (; this.at < bytes.length; this.at++) {
      if (this.#begins[bytes[this.at]!] === 0) continue;
      let open = false;
      for (const end of this.#ends) {
        const matched = matchedBytes(bytes, this.at, end);
        if (matched === end.length) this.length = Math.max(this.length, matched);
        else if (this.at + matched === bytes.length) open = true;
      }
      if (open && !last) {
        this.length = 0;
        return false;
      }
      if (this.length > 0) return true;
    }
    return false;
  }
}

/** How many bytes of `end` stand at `at`. */
function matchedBytes(bytes: Uint8Array, at: number, end: Uint8Array): number {
  let matched = 0;
  while (matched < end.length && bytes[at + matched] === end[matched]) matched++;
  return matched;
}
