/**
 * The way in: bind an address.
 *
 * @module
 */
import { type Address, parseAddress, tcpAddress, unixAddress } from "./address.ts";
import { checkBoolean, checkBytes, checkChoice, checkOptions, checkTarget } from "./arguments.ts";
import { checkConnectionOptions, type ConnectionOptions } from "./connection_options.ts";
import { Listener } from "./listener.ts";
import type { RuntimeName } from "./platform.ts";
import { checkRuntime, loadRuntime } from "./runtime/mod.ts";

/** What the kernel holds of connections that nobody has accepted: Node's default. */
const BACKLOG = 511;

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
   * Connections that wait to be accepted; on Node and Bun also those the runtime has accepted already.
   *
   * @default {511}
   */
  backlog?: number | undefined;
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
 * Known as `asyncio.start_server` (without the handlers), `net.createServer` in Node.
 *
 * @param target `"host:port"`, `"unix:/run/x.sock"`, or options that name it.
 * @param options The rest; with the text or `address` of somebody else it is all there is.
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
export async function listen(
  target: string | ListenOptions,
  options: Omit<ListenOptions, "hostname" | "port" | "path"> = {},
): Promise<Listener> {
  checkTarget(target);
  checkOptions(options);
  const given: ListenOptions = typeof target === "string" ? options : { ...target, ...options };
  checkConnectionOptions(given);
  checkBoolean("reusePort", given.reusePort);
  if (given.backlog !== undefined) checkBytes("backlog", given.backlog);
  checkChoice("runtime", given.runtime, ["auto", "deno", "node"]);
  const address = typeof target === "string" ? fromText(target) : fromOptions(given);
  const name = given.runtime ?? "auto";
  checkRuntime(name);
  const { backlog = BACKLOG, reusePort = false, noDelay = true, keepAlive = true } = given;
  const runtime = await loadRuntime(name);
  return new Listener(await runtime.listen({ address, backlog, reusePort, noDelay, keepAlive }), given);
}

function fromText(text: string): Address {
  const { address, tls } = parseAddress(text);
  if (tls) throw new TypeError("Cannot listen with TLS: this version has no TLS yet");
  return address;
}

function fromOptions(options: ListenOptions): Address {
  if ((options as { tls?: unknown }).tls) throw new TypeError("Cannot listen with TLS: this version has no TLS yet");
  const { hostname, port, path } = options;
  if (path !== undefined && (port !== undefined || hostname !== undefined)) {
    throw new TypeError("Cannot listen on both a path and a port: give one of them");
  }
  return path !== undefined ? unixAddress(path) : tcpAddress(hostname ?? "127.0.0.1", port, 0);
}
