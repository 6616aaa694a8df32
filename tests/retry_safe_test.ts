/**
 * R26: what a write that failed says about its bytes, over random cuts.
 *
 * Every byte carries the number of its write, and the peer logs what it got. `retrySafe` must be true exactly when nothing
 * of the write was given to the transport: then the log has none of it.
 */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { Connection, ConnectionAbortedError, type Transport } from "../mod.ts";
import { memoryPair } from "../lib/testing/mod.ts";
import { Delegate } from "./delegate.ts";
import { test } from "./harness.ts";
import { Random } from "../lib/testing/random.ts";

const RUNS = 10_000;

/** Copied, kept (16 KiB and more), more than the other side takes, and nothing at all. */
const SIZES: readonly number[] = [0, 1, 2, 10, 100, 1_000, 16_383, 16_384, 40_000];

const CAPACITIES: readonly number[] = [1, 7, 100, 5_000, 65_536];

/** What a peer reads at most: a byte at a time, tens of thousands would only be slow. */
const READS = 100;

/** Bytes that carry the number of their write, made once. */
const NUMBERED: readonly Uint8Array[] = Array.from({ length: 10 }, (_, i) => new Uint8Array(40_000).fill(i));

/** One write, and how it ended. */
interface Written {
  readonly number: number;
  /** What had been accepted before. */
  readonly start: number;
  readonly settled: Promise<ConnectionAbortedError | undefined>;
}

class Run {
  readonly #random: Random;
  readonly #local: Connection;
  readonly #peer: Transport;
  /** The byte up to which the peer reads. */
  readonly #upTo: number;
  readonly #signal = new AbortController();
  readonly #writeSignal = new AbortController();
  /** The numbers of the writes of which a byte arrived. */
  readonly #log: Set<number> = new Set();
  readonly #written: Written[] = [];
  #received = 0;
  #given = 0;
  #accepted = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const capacity = this.#random.pick(CAPACITIES);
    const [here, there] = memoryPair({ capacity });
    this.#peer = there;
    this.#upTo = this.#random.below(Math.min(60_000, capacity * READS));
    this.#local = new Connection(here, {
      signal: this.#signal.signal,
      highWaterMark: this.#random.pick([1, 1_000, 65_536]),
      writeBufferLimit: this.#random.pick([50_000, 16_777_216]),
      wrap: (inner) =>
        new Delegate(inner, {
          write: (chunks) => {
            for (const { length } of chunks) this.#given += length;
            return inner.write(chunks);
          },
        }),
    });
  }

  /** Writes while the peer reads up to its byte; then one of them goes away, in a random way. */
  async run(): Promise<{ safe: number; unsafe: number }> {
    const receiving = this.#receive();
    const writes = 1 + this.#random.below(8);
    for (let i = 0; i < writes; i++) await this.#write();
    await this.#pause();
    this.#cut();
    await this.#write(); // Refused, or found out: it must not leave either.
    const tally = await this.#check();
    this.#local.abort();
    await receiving;
    this.#peer.abort();
    return tally;
  }

  get #sum(): number {
    return this.#local.bytesWritten + this.#local.writer.unsentBytes;
  }

  async #write(): Promise<void> {
    const number = this.#written.length + 1;
    const data = NUMBERED[number]!.subarray(0, this.#random.pick(SIZES));
    const start = this.#accepted;
    const options = this.#random.below(3) === 0 ? { signal: this.#writeSignal.signal } : undefined;
    const wasOver = this.#local.signal.aborted;
    const settled = this.#local.writer.write(data, options).then(() => undefined, (error) => error);
    if (!wasOver && !this.#local.signal.aborted) this.#accepted += data.length;
    assert.equal(this.#sum, this.#accepted, "bytesWritten + unsentBytes is what was accepted");
    this.#written.push({ number, start, settled });
    if (this.#random.below(2) === 0) await this.#pause();
  }

  /** Nothing, some microtasks, or a turn: what gathers goes out at the end of a turn. */
  async #pause(): Promise<void> {
    const kind = this.#random.below(4);
    if (kind === 3) return void await turn();
    for (let i = 0; i < kind * 3; i++) await Promise.resolve();
  }

  async #receive(): Promise<void> {
    const into = new Uint8Array(1_000);
    try {
      for (let bytes: number | null = 0; bytes !== null && this.#received < this.#upTo;) {
        bytes = await this.#peer.read(into);
        this.#received += bytes ?? 0;
        for (let i = 0; i < (bytes ?? 0); i++) if (into[i] !== into[i - 1]) this.#log.add(into[i]!);
      }
    } catch {
      // It was reset, or let go by the cut: the log is what counts.
    }
  }

  #cut(): void {
    this.#random.pick([
      () => this.#peer.abort(),
      () => this.#peer.release(),
      () => this.#local.abort(),
      () => this.#signal.abort(),
      () => this.#writeSignal.abort(),
      () => void this.#local.close({ timeout: 1 }).catch(() => {}), // The writes are told.
    ])();
  }

  async #check(): Promise<{ safe: number; unsafe: number }> {
    await this.#finish();
    const tally = { safe: 0, unsafe: 0 };
    for (const { number, start, settled } of this.#written) {
      const error = await settled;
      if (error === undefined) continue;
      assert.ok(ConnectionAbortedError.is(error), String(error));
      assert.equal(error.bytesWritten + error.unsentBytes, this.#accepted);
      assert.equal(
        error.retrySafe,
        this.#given <= start,
        `write ${number}: ${this.#given} given, it starts at ${start}`,
      );
      if (error.retrySafe) assert.ok(!this.#log.has(number), `write ${number} arrived`);
      tally[error.retrySafe ? "safe" : "unsafe"]++;
    }
    return tally;
  }

  /** A cut that hit nothing leaves the connection open: ended now, so that every write settles. */
  async #finish(): Promise<void> {
    await turn();
    this.#local.abort();
    await this.#local.closed;
    assert.equal(this.#sum, this.#accepted);
  }
}

test("R26: A write that is safe to retry has not arrived, over 10,000 random cuts; the sums are always right", async () => {
  let [safe, unsafe] = [0, 0];
  for (let seed = 0; seed < RUNS; seed++) {
    try {
      const tally = await new Run(seed).run();
      safe += tally.safe;
      unsafe += tally.unsafe;
    } catch (error) {
      throw new Error(`Seed ${seed}`, { cause: error });
    }
  }
  // Otherwise it would have proved nothing.
  assert.ok(safe > RUNS / 10 && unsafe > RUNS / 10, `${safe} safe, ${unsafe} not`);
});
