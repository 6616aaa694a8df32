import type { Address } from "../address.ts";
import { now } from "../clock.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import type { Connection } from "../connection.ts";

/** How long bytes that came before a reset may take to get on, before the reset follows them. */
const LAST_BYTES = 1_000;

/** How long a client without an upstream may take to end its side. */
const GOODBYE = 100;

/**
 * Where a proxied connection is: dialling the upstream, open, ended in order both ways, or broken (the upstream cannot be
 * reached, one side was reset, a fault struck, the proxy was closed).
 */
export type ProxyState = "connecting" | "open" | "ended" | "broken";

/** One connection through a `faultProxy`. */
export interface ProxiedConnection {
  /** Counted from 1, in the order in which they were accepted. */
  readonly id: number;
  /** Who dialled the proxy. */
  readonly client: Address;
  /** Bytes that went on to the upstream. */
  readonly upstreamBytes: number;
  /** Bytes that went on to the client. */
  readonly downstreamBytes: number;
  /** Where it is in its life. */
  readonly state: ProxyState;
  /** Milliseconds since it was accepted, up to its end. */
  readonly age: number;
  /** What broke it. */
  readonly error: Error | undefined;
  /** Settles when both sides are closed; never rejects. */
  readonly closed: Promise<void>;
  /** Resets both sides. */
  abort(): void;
}

/** Relays between one client and the upstream: ends travel as ends, resets as resets, bytes before both. */
export class Relay implements ProxiedConnection {
  readonly id: number;
  readonly closed: Promise<void>;
  readonly #client: Connection;
  #upstream: Connection | undefined;
  readonly #controller: AbortController = new AbortController();
  readonly #started: number = now();
  #ended: number | undefined;
  #state: ProxyState = "connecting";
  #error: Error | undefined;

  /** @param id Its number. @param client Who dialled. @param upstream Where to dial, how, and with what around it. */
  constructor(id: number, client: Connection, upstream: ConnectOptions) {
    this.id = id;
    this.#client = client;
    this.closed = this.#run(upstream);
  }

  get client(): Address {
    return this.#client.remoteAddress;
  }

  get upstreamBytes(): number {
    return this.#upstream?.bytesWritten ?? 0;
  }

  get downstreamBytes(): number {
    return this.#client.bytesWritten;
  }

  get state(): ProxyState {
    return this.#state;
  }

  get age(): number {
    return (this.#ended ?? now()) - this.#started;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  abort(): void {
    this.#client.abort();
    this.#upstream?.abort();
    this.#controller.abort(); // Of the dial. Last: the upstream has its own reason by then.
  }

  async #run(upstream: ConnectOptions): Promise<void> {
    try {
      this.#upstream = await connect({ ...upstream, signal: this.#controller.signal });
      this.#state = "open";
      await this.#relay(this.#client, this.#upstream);
      this.#state = "ended";
    } catch (error) {
      this.#state = "broken";
      // Aborted during the dial: it is over because this side closed it, not because of a signal that nobody knows of.
      this.#error ??= this.#controller.signal.aborted ? (await this.#client.closed).error : error as Error;
      await this.#sayNobodyIsThere();
    }
    this.#ended = now();
    await Promise.all([this.#client.closed, this.#upstream?.closed]);
  }

  /** Both ways until both have ended; rejects with what broke one of them, when both sides are aborted. */
  async #relay(client: Connection, upstream: Connection): Promise<void> {
    const flows = [this.#carry(client, upstream), this.#carry(upstream, client)];
    const broken = (await Promise.allSettled(flows)).some(({ status }) => status === "rejected");
    if (broken) {
      client.abort();
      upstream.abort();
      throw this.#error;
    }
    await Promise.all([client.close(), upstream.close()]);
  }

  /** One way, up to the end, which travels on. */
  async #carry(from: Connection, to: Connection): Promise<void> {
    try {
      for (;;) {
        const chunk = await from.reader.read({ borrow: true });
        if (chunk === null) return await to.writer.closeWrite();
        await to.writer.write(chunk);
      }
    } catch (error) {
      this.#error ??= error as Error;
      await this.#passReset(from, to);
      throw error;
    }
  }

  /**
   * The reset of `from` travels on, behind its last bytes. When it is `to` that broke, the other direction still brings what
   * it had said, and finds out by itself.
   */
  async #passReset(from: Connection, to: Connection): Promise<void> {
    if (!from.signal.aborted || to.signal.aborted) return;
    // Whoever does not take them has its own trouble: what counts is that the reset follows.
    await to.writer.flush({ timeout: LAST_BYTES, keepOpen: true }).catch(() => {});
    to.abort();
  }

  /** The client of an upstream that cannot be reached finds an end of stream, not a reset: it did nothing wrong. */
  async #sayNobodyIsThere(): Promise<void> {
    if (this.#upstream !== undefined || this.#controller.signal.aborted) return this.#client.abort();
    await this.#client.close({ timeout: GOODBYE }).catch(() => {}); // It has gone first: nothing is lost.
  }
}
