/** Type, version (2), length (2): RFC 8446, 5.1. */
const HEADER_BYTES = 5;

/** Follows a stream of TLS records, whose headers are never encrypted, and knows whether one is incomplete. */
export class RecordBorder {
  #header = 0;
  #length = 0;
  /** Bytes of the payload that are missing. */
  #missing = 0;

  /** Whether what has come so far ends inside a record. */
  get inside(): boolean {
    return this.#header > 0;
  }

  /** Takes the next bytes of the stream. */
  pass(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      at += this.#missing > 0 ? this.#payload(bytes.length - at) : this.#next(bytes[at]!);
    }
  }

  #next(byte: number): number {
    if (this.#header >= HEADER_BYTES - 2) this.#length = this.#length * 256 + byte;
    this.#header++;
    if (this.#header < HEADER_BYTES) return 1;
    this.#missing = this.#length;
    this.#length = 0;
    if (this.#missing === 0) this.#header = 0;
    return 1;
  }

  #payload(bytes: number): number {
    const passed = Math.min(bytes, this.#missing);
    this.#missing -= passed;
    if (this.#missing === 0) this.#header = 0;
    return passed;
  }
}
