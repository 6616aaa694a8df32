/**
 * A ByteQueue and the simplest model there is, an array of numbers, doing the same.
 */
import assert from "node:assert/strict";
import { ByteQueue } from "../lib/byte_queue.ts";

/** What can be done to a queue; `size` is cut down to what is possible then. */
export interface Command {
  do: "area" | "scribble" | "commit" | "take" | "lend" | "peek" | "drop" | "indexOf" | "keepLent" | "adopt";
  size: number;
}

/** The same objects each time: a queue remembers for which needle it has searched. */
const NEEDLES = ["a", "b", "ab", "aab", "abab"].map((needle) => new TextEncoder().encode(needle));

/** A queue under test, its model, and everything that was ever handed out. */
export class Twin {
  readonly queue: ByteQueue = new ByteQueue();
  #model: number[] = [];
  #area: Uint8Array | undefined;
  #given: { view: Uint8Array; copy: Uint8Array }[] = [];
  #lent: { view: Uint8Array; copy: Uint8Array }[] = [];
  /** Lent before a take: `keepLent` does not prolong it any more. */
  #expiring: { view: Uint8Array; copy: Uint8Array }[] = [];
  #noise = 1;

  /** Two letters, so that needles are found, cut and missed. */
  #letter(): number {
    this.#noise = this.#noise * 1_103_515_245 + 12_345 & 0x7fffffff;
    return this.#noise >> 16 & 1 ? 0x61 : 0x62;
  }

  run({ do: what, size }: Command): void {
    const { queue } = this;
    const some = Math.min(size, this.#model.length);
    switch (what) {
      case "area":
        if (this.#area !== undefined) return;
        this.#lent = []; // Valid until the next fill.
        this.#expiring = [];
        this.#area = queue.area();
        return;
      case "scribble":
        // A transport may use all of the memory it was given, at any time until it has answered.
        this.#area?.fill(0xaa);
        return;
      case "commit":
        return this.#commit(size);
      case "adopt":
        return this.#adopt(size);
      case "take":
        this.#expiring.push(...this.#lent.splice(0));
        return this.#handOut(this.#given, queue.take(some));
      case "lend":
        return this.#handOut(this.#lent, queue.lend(some));
      case "drop":
        queue.drop(some);
        this.#model.splice(0, some);
        return;
      case "peek":
        return assert.deepEqual([...queue.peek(some)], this.#model.slice(0, some));
      case "keepLent":
        queue.keepLent();
        this.#given.push(...this.#lent.splice(0));
        return;
      case "indexOf": {
        const needle = NEEDLES[size % NEEDLES.length]!;
        const from = size % 3 === 0 ? 0 : size % (this.#model.length + 1);
        return assert.equal(queue.indexOf(needle, from), ascii(this.#model).indexOf(ascii(needle), from));
      }
    }
  }

  #commit(size: number): void {
    if (this.#area === undefined) return;
    this.#area.fill(0xaa);
    const letters = Uint8Array.from({ length: 1 + size % this.#area.length }, () => this.#letter());
    this.#area.set(letters);
    this.queue.commit(letters.length);
    this.#area = undefined;
    for (const letter of letters) this.#model.push(letter);
  }

  /** A chunk with some room before it and behind it; what becomes free is written to at once. */
  #adopt(size: number): void {
    if (this.#area !== undefined) return;
    this.#lent = []; // Valid until the next fill.
    this.#expiring = [];
    const letters = Uint8Array.from({ length: 1 + size }, () => this.#letter());
    const memory = new Uint8Array(size + letters.length + 7).fill(0xaa);
    memory.set(letters, size);
    this.queue.adopt(memory.subarray(size, size + letters.length))?.fill(0xaa);
    for (const letter of letters) this.#model.push(letter);
  }

  #handOut(to: { view: Uint8Array; copy: Uint8Array }[], view: Uint8Array): void {
    assert.deepEqual([...view], this.#model.splice(0, view.length));
    to.push({ view, copy: view.slice() });
  }

  check(): void {
    const { queue } = this;
    assert.equal(queue.length, this.#model.length);
    assert.ok(same(queue.peek(queue.length), this.#model), "the bytes at hand");
    for (const { view, copy } of this.#given) assert.ok(same(view, copy), "memory that was given was written again");
    for (const { view, copy } of [...this.#lent, ...this.#expiring]) {
      assert.ok(same(view, copy), "memory that was lent was written too early");
    }
  }
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function ascii(codes: Iterable<number>): string {
  return Array.from(codes, (code) => String.fromCharCode(code)).join("");
}
