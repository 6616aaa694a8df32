/**
 * What happens at the seam of one run, counted, and the moment at which it is cut.
 *
 * @module
 */
import type { Cut } from "./cut.ts";

/** One piece of the wire, or the cut. */
export type WireEntry =
  | { readonly direction: "in" | "out"; readonly bytes: Uint8Array; readonly connection: number }
  | { readonly direction: "cut"; readonly connection: number };

/** The counters that all connections of one run share: its bytes and events are numbered through. */
export class Seam {
  bytesIn = 0;
  bytesOut = 0;
  events = 0;
  /** Grows whenever anything happens: while it does, the run is not idle. */
  activity = 0;
  /** The moment has come. */
  reached = false;
  /** What each event was; only where somebody will read it. */
  readonly labels: string[] = [];
  readonly wire: WireEntry[] = [];
  readonly #cut: Cut | undefined;

  /** @param cut Where to cut; nowhere in the clean run. */
  constructor(cut?: Cut) {
    this.#cut = cut;
  }

  /** Counts an event; `true` when it is the one to cut at. */
  event(label: string): boolean {
    this.activity++;
    this.events++;
    if (this.#cut === undefined) this.labels.push(label);
    return this.#reach("event", this.events);
  }

  /** How many more bytes may pass before the cut; `Infinity` when it is elsewhere. */
  before(direction: "in" | "out"): number {
    const cut = this.#cut;
    if (cut === undefined || this.reached || cut.place !== direction) return Infinity;
    return cut.index - (direction === "in" ? this.bytesIn : this.bytesOut);
  }

  /** Counts bytes that have passed; `true` when the last of them is the one to cut after. */
  passed(direction: "in" | "out", bytes: Uint8Array, connection: number): boolean {
    this.activity++;
    this.wire.push({ direction, bytes, connection });
    if (direction === "in") return this.#reach("in", this.bytesIn += bytes.length);
    return this.#reach("out", this.bytesOut += bytes.length);
  }

  /** Passed is reached, too: two connections that read at once may together bring more than was left. */
  #reach(place: Cut["place"], count: number): boolean {
    const cut = this.#cut;
    if (cut === undefined || this.reached || cut.place !== place || count < cut.index) return false;
    return this.reached = true;
  }
}
