import { WrappedTransport } from "../lib/testing/wrapped_transport.ts";
import type { Transport } from "../mod.ts";

const HEADER_BYTES = 5;

/** What happens to the stream of records that come from the peer. */
export interface Damage {
  /** Records that pass unharmed before it. */
  readonly after: number;
  readonly how: "end" | "end inside" | "corrupt" | "hide the end";
}

/** A network that knows TLS: passes record by record, and damages the stream where a test says. */
export class RecordCutter extends WrappedTransport {
  /** Records that have passed since `damage` was called. */
  passed = 0;
  /** Takes nothing more: a write is refused, as behind a reset. */
  deaf = false;
  #damage: Damage | undefined;
  #ended = false;
  #stock: Uint8Array = new Uint8Array(0);
  #letGo: (error: unknown) => void = () => {};

  /** From now on. */
  damage(damage: Damage): void {
    this.#damage = damage;
    this.passed = 0;
  }

  override async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (this.#ended) return null;
    const record = await this.#next();
    if (record === null) return this.#damage?.how === "hide the end" ? await this.#never() : null;
    const { after = Infinity, how } = this.#damage ?? {};
    const due = this.#damage !== undefined && this.passed >= after;
    this.passed++;
    if (!due || how === "hide the end") return put(record, into);
    if (how === "corrupt") return put(record.with(-1, record.at(-1)! ^ 1), into);
    this.#ended = true;
    return how === "end" ? null : put(record.subarray(0, record.length >> 1), into);
  }

  override write(chunks: readonly Uint8Array[]): Promise<void> {
    if (!this.deaf) return super.write(chunks);
    return Promise.reject(Object.assign(new Error("write ECONNRESET"), { code: "ECONNRESET" }));
  }

  override abort(): void {
    super.abort();
    this.#letGo(new Error("aborted"));
  }

  override release(): void {
    super.release();
    this.#letGo(new Error("released"));
  }

  #never(): Promise<never> {
    return new Promise((_, reject) => this.#letGo = reject);
  }

  /** The next whole record, or `null` at the end. */
  async #next(): Promise<Uint8Array | null> {
    for (;;) {
      const stock = this.#stock;
      const length = stock.length < HEADER_BYTES ? Infinity : HEADER_BYTES + stock[3]! * 256 + stock[4]!;
      if (stock.length >= length) {
        this.#stock = stock.subarray(length);
        return stock.subarray(0, length);
      }
      const more = new Uint8Array(65_536);
      const bytes = await this.inner.read(more);
      if (bytes === null) return null;
      this.#stock = Uint8Array.from([...stock, ...more.subarray(0, bytes)]);
    }
  }
}

function put(bytes: Uint8Array, into: Uint8Array): number {
  into.set(bytes);
  return bytes.length;
}

/** A `wrap`, and the cutter it has made. */
export function cutter(): { wrap(transport: Transport): RecordCutter; readonly made: RecordCutter } {
  let made: RecordCutter | undefined;
  return {
    wrap: (transport) => made = new RecordCutter(transport),
    get made(): RecordCutter {
      return made!;
    },
  };
}
