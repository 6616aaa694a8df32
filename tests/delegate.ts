import type { Address, Transport } from "../mod.ts";

/** What a test does differently. */
export type Overrides = Partial<Pick<Transport, "read" | "write" | "closeWrite" | "release" | "abort">>;

/** A transport around another one, with some of its methods replaced. */
export class Delegate implements Transport {
  readonly #inner: Transport;
  readonly #overrides: Overrides;

  constructor(inner: Transport, overrides: Overrides) {
    this.#inner = inner;
    this.#overrides = overrides;
  }

  get localAddress(): Address {
    return this.#inner.localAddress;
  }

  get remoteAddress(): Address {
    return this.#inner.remoteAddress;
  }

  get bytesTaken(): number {
    return this.#inner.bytesTaken ?? 0;
  }

  watch(onFailure: (error: unknown) => void): void {
    this.#inner.watch?.(onFailure);
  }

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return (this.#overrides.read ?? this.#inner.read.bind(this.#inner))(into);
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    return (this.#overrides.write ?? this.#inner.write.bind(this.#inner))(chunks);
  }

  closeWrite(): Promise<void> {
    return (this.#overrides.closeWrite ?? this.#inner.closeWrite.bind(this.#inner))();
  }

  release(): void {
    (this.#overrides.release ?? this.#inner.release.bind(this.#inner))();
  }

  abort(): void {
    (this.#overrides.abort ?? this.#inner.abort.bind(this.#inner))();
  }
}
