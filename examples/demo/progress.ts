/** A progress bar: one line that is rewritten on a terminal, elsewhere a line for each quarter and each change of pace. */
import process from "node:process";

const WIDTH = 40;

/** A terminal is not written to more often than a person sees. */
const REFRESH = 50;

const MIB = 1024 * 1024;

/** Shows how far a transfer is. */
export class Progress {
  readonly #label: string;
  readonly #total: number;
  readonly #started: number = performance.now();
  #done = 0;
  #shownAt = 0;
  #quarters = 0;
  #note = "";

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  /** Counts bytes; `note` says what is special about this moment. */
  add(bytes: number, note = ""): void {
    this.#done += bytes;
    const now = performance.now();
    const complete = this.#done >= this.#total;
    if (process.stdout.isTTY) {
      if (!complete && now - this.#shownAt < REFRESH) return;
      this.#shownAt = now;
      process.stdout.write(`\r${this.#line(now, note)}\x1b[K${complete ? "\n" : ""}`);
      return;
    }
    const quarters = Math.floor(4 * this.#done / this.#total);
    if (quarters === this.#quarters && note === this.#note) return;
    [this.#quarters, this.#note] = [quarters, note];
    console.log(this.#line(now, note));
  }

  #line(now: number, note: string): string {
    const share = this.#done / this.#total;
    const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "░");
    const speed = this.#done / MIB / ((now - this.#started) / 1_000);
    const numbers = [`${Math.floor(share * 100)} %`.padStart(5), `${Math.floor(this.#done / MIB)} MiB`.padStart(7)];
    return `  ${this.#label.padEnd(8)} ${bar} ${numbers.join("  ")}  ${speed.toFixed(0).padStart(5)} MiB/s  ${note}`
      .trimEnd();
  }
}
