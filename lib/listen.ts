/**
 * The way in: bind an address.
 *
 * @module
 */
import { addressOf } from "./address.ts";
import { checkBoolean, checkBytes, checkChoice, checkOptions, checkTarget, checkTimeout } from "./arguments.ts";
import { wrapped } from "./connection.ts";
import { checkConnectionOptions, type ConnectionOptions } from "./connection_options.ts";
import { findChannels } from "./enable_diagnostics.ts";
import { handshakeError } from "./failure.ts";
import { Listener } from "./listener.ts";
import type { RuntimeName } from "./platform.ts";
import { checkRuntime, loadRuntime, loadTls } from "./runtime/mod.ts";
import { TlsAcceptor } from "./tls_acceptor.ts";
import { checkTlsOptions, type TlsOptions, type TlsUpgrade } from "./tls_options.ts";

/** What the kernel holds of connections that nobody has accepted: Node's default. */
const BACKLOG = 511;

/** A client that has not shaken hands by then holds a place of others. */
const HANDSHAKE_TIMEOUT = 10_000;

/** Handshakes at the same time: each costs a signature and tens of KiB. */
const MAX_PENDING_HANDSHAKES = 256;

/** Options of `listen`: where, how, and the options of every connection it accepts. */
export interface ListenOptions extends ConnectionOptions {
  /**
   * A name or an IP address of this machine.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string | undefined;
  /** A TCP port; 0 lets the system choose. Either this or `path`. */
  port?: number | undefined;
  /** A Unix socket; a stale file of one is replaced, a live one is not. Either this or `port`. */
  path?: string | undefined;
  /**
   * Connections that wait to be accepted; on Node and Bun also those the runtime has accepted already: what comes on top is
   * reset, and counted (`droppedConnections`).
   *
   * @default {511}
   */
  backlog?: number | undefined;
  /** Talks TLS with every client: at least `cert` and `key`. What `wrap` puts around a transport is beneath TLS. */
  tls?: TlsOptions | undefined;
  /**
   * Longest TLS handshake of a client, in ms; then it is reset.
   *
   * @default {10000}
   */
  handshakeTimeout?: number | undefined;
  /**
   * TLS handshakes at the same time; accepting pauses meanwhile.
   *
   * @default {256}
   */
  maxPendingHandshakes?: number | undefined;
  /**
   * Lets several processes listen on the port (`SO_REUSEPORT`), where the runtime can: Deno has it only with
   * `--unstable-net` or `runtime: "node"` (otherwise a `TypeError`), Node 20 ignores it.
   *
   * @default {false}
   */
  reusePort?: boolean | undefined;
  /**
   * Which sockets: the runtime's own, or `node:net`, also under Deno.
   *
   * @default {"auto"}
   */
  runtime?: RuntimeName | undefined;
}

/**
 * Listens on a TCP or Unix-socket address.
 *
 * Known as `asyncio.start_server` (without the handlers), `net.createServer` in Node, `bind(2)` and `listen(2)` in POSIX.
 *
 * @param target `"host:port"`, `"[::1]:80"`, `"tcp://…"`, `"unix:/run/x.sock"`, or options that name it.
 * @param options How; it wins over what `target` says of the same thing.
 * @returns A listener; port 0 has become the chosen one in its `address`.
 * @throws {ConnectError} It could not bind: `"address-in-use"`, `"permission-denied"`, … operation `"listen"`.
 * @throws {TypeError} A wrong address or option, before any I/O.
 * @throws {RangeError} A port, path length or number out of range, before any I/O.
 * @example Answer each connection with a line
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, listen } from "@hawser/net";
 *
 * await using listener = await listen("127.0.0.1:0");
 * const serving = (async () => {
 *   for await (const connection of listener) {
 *     await using peer = connection;
 *     await peer.writer.write("hello\n");
 *   }
 * })();
 * {
 *   await using client = await connect(listener.address);
 *   assert.equal(await client.reader.readLine(), "hello");
 * }
 * await listener.close();
 * await serving;
 * ```
 */
export function listen(
  target: string | ListenOptions,
  options: Omit<ListenOptions, "hostname" | "port" | "path"> = {},
): Promise<Listener> {
  // A client that cannot shake hands is noise: whoever wants to hear of it serves.
  return listenWith(target, options, () => {});
}

/** `listen`, and what is told of handshakes that failed. */
export async function listenWith(
  target: string | ListenOptions,
  options: Omit<ListenOptions, "hostname" | "port" | "path">,
  onHandshakeFailure: (error: unknown) => void,
): Promise<Listener> {
  findChannels();
  checkTarget(target);
  checkOptions(options);
  const given: ListenOptions = typeof target === "string" ? options : { ...target, ...options };
  checkListenOptions(given);
  const { address, tls: asked } = addressOf(typeof target === "string" ? target : given, 0);
  const name = given.runtime ?? "auto";
  checkRuntime(name);
  const upgrade = upgradeOf(given.tls, asked);
  const platform = upgrade && await loadTls();
  platform?.checkCertificates(upgrade!);
  const { backlog = BACKLOG, reusePort = false, noDelay = true, keepAlive = true } = given;
  const runtime = await loadRuntime(name);
  const acceptor = await runtime.listen({ address, backlog, reusePort, noDelay, keepAlive });
  if (platform === undefined) return new Listener(acceptor, given);
  const secure = new TlsAcceptor(acceptor, {
    handshake: (transport) => platform.startTls(wrapped(transport, given), upgrade!),
    timeout: given.handshakeTimeout ?? HANDSHAKE_TIMEOUT,
    maxPending: given.maxPendingHandshakes ?? MAX_PENDING_HANDSHAKES,
    onFailure: (failure, remote, elapsed) => onHandshakeFailure(handshakeError(remote, failure, elapsed)),
  });
  return new Listener(secure, { ...given, wrap: undefined });
}

function checkListenOptions(options: ListenOptions): void {
  checkConnectionOptions(options);
  checkBoolean("reusePort", options.reusePort);
  if (options.backlog !== undefined) checkBytes("backlog", options.backlog);
  checkTimeout("handshakeTimeout", options.handshakeTimeout);
  if (options.maxPendingHandshakes !== undefined) checkBytes("maxPendingHandshakes", options.maxPendingHandshakes);
  checkChoice("runtime", options.runtime, ["auto", "deno", "node"]);
}

function upgradeOf(tls: TlsOptions | undefined, asked: boolean): TlsUpgrade | undefined {
  if (tls === undefined && !asked) return undefined;
  const options = tls ?? {};
  checkTlsOptions(options, "server");
  return { ...options, role: "server" };
}
