/** How something settled: for what must be looked at again and again. */
export type Settled<T> = { readonly value: T } | { readonly error: unknown };

/** Runs `work` and follows it to its end; `settled` is `undefined` until then, and nothing is ever unhandled. */
export class Followed<T> {
  /** How it settled, once it has. */
  settled: Settled<T> | undefined;

  /** @param work Called at once; what it throws is a rejection, too. */
  constructor(work: () => Promise<T> | T) {
    void this.#follow(work);
  }

  async #follow(work: () => Promise<T> | T): Promise<void> {
    try {
      this.settled = { value: await work() };
    } catch (error) {
      this.settled = { error };
    }
  }
}
