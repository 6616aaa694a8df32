import type { ByteQueue } from "./byte_queue.ts";
import { LimitExceededError } from "./errors.ts";
import { type LineEncoding, takeLine, textOf } from "./line_decoder.ts";

const CR = 0x0d;
const LF = 0x0a;
const LF_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array([LF]);

/** Decoded ahead, at most: what a busy source brings at once. */
const MOST_AHEAD = 65_536;

/** A UTF-16 unit is at most so many bytes of UTF-8. */
const BYTES_PER_UNIT = 3;

/**
 * Takes text lines out of a queue, and decodes ahead of them: a text decoder that is called for each line costs ten times
 * as much as one that is called for each chunk.
 *
 * Theory of operation. The bytes of the text ahead stay in the queue, and each line takes its own. So whoever takes over
 * after any line finds every byte; the text ahead is thrown away when somebody else has taken bytes. It reaches no farther
 * than lines were taken in a row: where lines and other bytes alternate nothing is decoded twice. LF is never a part of
 * another character of UTF-8, so it does not matter whether lines are cut before or after they are decoded.
 */
export class LineTaker {
  #queue: ByteQueue | undefined;
  #encoding: LineEncoding = "utf-8";
  /** What had been taken of the queue after the last line: as long as that holds, the text ahead does. */
  #taken = -1;
  /** Bytes of the lines that were taken in a row. */
  #streak = 0;
  /** Whole lines; the next one begins at `#at`. */
  #text = "";
  #at = 0;
  /** Every character of the text is one byte. */
  #plain = false;

  /** Takes the next line; what `takeLine` promises. */
  take(queue: ByteQueue, limit: number, encoding: LineEncoding): string | undefined {
    if (queue.taken !== this.#taken || queue !== this.#queue || encoding !== this.#encoding) {
      this.#begin(queue, encoding);
    }
    if (this.#at === this.#text.length && !this.#decodeAhead(queue)) return this.#takeOne(queue, limit);
    const end = this.#text.indexOf("\n", this.#at);
    const bytes = this.#plain ? end + 1 - this.#at : queue.indexOf(LF_BYTES) + 1;
    const cr = end > this.#at && this.#text.charCodeAt(end - 1) === CR ? 1 : 0;
    if (bytes - 1 - cr > limit) throw new LimitExceededError("a line", limit);
    const line = this.#text.slice(this.#at, end - cr);
    this.#at = end + 1;
    queue.drop(bytes);
    this.#taken = queue.taken;
    this.#streak += bytes;
    return line;
  }

  /**
   * Takes all whole lines at once, the fastest way.
   *
   * @returns One line or more; `undefined` when none is complete yet.
   * @throws What `take` throws, when the first line does; otherwise the lines before it come first.
   */
  takeAll(queue: ByteQueue, limit: number, encoding: LineEncoding): string[] | undefined {
    if (queue.indexOf(LF_BYTES) === -1) return oneByOne(queue, limit, encoding);
    const size = queue.peek(queue.length).lastIndexOf(LF) + 1;
    const text = textOf(queue.peek(size), encoding);
    if (text === undefined) return oneByOne(queue, limit, encoding);
    const lines = linesOf(text);
    const longest = text.length === size ? limit : limit / BYTES_PER_UNIT;
    // Perhaps longer than the limit: to be counted in bytes.
    if (size > limit && lines.some((line) => line.length > longest)) return oneByOne(queue, limit, encoding);
    queue.drop(size);
    return lines;
  }

  #begin(queue: ByteQueue, encoding: LineEncoding): void {
    this.#queue = queue;
    this.#encoding = encoding;
    this.#taken = queue.taken;
    this.#streak = 0;
    this.#text = "";
    this.#at = 0;
  }

  /** Decodes as far ahead as lines were taken in a row; whether there is a line now. */
  #decodeAhead(queue: ByteQueue): boolean {
    this.#text = "";
    this.#at = 0;
    const most = Math.min(queue.length, this.#streak, MOST_AHEAD);
    const first = queue.indexOf(LF_BYTES) + 1;
    if (first === 0 || first >= most) return false;
    const size = queue.peek(most).lastIndexOf(LF) + 1;
    const text = textOf(queue.peek(size), this.#encoding);
    if (text === undefined) {
      this.#streak = 0; // Line by line up to the malformed one.
      return false;
    }
    this.#text = text;
    this.#plain = text.length === size;
    return true;
  }

  #takeOne(queue: ByteQueue, limit: number): string | undefined {
    const before = queue.taken;
    const line = takeLine(queue, limit, this.#encoding);
    this.#taken = queue.taken;
    this.#streak += queue.taken - before;
    return line;
  }
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  lines.pop(); // Behind the last LF.
  if (!text.includes("\r")) return lines;
  return lines.map((line) => line.endsWith("\r") ? line.slice(0, -1) : line);
}

/** The whole lines up to one that is an error, or its error when it is the first. */
function oneByOne(queue: ByteQueue, limit: number, encoding: LineEncoding): string[] | undefined {
  const lines: string[] = [];
  try {
    for (;;) {
      const line = takeLine(queue, limit, encoding, lines.length === 0);
      if (line === undefined) return lines.length > 0 ? lines : undefined;
      lines.push(line);
    }
  } catch (error) {
    if (lines.length === 0) throw error;
    return lines; // The next call meets it again: it was not taken.
  }
}
