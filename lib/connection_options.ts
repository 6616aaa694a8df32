/**
 * What every door into a connection takes, checked and with its defaults.
 *
 * @module
 */
import {
  checkBoolean,
  checkBytes,
  checkFunction,
  checkNoKeepOpen,
  checkOptions,
  checkSignal,
  checkTimeout,
} from "./arguments.ts";
import type { Transport } from "./transport.ts";

/** Options of a connection, whichever way it came to be. */
export interface ConnectionOptions {
  /** Aborts the connection for as long as it lives. */
  signal?: AbortSignal | undefined;
  /**
   * Sends small segments at once (`TCP_NODELAY`).
   *
   * @default {true}
   */
  noDelay?: boolean | undefined;
  /**
   * Has the kernel probe an idle peer (`SO_KEEPALIVE`); a number is the idle time in ms before the first probe, where
   * the runtime takes one (Node and Bun; Deno uses the system's values).
   *
   * @default {true}
   */
  keepAlive?: boolean | number | undefined;
  /**
   * Longest wait of a read without a byte, in ms.
   *
   * @default {Infinity}
   */
  readTimeout?: number | undefined;
  /**
   * Longest wait of accepted bytes without one being taken, in ms, also when nobody awaits them.
   *
   * @default {Infinity}
   */
  writeTimeout?: number | undefined;
  /**
   * Longest time without a byte either way, in ms, also while nobody reads.
   *
   * @default {Infinity}
   */
  idleTimeout?: number | undefined;
  /**
   * Buffered bytes above which `write` waits; it goes on at a quarter of them.
   *
   * @default {65536}
   */
  highWaterMark?: number | undefined;
  /**
   * Buffered bytes above which a write is refused and the connection aborted, reason `"overflow"`.
   *
   * @default {16777216}
   */
  writeBufferLimit?: number | undefined;
  /**
   * Longest time of a graceful close, in ms.
   *
   * @default {5000}
   */
  closeTimeout?: number | undefined;
  /** Puts something around the transport: a fault, a counter, a tracer. */
  wrap?: ((transport: Transport) => Transport) | undefined;
}

/** The options with their defaults. */
export interface ResolvedOptions {
  readonly readTimeout: number;
  readonly writeTimeout: number;
  readonly idleTimeout: number;
  readonly highWaterMark: number;
  readonly writeBufferLimit: number;
  readonly closeTimeout: number;
}

/** Checks before any I/O; a door that dials or listens calls it first. */
export function checkConnectionOptions(options: ConnectionOptions): void {
  checkOptions(options);
  checkNoKeepOpen(options);
  checkSignal(options.signal);
  checkBoolean("noDelay", options.noDelay);
  if (typeof options.keepAlive === "number") checkTimeout("keepAlive", options.keepAlive);
  else checkBoolean("keepAlive", options.keepAlive);
  checkTimeout("readTimeout", options.readTimeout);
  checkTimeout("writeTimeout", options.writeTimeout);
  checkTimeout("idleTimeout", options.idleTimeout);
  checkTimeout("closeTimeout", options.closeTimeout);
  if (options.highWaterMark !== undefined) checkBytes("highWaterMark", options.highWaterMark);
  if (options.writeBufferLimit !== undefined) checkBytes("writeBufferLimit", options.writeBufferLimit);
  checkFunction("wrap", options.wrap);
}

const DEFAULTS: ResolvedOptions = {
  readTimeout: Infinity,
  writeTimeout: Infinity,
  idleTimeout: Infinity,
  highWaterMark: 65_536,
  writeBufferLimit: 16_777_216,
  closeTimeout: 5_000,
};

const NAMES = Object.keys(DEFAULTS) as (keyof ResolvedOptions)[];

/** The options with their defaults filled in; they must have been checked. One object for all who want nothing else. */
export function resolveOptions(options: ConnectionOptions): ResolvedOptions {
  if (NAMES.every((name) => options[name] === undefined)) return DEFAULTS;
  return {
    readTimeout: options.readTimeout ?? DEFAULTS.readTimeout,
    writeTimeout: options.writeTimeout ?? DEFAULTS.writeTimeout,
    idleTimeout: options.idleTimeout ?? DEFAULTS.idleTimeout,
    highWaterMark: options.highWaterMark ?? DEFAULTS.highWaterMark,
    writeBufferLimit: options.writeBufferLimit ?? DEFAULTS.writeBufferLimit,
    closeTimeout: options.closeTimeout ?? DEFAULTS.closeTimeout,
  };
}
