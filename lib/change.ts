/** Something that may change, and everybody who waits for it to: they look at the state again when they wake. */
export class Change {
  #next: Promise<void> | undefined;
  #announce: (() => void) | undefined;

  /** Settles at the next announcement. */
  next(): Promise<void> {
    return this.#next ??= new Promise((resolve) => this.#announce = resolve);
  }

  /** Wakes everybody who waits now. */
  announce(): void {
    const announce = this.#announce;
    this.#announce = this.#next = undefined;
    announce?.();
  }
}
