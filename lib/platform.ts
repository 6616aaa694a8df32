/**
 * What a platform offers to the doors: types only.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { TlsUpgrade } from "./tls_options.ts";
import type { Transport } from "./transport.ts";

/** Which platform carries the bytes: the runtime's own, or `node:net` (also under Deno). */
export type RuntimeName = "auto" | "deno" | "node";

/** What a dialer needs to know. */
export interface DialOptions {
  readonly address: Address;
  readonly noDelay: boolean;
  readonly keepAlive: boolean | number;
}

/** What a listener needs to know. */
export interface BindOptions extends DialOptions {
  readonly backlog: number;
  readonly reusePort: boolean;
}

/** A bound socket: hands out transports, one at a time. */
export interface Acceptor {
  /** Where it listens, with the port that was chosen. */
  readonly address: Address;
  /** How many were reset because `backlog` others waited; where the runtime accepts only when it is asked there is none. */
  readonly dropped?: number;
  /** The next connection; at most one call is outstanding. Rejects when closed. */
  accept(): Promise<Transport>;
  /** Stops listening and resets what nobody took. Idempotent, never throws, wakes a pending accept. */
  close(): void;
  ref(): void;
  unref(): void;
}

/** One platform. */
export interface Runtime {
  /** Dials; when the signal aborts it rejects soon and leaves no socket behind, also one that connects late. */
  dial(options: DialOptions, signal: AbortSignal): Promise<Transport>;
  /** Binds. */
  listen(options: BindOptions): Promise<Acceptor>;
}

/** TLS over any transport. */
export interface TlsPlatform {
  /** Checks certificates and keys, before any I/O: a `TypeError` names what is malformed. */
  checkCertificates(upgrade: TlsUpgrade): void;
  /** Makes the handshake; when it fails the transport has been let go. */
  startTls(transport: Transport, upgrade: TlsUpgrade): Promise<Transport>;
}
