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
 * views. A block that is mostly full is given away whole and replaced; of a block that is mostly empty the bytes at hand
 * are copied once, to memory of just their size, and the block is filled again. So nothing that was handed out is ever
 * written again, not by a fill under way either, and a small record never keeps a large block alive.
 *
 * `lend` hands out a view that stays ours: it is valid until the next fill.
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

/** Fills in a row that would have fit the idle block before a drained queue goes back to it. */
const QUIET_FILLS = 16;

const EMPTY: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** A growing byte buffer that is filled at its end and taken from its start. */
export class ByteQueue {
  /** Where the bytes at hand are: the block, or a copy that was handed out. */
  #memory: Uint8Array<ArrayBuffer> = EMPTY;
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
  /** Bytes from the start that a search has seen in vain, and for what. Dropped when bytes are taken. */
  #searched = 0;
  #needle: Uint8Array | undefined;

  /** Bytes at hand. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Where the source puts its next bytes; call `commit` with their number. */
  area(): Uint8Array<ArrayBuffer> {
    const area = this.#nextArea();
    this.#filling = this.#end;
    return area;
  }

  #nextArea(): Uint8Array<ArrayBuffer> {
    const tail = this.length;
    if (this.#busy && tail === 0 && this.#quiet >= QUIET_FILLS) this.#busy = false;
    const wanted = this.#busy ? AREA : IDLE_AREA;
    const headroom = this.#area.byteOffset;
    const writable = !this.#blockIsGiven && this.#block.length > 0;
    if (writable && tail <= headroom && this.#area.length === wanted) {
      this.#moveTail(this.#block, headroom);
      return this.#area;
    }
    const room = this.#block.length - this.#end;
    if (writable && tail > 0 && this.#memory === this.#block && room >= wanted / 4) {
      return this.#memory.subarray(this.#end, this.#end + AREA);
    }
    this.#renew(wanted, tail);
    return this.#area;
  }

  /** The source has put `bytes` bytes at the start of the last `area()`. */
  commit(bytes: number): void {
    // The tail was copied out of the block while the fill was under way: put it back before what has arrived.
    if (this.#memory !== this.#block) this.#moveTail(this.#block, this.#filling);
    this.#filling = -1;
    this.#end += bytes;
    if (this.#end === this.#memory.length) this.#busy = true;
    this.#quiet = bytes <= IDLE_AREA ? this.#quiet + 1 : 0;
  }

  /** The first `bytes` bytes, which must be at hand: the caller's from now on. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes === 0) return new Uint8Array(0);
    if (this.#memory === this.#block) this.#give();
    return this.lend(bytes);
  }

  /** The first `bytes` bytes, which must be at hand: valid until the next fill. */
  lend(bytes: number): Uint8Array<ArrayBuffer> {
    const view = this.#memory.subarray(this.#start, this.#start + bytes);
    this.drop(bytes);
    return view;
  }

  /** The first `bytes` bytes without taking them: valid until the next fill. */
  peek(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#memory.subarray(this.#start, this.#start + bytes);
  }

  /** Takes the first `bytes` bytes without looking. */
  drop(bytes: number): void {
    this.#start += bytes;
    this.#needle = undefined;
  }

  /** What was lent since the last `take` must stay valid over the next fills. */
  keepLent(): void {
    if (this.#memory === this.#block) this.#blockIsGiven = true;
  }

  /** The byte at `index`, which must be at hand. */
  at(index: number): number {
    return this.#memory[this.#start + index]!;
  }

  /** Where `needle` starts, or -1. Bytes that were searched in vain are not searched again until bytes are taken. */
  indexOf(needle: Uint8Array): number {
    const from = this.#needle === needle ? this.#searched : 0;
    const found = find(this.#memory.subarray(this.#start, this.#end), needle, from);
    this.#needle = needle;
    this.#searched = found === -1 ? Math.max(0, this.length - needle.length + 1) : found;
    return found;
  }

  /** Before bytes are handed out: gives the block away, or copies what little is in it. */
  #give(): void {
    if (this.#blockIsGiven) return;
    if (this.#filling === -1 && this.length >= this.#block.length / 4) {
      this.#blockIsGiven = true;
      return;
    }
    this.#memory = this.#memory.slice(this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  /** A new block with room for a fill; a long tail gets as much room again. */
  #renew(wanted: number, tail: number): void {
    const headroom = Math.max(wanted === AREA ? HEADROOM : 0, tail);
    this.#block = new Uint8Array(headroom + Math.max(wanted, tail));
    this.#area = this.#block.subarray(headroom);
    this.#blockIsGiven = false;
    this.#moveTail(this.#block, headroom);
  }

  /** Puts the bytes at hand just before `end` of `block`. */
  #moveTail(block: Uint8Array<ArrayBuffer>, end: number): void {
    const start = end - this.length;
    if (this.#start !== this.#end) block.set(this.#memory.subarray(this.#start, this.#end), start);
    this.#memory = block;
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
