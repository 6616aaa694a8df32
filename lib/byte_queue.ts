/**
 * Bytes between a source that fills and a decoder that takes.
 *
 * Theory of operation. One block of memory, of which `[start, end)` holds the bytes at hand:
 *
 * ```
 *   | headroom | read area                         |
 *              start ····· end                          just filled
 *       start ········· end                             tail moved before the area, area free again
 * ```
 *
 * Before each fill the unfinished tail (usually less than one record) moves into the headroom just before the read area.
 * Records are therefore always contiguous, almost nothing is copied, and the area is one precomputed view.
 *
 * `take` hands out views that are the caller's from then on: one fresh block or one copy per chunk, records inside it are
 * views. A small block, or one that is mostly full, is given away: what it holds is not written again, fills go on behind
 * it as long as there is room, then it is replaced. Of a large block that is mostly empty the bytes at hand are copied once, to
 * memory of just their size, and the block is filled again. So nothing that was handed out is ever written again, not by a
 * fill under way either, and a small record never keeps a large block alive.
 *
 * `lend` hands out a view that stays ours: it is valid until the next fill.
 *
 * Where the source has memory of its own `adopt` takes that for the block: the tail moves before what has come, and the block
 * of before is the source's, if nobody else's.
 *
 * Memory follows what arrived, never what was announced: an idle queue holds a small block, a fill that used the whole
 * block asks for a large one, a longer tail doubles it.
 *
 * @module
 */

/** Longest tail that moves instead of growing: most records are shorter. */
const HEADROOM = 4_096;

/** What a busy source fills at once: 256 KiB and more halve the throughput of Deno. */
const AREA = 65_536;

/** What an idle source waits with: 10,000 idle connections then hold 10 MB, not 640 MB. */
const IDLE_AREA = 1_024;

/** What follows an idle block that has been given away record by record: an ArrayBuffer costs 1 to 2 µs, however small. */
const TALK_AREA = 4_096;

/** Fills in a row that would have fit the idle block before a drained queue goes back to it. */
const QUIET_FILLS = 16;

const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/**
 * A growing byte buffer that is filled at its end and taken from its start: what a decoder works on.
 *
 * @example Put bytes in, take a record out
 * ```ts
 * import assert from "node:assert/strict";
 * import { ByteQueue } from "@hawser/net";
 *
 * const queue = new ByteQueue();
 * queue.append(new TextEncoder().encode("key=va"));
 * queue.append(new TextEncoder().encode("lue;"));
 * const end = queue.indexOf(new Uint8Array([0x3b]));
 * assert.equal(new TextDecoder().decode(queue.take(end)), "key=value");
 * assert.equal(queue.length, 1);
 * ```
 */
export class ByteQueue {
  /** Where the bytes at hand are: the block, or a copy that was handed out. */
  #memory: Uint8Array<ArrayBuffer> = EMPTY;
  /** Its buffer, which costs 5 to 13 ns to ask for. */
  #buffer: ArrayBuffer = EMPTY.buffer;
  #start = 0;
  #end = 0;
  /** What is filled: headroom, then the read area. */
  #block: Uint8Array<ArrayBuffer> = EMPTY;
  #area: Uint8Array<ArrayBuffer> = EMPTY;
  #blockIsGiven = false;
  /** Where in the block a fill is under way; -1 when none is. */
  #filling = -1;
  #busy = false;
  #quiet = 0;
  #taken = 0;
  /** What was searched for in vain, and where: between these two it does not begin. Dropped when bytes are taken. */
  #needle: Uint8Array | undefined;
  #searchedFrom = 0;
  #searchedTo = 0;

  /** Bytes at hand. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Bytes taken or dropped so far: by it a decoder notices that somebody else has taken some meanwhile. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Copies bytes to the end.
   *
   * @param bytes The caller's, and still the caller's afterwards.
   * @throws {TypeError} A fill is under way: the end of the queue is its.
   */
  append(bytes: Uint8Array): void {
    if (this.#filling !== -1) throw new TypeError("Cannot append to the queue: a fill is under way");
    for (let at = 0; at < bytes.length;) {
      const area = this.area();
      const part = bytes.subarray(at, at + area.length);
      area.set(part);
      this.commit(part.length);
      at += part.length;
    }
  }

  /**
   * Where the source puts its next bytes; call `commit` with their number.
   *
   * @returns Memory of the queue, 1 byte or more.
   */
  area(): Uint8Array<ArrayBuffer> {
    const area = this.#nextArea();
    this.#filling = this.#end;
    return area;
  }

  /** Whether so much arrives that a fill is worth a large block. */
  get busy(): boolean {
    if (this.#busy && this.#quiet >= QUIET_FILLS && this.length === 0) this.#busy = false;
    return this.#busy;
  }

  #nextArea(): Uint8Array<ArrayBuffer> {
    const tail = this.length;
    const wanted = this.busy ? AREA : IDLE_AREA;
    const headroom = this.#area.byteOffset;
    const suits = this.#busy ? this.#area.length === AREA : this.#area.length <= TALK_AREA;
    const writable = !this.#blockIsGiven && this.#block.length > 0;
    if (writable && suits && tail <= headroom) {
      this.#moveTail(this.#block, headroom);
      return this.#area;
    }
    // Behind a long tail there may be room, and behind what was given.
    const room = this.#memory === this.#block ? this.#block.length - this.#end : 0;
    if (writable ? tail > 0 && room >= wanted / 4 : suits && room >= wanted / 2) {
      return this.#view(this.#end, Math.min(room, AREA));
    }
    const talks = !writable && !this.#busy && suits && this.#area.length > 0;
    this.#renew(talks ? TALK_AREA : wanted, tail);
    return this.#area;
  }

  /**
   * The source has put bytes at the start of the last `area()`.
   *
   * @param bytes How many, 1 or more.
   */
  commit(bytes: number): void {
    // The tail was copied out of the block while the fill was under way: put it back before what has arrived.
    if (this.#memory !== this.#block) this.#moveTail(this.#block, this.#filling);
    this.#filling = -1;
    this.#end += bytes;
    if (this.#end === this.#memory.length) this.#busy = true;
    this.#noteFill(bytes);
  }

  #noteFill(bytes: number): void {
    this.#quiet = bytes <= IDLE_AREA ? this.#quiet + 1 : 0;
  }

  /**
   * Puts bytes at the end and keeps their memory, instead of copying it.
   *
   * @param chunk The queue's from now on, with the whole `ArrayBuffer` around it.
   * @returns Memory that nobody needs any more: what the bytes were in until now, or that of the chunk, where there is no
   * room for them before it and the chunk had to be copied.
   * @throws {TypeError} A fill is under way: the end of the queue is its.
   */
  adopt(chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
    const headroom = chunk.byteOffset;
    const area = new Uint8Array(chunk.buffer, headroom);
    if (this.#filling !== -1 || this.length > headroom) {
      this.append(chunk);
      return area;
    }
    const spare = this.#blockIsGiven || this.#block.length === 0 ? undefined : this.#area;
    this.#block = headroom === 0 ? area : new Uint8Array(chunk.buffer);
    this.#area = area;
    this.#blockIsGiven = false;
    this.#moveTail(this.#block, headroom);
    this.#end += chunk.length;
    this.#noteFill(chunk.length);
    return spare;
  }

  /**
   * Takes the first bytes, the caller's from now on.
   *
   * @param bytes How many; they must be at hand.
   * @returns Just these bytes; never written again by the queue.
   * @throws {RangeError} They are not at hand; of `lend`, `peek` and `drop` too.
   */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes === 0) return new Uint8Array(0);
    if (this.#memory === this.#block && !this.#blockIsGiven) this.#give();
    return this.lend(bytes);
  }

  /**
   * Takes the first bytes and lends their memory.
   *
   * @param bytes How many; they must be at hand.
   * @returns Just these bytes; valid until the next fill.
   */
  lend(bytes: number): Uint8Array<ArrayBuffer> {
    const start = this.#start;
    this.drop(bytes);
    return this.#view(start, bytes);
  }

  /**
   * Looks at bytes without taking them.
   *
   * @param bytes How many; they must be at hand.
   * @param from The first of them, counted from the start; 0 unless given.
   * @returns Just these bytes; valid until the next fill.
   */
  peek(bytes: number, from = 0): Uint8Array<ArrayBuffer> {
    if (!(bytes >= 0 && from >= 0 && from + bytes <= this.length)) this.#refuse(from + bytes);
    return this.#view(this.#start + from, bytes);
  }

  /**
   * Takes the first bytes without looking.
   *
   * @param bytes How many; they must be at hand.
   */
  drop(bytes: number): void {
    if (!(bytes >= 0 && bytes <= this.length)) this.#refuse(bytes);
    this.#start += bytes;
    this.#taken += bytes;
    this.#needle = undefined;
  }

  /** What was lent since the last `take` must stay valid over the next fills. */
  keepLent(): void {
    if (this.#memory === this.#block) this.#blockIsGiven = true;
  }

  /**
   * One byte.
   *
   * @param index Counted from the start; it must be at hand.
   * @returns 0 to 255.
   * @throws {RangeError} It is not at hand.
   */
  at(index: number): number {
    // Behind the bytes at hand is what a fill left there: a decoder that reads it would depend on the chunking.
    if (!(index >= 0 && index < this.#end - this.#start)) this.#refuse(index + 1);
    return this.#memory[this.#start + index]!;
  }

  /**
   * Finds the first occurrence of a sequence. Bytes that were searched in vain are not searched again until bytes are
   * taken.
   *
   * @param needle What to find, 1 byte or more; the same array each time.
   * @param from Where to begin, counted from the start; 0 unless given.
   * @returns Where it starts, or -1.
   */
  indexOf(needle: Uint8Array, from = 0): number {
    const known = this.#needle === needle && from >= this.#searchedFrom && from <= this.#searchedTo;
    if (!known) {
      this.#needle = needle;
      this.#searchedFrom = this.#searchedTo = from;
    }
    const found = find(this.#view(this.#start, this.length), needle, Math.max(from, this.#searchedTo));
    this.#searchedTo = found === -1 ? Math.max(this.#searchedTo, this.length - needle.length + 1) : found;
    return found;
  }

  /** Half the cost of `subarray`, which has to ask for the constructor; the memory is always a buffer of its own. */
  #view(start: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, start, bytes);
  }

  #refuse(bytes: number): never {
    throw new RangeError(`Cannot use ${bytes} bytes of the queue: it holds ${this.length}`);
  }

  /** Before bytes are handed out: gives the block away, or copies what little is in a large one. */
  #give(): void {
    if (this.#block.length <= TALK_AREA || this.#filling === -1 && this.length >= this.#block.length / 4) {
      this.#blockIsGiven = true;
      return;
    }
    this.#memory = this.#memory.slice(this.#start, this.#end);
    this.#buffer = this.#memory.buffer;
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** A new block with room for a fill; a long tail gets as much room again. */
  #renew(wanted: number, tail: number): void {
    const headroom = Math.max(wanted === AREA ? HEADROOM : 0, tail);
    this.#block = new Uint8Array(headroom + Math.max(wanted, tail));
    this.#area = headroom === 0 ? this.#block : this.#block.subarray(headroom);
    this.#blockIsGiven = false;
    this.#moveTail(this.#block, headroom);
  }

  /** Puts the bytes at hand just before `end` of `block`. */
  #moveTail(block: Uint8Array<ArrayBuffer>, end: number): void {
    const start = end - this.length;
    if (this.#start !== this.#end) block.set(this.#memory.subarray(this.#start, this.#end), start);
    this.#memory = block;
    this.#buffer = block.buffer;
    this.#start = start;
    this.#end = end;
  }
}

/** Index of `needle` in `bytes` from `from` on: the first byte by the engine's own search, the rest by hand. */
function find(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  const first = needle[0]!;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (at + needle.length > bytes.length) return -1;
    let matched = 1;
    while (matched < needle.length && bytes[at + matched] === needle[matched]) matched++;
    if (matched === needle.length) return at;
  }
  return -1;
}
