import type { Address } from "./address.ts";
import { Arrivals } from "./arrivals.ts";
import { Deadline, now } from "./clock.ts";
import { type Failure, failureOf, failureOfBound } from "./failure.ts";
import type { Acceptor } from "./platform.ts";
import type { Transport } from "./transport.ts";

/** How handshakes are made. */
export interface HandshakeOptions {
  /** Makes one; when it fails the transport has been let go. */
  handshake(transport: Transport): Promise<Transport>;
  /** Longest, in ms. */
  readonly timeout: number;
  /** At the same time, at most. */
  readonly maxPending: number;
  /** Told of each that failed. */
  onFailure(failure: Failure, remote: Address, elapsed: number): void;
}

/**
 * Hands out connections whose TLS handshake is done. Handshakes go on side by side: a client that says nothing holds up
 * nobody, and at most so many wait.
 */
export class TlsAcceptor implements Acceptor {
  readonly address: Address;
  readonly #inner: Acceptor;
  readonly #options: HandshakeOptions;
  readonly #pending: Set<Transport> = new Set();
  readonly #arrivals: Arrivals = new Arrivals();
  #accepting = false;

  constructor(inner: Acceptor, options: HandshakeOptions) {
    this.address = inner.address;
    this.#inner = inner;
    this.#options = options;
  }

  get dropped(): number {
    return this.#inner.dropped ?? 0;
  }

  accept(): Promise<Transport> {
    const next = this.#arrivals.next();
    this.#acceptMore();
    return next;
  }

  close(): void {
    if (this.#arrivals.closed) return;
    this.#inner.close();
    this.#arrivals.close();
    for (const transport of this.#pending) transport.abort();
  }

  ref(): void {
    this.#inner.ref();
  }

  unref(): void {
    this.#inner.unref();
  }

  /** Accepts while somebody waits: a client that is slow to shake hands is joined by the next. */
  #acceptMore(): void {
    const full = this.#pending.size >= this.#options.maxPending;
    if (this.#accepting || !this.#arrivals.wanted || full) return;
    this.#accepting = true;
    this.#inner.accept().then((transport) => {
      this.#accepting = false;
      void this.#shakeHands(transport);
      this.#acceptMore();
    }, (error) => {
      this.#accepting = false;
      this.#arrivals.fail(error); // Nobody waits any more when it is closed.
    });
  }

  async #shakeHands(transport: Transport): Promise<void> {
    if (this.#arrivals.closed) return transport.abort();
    this.#pending.add(transport);
    const started = now();
    const { timeout } = this.#options;
    let timedOut = false;
    const deadline = new Deadline(() => {
      timedOut = true;
      transport.abort();
    });
    deadline.arm(timeout, started);
    try {
      this.#arrivals.add(await this.#options.handshake(transport));
    } catch (error) {
      const own = failureOf(error);
      // One that is being turned away is told so, however long that takes.
      const failure = timedOut && own.reason !== "tls" ? failureOfBound("handshakeTimeout", timeout) : own;
      if (!this.#arrivals.closed) this.#options.onFailure(failure, transport.remoteAddress, now() - started);
    } finally {
      deadline.dispose();
      this.#pending.delete(transport);
      this.#acceptMore();
    }
  }
}
