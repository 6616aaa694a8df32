/**
 * Doors for what you have already: a `Deno.Conn`, a `net.Socket`, a pair of WHATWG streams.
 *
 * @module
 */
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import { findChannels } from "./enable_diagnostics.ts";
import { type DenoConn, DenoTransport } from "./runtime/deno/conn.ts";
import type { NodeSocket } from "./runtime/node/net_socket.ts";
import { NodeTransport } from "./runtime/node/socket.ts";
import { type StreamPair, WebTransport } from "./web_transport.ts";

/**
 * Adopts a `Deno.Conn`: the connection owns it from now on.
 *
 * @param conn A TCP or Unix connection that nobody reads from.
 * @param options Of the connection; `noDelay` and `keepAlive` are left as they are.
 * @returns The connection.
 * @throws {TypeError} Not a stream connection.
 * @example Adopt what a listener of Deno accepted
 * ```ts
 * import assert from "node:assert/strict";
 * import { fromDeno } from "@hawser/net";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const dialled = Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * const server = fromDeno(await listener.accept());
 * const client = fromDeno(await dialled);
 * await client.writer.write("hello\n");
 * assert.equal(await server.reader.readLine(), "hello");
 * await Promise.all([server.close(), client.close()]);
 * ```
 */
export function fromDeno(conn: DenoConn, options?: ConnectionOptions): Connection {
  findChannels();
  checkMethods("Deno.Conn", conn, ["read", "write", "close", "closeWrite"]);
  return new Connection(new DenoTransport(conn), options);
}

/**
 * Adopts a connected `net.Socket` of Node, Bun or Deno: the connection owns it from now on.
 *
 * It is synchronous, so that no `'error'` event can fall between. `allowHalfOpen` becomes `true`.
 *
 * @param socket A connected TCP or Unix socket without an encoding.
 * @param options Of the connection; `noDelay` and `keepAlive` are left as they are.
 * @returns The connection.
 * @throws {TypeError} Not a stream socket, not connected yet, destroyed, or decoding text.
 * @example Adopt in a server of node:net
 * ```ts
 * import assert from "node:assert/strict";
 * import { createServer } from "node:net";
 * import type { AddressInfo } from "node:net";
 * import { connect, fromNode } from "@hawser/net";
 *
 * const server = createServer(async (socket) => {
 *   await using connection = fromNode(socket);
 *   await connection.writer.write("hello\n");
 * });
 * await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
 * const { port } = server.address() as AddressInfo;
 * await using client = await connect({ port });
 * assert.equal(await client.reader.readLine(), "hello");
 * server.close();
 * ```
 */
export function fromNode(socket: NodeSocket, options?: ConnectionOptions): Connection {
  findChannels();
  checkMethods("net.Socket", socket, ["on", "read", "write", "end", "destroy", "resume"]);
  if (socket.connecting) throw new TypeError('Cannot adopt the socket: it is still connecting; wait for "connect"');
  if (socket.destroyed) throw new TypeError("Cannot adopt the socket: it is destroyed");
  if (neverConnected(socket)) throw new TypeError("Cannot adopt the socket: it was never connected");
  if (socket.readableEncoding !== null && socket.readableEncoding !== undefined) {
    throw new TypeError(`Cannot adopt the socket: it decodes ${socket.readableEncoding} text, which loses bytes`);
  }
  const [local, remote] = addresses(socket);
  return new Connection(new NodeTransport(socket, "data", local, remote), options);
}

/**
 * Adopts a pair of WHATWG streams: the connection owns them from now on. Both must be unlocked.
 *
 * `close()` closes the writable and cancels the readable, `abort()` aborts and cancels them; streams know no reset.
 *
 * @param streams The readable and the writable of one conversation; chunks are `Uint8Array`.
 * @param options Of the connection; `noDelay` and `keepAlive` mean nothing here.
 * @returns The connection. Its addresses are empty.
 * @throws {TypeError} Not a pair of streams, or one is locked.
 * @example Talk through a pair of transforms
 * ```ts
 * import assert from "node:assert/strict";
 * import { fromWeb } from "@hawser/net";
 *
 * const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()];
 * const client = fromWeb({ readable: back.readable, writable: there.writable });
 * const server = fromWeb({ readable: there.readable, writable: back.writable });
 * void client.writer.write("hello\n");
 * assert.equal(await server.reader.readLine(), "hello");
 * await Promise.all([client.close(), server.close()]);
 * ```
 */
export function fromWeb(streams: StreamPair, options?: ConnectionOptions): Connection {
  findChannels();
  checkMethods("readable", streams?.readable, ["getReader"]);
  checkMethods("writable", streams.writable, ["getWriter"]);
  for (const name of ["readable", "writable"] as const) {
    if (streams[name].locked) throw new TypeError(`Cannot adopt the streams: the ${name} one is locked`);
  }
  return new Connection(new WebTransport(streams), options);
}

/** Has no handle yet. On Bun a Unix socket whose peer has closed has none any more, but has bytes, or is not readable. */
function neverConnected(socket: NodeSocket & { pending?: boolean; readable?: boolean; bytesRead?: number }): boolean {
  return socket.pending === true && socket.readable === true && socket.bytesRead === 0;
}

/** Both ends; a Unix socket has neither address nor port. */
function addresses(socket: NodeSocket): [local: Address, remote: Address] {
  if (socket.remoteAddress === undefined) {
    return [{ transport: "unix", path: "" }, { transport: "unix", path: "" }];
  }
  return [
    { transport: "tcp", hostname: socket.localAddress ?? "", port: socket.localPort ?? 0 },
    { transport: "tcp", hostname: socket.remoteAddress, port: socket.remotePort ?? 0 },
  ];
}

function checkMethods(what: string, value: unknown, methods: readonly string[]): void {
  for (const method of methods) {
    if (typeof (value as Record<string, unknown> | null | undefined)?.[method] === "function") continue;
    throw new TypeError(`Cannot adopt a value as a ${what}: it has no ${method}() method`);
  }
}
