/**
 * The way out: dial an address.
 *
 * @module
 */
import { onAbort } from "./abort_hub.ts";
import { type Address, addressOf } from "./address.ts";
import { checkChoice, checkOptions, checkTarget, checkTimeout } from "./arguments.ts";
import { Deadline, now } from "./clock.ts";
import { Connection, rememberHostname, wrapped } from "./connection.ts";
import { checkConnectionOptions, type ConnectionOptions } from "./connection_options.ts";
import { listening, newId, noteOrigin, tell } from "./diagnostics.ts";
import { findChannels } from "./enable_diagnostics.ts";
import { ConnectionAbortedError } from "./errors.ts";
import { type Failure, failureOf, failureOfBound, failureOfSignal, handshakeError } from "./failure.ts";
import type { RuntimeName } from "./platform.ts";
import { checkRuntime, loadRuntime, loadTls } from "./runtime/mod.ts";
import { upgradeOf } from "./start_tls.ts";
import type { TlsOptions, TlsUpgrade } from "./tls_options.ts";
import type { Transport } from "./transport.ts";

/** A dial that nobody bounded: above the 21 s that three SYN retries take, below a user's patience. */
const DIAL_TIMEOUT = 30_000;

/** Options of `connect`, besides the address. `signal` aborts the dial, and the connection for as long as it lives. */
export interface DialLimits extends ConnectionOptions {
  /**
   * Bounds the dial alone (DNS, TCP and TLS), in ms.
   *
   * @default {30000}
   */
  timeout?: number | undefined;
  /**
   * Talks TLS: `true`, or how. The dial resolves after the handshake; `timeout` and `signal` cover it. What `wrap` puts
   * around the transport is beneath TLS, as a network is.
   *
   * @default {false}
   */
  tls?: boolean | TlsOptions | undefined;
  /**
   * Which sockets: the runtime's own, or `node:net`, also under Deno (whose own sockets have no RST).
   *
   * @default {"auto"}
   */
  runtime?: RuntimeName | undefined;
}

/** Options of `connect`: where to, and how. */
export interface ConnectOptions extends DialLimits {
  /**
   * A name or an IP address; with brackets or without.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string | undefined;
  /** A TCP port; either this or `path`. */
  port?: number | undefined;
  /** A Unix socket; either this or `port`. */
  path?: string | undefined;
}

/**
 * Connects to a TCP or Unix-socket address.
 *
 * A dial that failed, timed out or was aborted leaves no socket open, also one that connects late. Several addresses of a
 * name are raced (RFC 8305) on Node and Bun; Deno does so itself. With TLS it resolves after the handshake.
 *
 * Cancel safe: a dial that is given up has sent nothing of yours, and can be repeated (`retrySafe`).
 *
 * Known as `asyncio.open_connection`, `net.connect` in Node, `net.Dial` in Go, `connect(2)` in POSIX.
 *
 * @param target `"host:port"`, `"[::1]:80"`, `"tcp://…"`, `"tls://…"`, `"unix:/run/x.sock"`, or options that name it.
 * @param options How; it wins over what `target` says of the same thing.
 * @returns A connection, open, yours to close.
 * @throws {ConnectError} It was never established: `reason` says why, `attempts` what was tried.
 * @throws {ConnectionAbortedError} Reason `"timeout"` or `"signal"`: this side gave up the dial.
 * @throws {TypeError} A wrong address or option, malformed certificates, or TLS on Bun, before any I/O.
 * @throws {RangeError} A port, path length or number out of range, before any I/O.
 * @example Dial, ask, read, close
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, listen } from "@hawser/net";
 *
 * await using listener = await listen({ port: 0 });
 * const answering = (async () => {
 *   await using connection = await listener.accept();
 *   await connection.writer.write(`you said ${await connection.reader.readLine()}\n`);
 * })();
 * {
 *   await using connection = await connect(listener.address);
 *   await connection.writer.write("hello\n");
 *   assert.equal(await connection.reader.readLine({ timeout: 5_000 }), "you said hello");
 * }
 * await answering;
 * ```
 */
export async function connect(target: string | ConnectOptions, options: DialLimits = {}): Promise<Connection> {
  findChannels();
  checkTarget(target);
  checkOptions(options);
  const given: ConnectOptions = typeof target === "string" ? options : { ...target, ...options };
  checkConnectionOptions(given);
  checkTimeout("timeout", given.timeout);
  checkChoice("runtime", given.runtime, ["auto", "deno", "node"]);
  const runtime = given.runtime ?? "auto";
  checkRuntime(runtime);
  const { address, tls: asked } = addressOf(typeof target === "string" ? target : given, 1);
  const upgrade = tlsOf(given.tls ?? asked, address);
  if (upgrade !== undefined) (await loadTls()).checkCertificates(upgrade);
  const dial = { address, noDelay: given.noDelay ?? true, keepAlive: given.keepAlive ?? true };
  const open = async (signal: AbortSignal): Promise<Transport> => {
    const transport = await (await loadRuntime(runtime)).dial(dial, signal);
    return upgrade === undefined ? transport : await secure(transport, given, upgrade, address, signal);
  };
  const id = newId();
  if (listening("dial")) tell("dial", { id, remoteAddress: address, tls: upgrade !== undefined });
  try {
    const transport = await dialWithin(open, address, given.signal, given.timeout ?? DIAL_TIMEOUT);
    noteOrigin(transport, "dial", id);
    const connection = new Connection(transport, upgrade === undefined ? given : { ...given, wrap: undefined });
    if (address.transport === "tcp") rememberHostname(connection, address.hostname);
    return connection;
  } catch (error) {
    if (listening("dial-failed")) tell("dial-failed", { id, remoteAddress: address, error });
    throw error;
  }
}

function tlsOf(tls: boolean | TlsOptions, address: Address): TlsUpgrade | undefined {
  if (tls === false) return undefined;
  const hostname = address.transport === "tcp" ? address.hostname : undefined;
  return upgradeOf(tls === true ? {} : tls, hostname);
}

/** The handshake, over whatever `wrap` has put around the transport. */
async function secure(
  transport: Transport,
  options: ConnectionOptions,
  upgrade: TlsUpgrade,
  address: Address,
  signal: AbortSignal,
): Promise<Transport> {
  const started = now();
  const beneath = wrapped(transport, options);
  const forget = signal.aborted ? beneath.abort() : onAbort(signal, () => beneath.abort());
  try {
    return await (await loadTls()).startTls(beneath, upgrade);
  } catch (error) {
    throw handshakeError(address, failureOf(error), now() - started);
  } finally {
    forget?.();
  }
}

/** Connects, TLS and all; when the signal aborts it rejects soon and leaves nothing open. */
type Open = (signal: AbortSignal) => Promise<Transport>;

/** What ended the wait for a dial. */
type Outcome = { transport: Transport } | { error: unknown } | { failure: Failure };

/** Dials until it succeeds, fails, or this side gives up; what connects late is closed. */
async function dialWithin(
  open: Open,
  remoteAddress: Address,
  signal: AbortSignal | undefined,
  timeout: number,
): Promise<Transport> {
  const started = now();
  const outcome = signal?.aborted ? { failure: failureOfSignal(signal.reason) } : await raceDial(open, signal, timeout);
  // The very moment of success: the signal may have fired while this function was on its way to wake.
  if ("transport" in outcome && !signal?.aborted) return outcome.transport;
  if ("transport" in outcome) outcome.transport.abort();
  if ("error" in outcome) throw outcome.error;
  const failure = "failure" in outcome ? outcome.failure : failureOfSignal(signal!.reason);
  const elapsed = now() - started;
  throw new ConnectionAbortedError({ ...failure, operation: "connect", remoteAddress, elapsed, retrySafe: true });
}

async function raceDial(
  open: Open,
  signal: AbortSignal | undefined,
  timeout: number,
): Promise<Outcome> {
  const stop = new AbortController();
  let giveUp!: (failure: Failure) => void;
  const givenUp = new Promise<Outcome>((resolve) => giveUp = (failure) => resolve({ failure }));
  const deadline = new Deadline(() => giveUp(failureOfBound("timeout", timeout)));
  deadline.arm(timeout);
  const forget = signal && onAbort(signal, () => giveUp(failureOfSignal(signal.reason)));
  const dialled: Promise<Outcome> = open(stop.signal)
    .then((transport) => ({ transport }), (error: unknown) => ({ error }));
  const outcome = await Promise.race([dialled, givenUp]);
  deadline.dispose();
  forget?.();
  if ("failure" in outcome) {
    stop.abort();
    void dialled.then((late) => "transport" in late && late.transport.abort());
  }
  return outcome;
}
