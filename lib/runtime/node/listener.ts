/**
 * Listens with `node:net`.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import { lstat, stat, unlink } from "node:fs/promises";
import * as net from "node:net";
import { dirname } from "node:path";
import type { Address } from "../../address.ts";
import { Arrivals } from "../../arrivals.ts";
import { connectError, isMissingPermission } from "../../failure.ts";
import type { Acceptor, BindOptions } from "../../platform.ts";
import type { Transport } from "../../transport.ts";
import { localAddress } from "./dial.ts";
import { nodeCode } from "./failure.ts";
import type { NodeSocket } from "./net_socket.ts";
import { descriptorCode } from "./refusal.ts";
import { NodeTransport } from "./socket.ts";

/** Binds one address. */
export async function listen(options: BindOptions): Promise<Acceptor> {
  const { address } = options;
  if (address.transport === "unix") await removeStale(address.path);
  try {
    askDeno(address);
    const server = createServer(options);
    await bind(server, options);
    return new NodeAcceptor(server, options);
  } catch (error) {
    if (isMissingPermission(error)) throw error;
    throw connectError("listen", address, error, await bindCode(address, error));
  }
}

/** libuv says EACCES where the folder of a socket file is missing: as on TCP where the port is not permitted. */
async function bindCode(address: Address, error: unknown): Promise<string | undefined> {
  const code = nodeCode(error) ?? await hiddenCode(address);
  if (code !== "EACCES" || address.transport === "tcp") return code;
  const folder = await stat(dirname(address.path)).catch((why: unknown) => nodeCode(why));
  return folder === "ENOENT" ? folder : code;
}

/**
 * Under Deno, `server.listen` without permission is an uncaught exception on a later tick, out of anybody's reach. Binding
 * natively first throws the same NotCapable where it can be caught.
 */
function askDeno(address: Address): void {
  if (typeof Deno === "undefined" || address.transport === "unix") return;
  const { state } = Deno.permissions.querySync({ name: "net", host: `${address.hostname}:${address.port}` });
  if (state !== "granted") Deno.listen({ hostname: address.hostname, port: address.port }).close();
}

function createServer({ noDelay, keepAlive }: BindOptions): net.Server {
  return net.createServer({
    allowHalfOpen: true,
    // Each chunk stops the socket: the seam pulls.
    highWaterMark: 1,
    noDelay,
    keepAlive: keepAlive !== false,
    ...(typeof keepAlive === "number" && { keepAliveInitialDelay: keepAlive }),
  });
}

function bind(server: net.Server, { address, backlog, reusePort }: BindOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(
      address.transport === "unix"
        ? { path: address.path, backlog }
        : { host: address.hostname, port: address.port, backlog, exclusive: true, reusePort } as net.ListenOptions,
      resolve,
    );
  });
}

/** Bun fails to listen without a code when there is no descriptor left, or the name cannot be looked up. */
async function hiddenCode(address: Address): Promise<string | undefined> {
  const code = descriptorCode();
  if (code !== undefined || address.transport === "unix" || net.isIP(address.hostname) !== 0) return code;
  return await lookup(address.hostname).then(() => undefined, nodeCode);
}

/** A socket file that nobody listens on is in the way; anything else is not ours to remove. */
async function removeStale(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined); // Missing, or not ours to look at: the bind will say.
  if (!stat?.isSocket()) return;
  const refused = await new Promise<boolean>((resolve) => {
    const probe = net.connect({ path });
    probe.once("connect", () => resolve((probe.destroy(), false)));
    probe.once("error", (error) => resolve(nodeCode(error) === "ECONNREFUSED"));
  });
  if (refused) await unlink(path);
}

class NodeAcceptor implements Acceptor {
  readonly address: Address;
  dropped = 0;
  readonly #server: net.Server;
  readonly #backlog: number;
  readonly #arrivals: Arrivals = new Arrivals();

  constructor(server: net.Server, { address, backlog }: BindOptions) {
    this.#server = server;
    this.#backlog = backlog;
    const bound = server.address() as net.AddressInfo | string;
    this.address = typeof bound === "string"
      ? { transport: "unix", path: bound }
      : { transport: "tcp", hostname: bound.address, port: bound.port };
    server.on("connection", (socket) => this.#onConnection(socket as unknown as NodeSocket));
    server.on("error", (error) => this.#arrivals.fail(connectError("accept", address, error, nodeCode(error))));
  }

  accept(): Promise<Transport> {
    return this.#arrivals.next();
  }

  close(): void {
    if (this.#arrivals.closed) return;
    this.#server.close();
    this.#arrivals.close();
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }

  /** The runtime accepts whether anybody asked or not: what nobody takes is bounded, the rest is reset. */
  #onConnection(socket: NodeSocket): void {
    // A client that reset before it was accepted has no address any more.
    const remote: Address = this.address.transport === "unix"
      ? { transport: "unix", path: "" }
      : { transport: "tcp", hostname: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    const local = this.address.transport === "unix" ? this.address : localAddress(socket, remote);
    const transport = new NodeTransport(socket, "data", local, remote);
    if (this.#arrivals.closed || this.#arrivals.wanted || this.#arrivals.length < this.#backlog) {
      return this.#arrivals.add(transport);
    }
    this.dropped++;
    transport.abort();
  }
}
