import type { Address } from "../address.ts";
import type { Transport } from "../transport.ts";

/**
 * A transport around another one that passes everything through: what observes or disturbs overrides a method or two.
 */
export class WrappedTransport implements Transport {
  /** What it is put around. */
  protected readonly inner: Transport;
  /** There only where the inner one has it: what has no `ref` is no socket, and keeps no process alive. */
  readonly ref?: () => void;
  readonly unref?: () => void;

  /** @param inner The transport to pass everything to. */
  constructor(inner: Transport) {
    this.inner = inner;
    if (inner.ref !== undefined) this.ref = () => inner.ref?.();
    if (inner.unref !== undefined) this.unref = () => inner.unref?.();
  }

  get localAddress(): Address {
    return this.inner.localAddress;
  }

  get remoteAddress(): Address {
    return this.inner.remoteAddress;
  }

  /** 0 where the inner one does not know: whoever asks takes the larger of this and of what has settled. */
  get bytesTaken(): number {
    return this.inner.bytesTaken ?? 0;
  }

  watch(onFailure: (error: unknown) => void): void {
    this.inner.watch?.(onFailure);
  }

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.inner.read(into);
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.inner.write(chunks);
  }

  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }

  release(): void {
    this.inner.release();
  }

  abort(): void {
    this.inner.abort();
  }
}
