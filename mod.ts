/**
 * Connections that hold, or tell you exactly why they did not.
 *
 * One toolkit for TCP, TLS and Unix-socket connections on Deno, Node and Bun: `connect` and `listen` give a `Connection` with a
 * `reader`, a `writer` and one life. Every way it can end is a `ConnectionAbortedError` whose `reason` says which; `await
 * using` guarantees that it closes.
 *
 * @example A client and a server
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, ConnectionAbortedError, listen } from "@hawser/net";
 *
 * await using listener = await listen({ port: 0 });
 * const serving = (async () => {
 *   await using connection = await listener.accept();
 *   for await (const line of connection.reader.lines()) await connection.writer.write(`echo ${line}\n`);
 * })();
 *
 * try {
 *   await using connection = await connect(listener.address, { timeout: 5_000 });
 *   await connection.writer.write("hello\n");
 *   assert.equal(await connection.reader.readLine({ timeout: 1_000, required: true }), "echo hello");
 * } catch (error) {
 *   if (!ConnectionAbortedError.is(error)) throw error;
 *   console.error(`over (${error.reason}), by the ${error.initiator}: ${error.message}`);
 * }
 * await serving;
 * ```
 *
 * @module
 */
export { type Address, formatAddress, type TcpAddress, type UnixAddress } from "./lib/address.ts";
export { fromDeno, fromNode, fromWeb } from "./lib/adopt.ts";
export { ByteQueue } from "./lib/byte_queue.ts";
export { connect, type ConnectOptions, type DialLimits } from "./lib/connect.ts";
export { type CloseOptions, Connection } from "./lib/connection.ts";
export type { CloseOutcome } from "./lib/close_outcome.ts";
export type { ConnectionEvent, ConnectionEventMap, ConnectionOrigin } from "./lib/connection_events.ts";
export type { ConnectionOptions } from "./lib/connection_options.ts";
export type { ConnectionStats } from "./lib/connection_stats.ts";
export { enableDiagnostics } from "./lib/enable_diagnostics.ts";
export {
  BusyError,
  ConnectError,
  ConnectionAbortedError,
  ConnectionError,
  DecodeError,
  type ErrorJson,
  LimitExceededError,
} from "./lib/errors.ts";
export { Framed, framed, type ReceiveOptions } from "./lib/framed.ts";
export type { LineEncoding } from "./lib/line_decoder.ts";
export { listen, type ListenOptions } from "./lib/listen.ts";
export { AcceptIterator } from "./lib/accept_iterator.ts";
export { type AcceptOptions, Listener } from "./lib/listener.ts";
export { ReadIterator } from "./lib/read_iterator.ts";
export type {
  Bytes,
  ChunkOptions,
  LimitOption,
  ReadBytesOptions,
  ReadLineOptions,
  ReadOptions,
  ReadUntilOptions,
  RequiredOption,
  TryReadLineOptions,
  WaitOptions,
} from "./lib/read_options.ts";
export { Reader } from "./lib/reader.ts";
export type {
  AbortReason,
  ConnectAttempt,
  ConnectFailureReason,
  ConnectionErrorInit,
  Initiator,
  Operation,
} from "./lib/reasons.ts";
export { reconnect, type ReconnectAttempt, type ReconnectOptions } from "./lib/reconnect.ts";
export { copy, type CopyOptions, relay, type RelayCounts } from "./lib/relay.ts";
export { isRetriable } from "./lib/retriable.ts";
export type { DenoAddress, DenoConn } from "./lib/runtime/deno/conn.ts";
export {
  type Handler,
  type HandlerContext,
  serve,
  type ServeOptions,
  Server,
  type ShutdownOptions,
  type ShutdownSummary,
} from "./lib/serve.ts";
export type { RuntimeName } from "./lib/platform.ts";
export type { NodeSocket } from "./lib/runtime/node/net_socket.ts";
export type { Transport } from "./lib/transport.ts";
export type { DrainOptions, Writable, WriteOptions } from "./lib/write_options.ts";
export type { PeerCertificate, StartTlsOptions, TlsInfo, TlsOptions } from "./lib/tls_options.ts";
export type { StreamPair } from "./lib/web_transport.ts";
export { Writer } from "./lib/writer.ts";
