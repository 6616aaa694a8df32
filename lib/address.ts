/**
 * Where a connection ends: a TCP host and port, or the path of a Unix socket.
 *
 * @module
 */
import { checkPort, checkString } from "./arguments.ts";
import { printable } from "./printable.ts";

/** A TCP endpoint. */
export interface TcpAddress {
  /** Tells the two kinds apart. */
  readonly transport: "tcp";
  /** A name or an IP address, IPv6 without brackets. */
  readonly hostname: string;
  /** 1 to 65535; 0 for a listener whose port the system chooses. */
  readonly port: number;
}

/** A Unix-socket endpoint. */
export interface UnixAddress {
  /** Tells the two kinds apart. */
  readonly transport: "unix";
  /** The file; empty for the dialling end, which has none. */
  readonly path: string;
}

/** One end of a connection. */
export type Address = TcpAddress | UnixAddress;

/** `sun_path` of Linux holds 108 bytes with the closing NUL: Node 20 cuts a longer path and connects to another socket. */
const SUN_PATH_BYTES = 107;

/**
 * The text form of an address: `127.0.0.1:80`, `[::1]:80`, `unix:/run/x.sock`, safe to print.
 *
 * @example Print both families
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatAddress } from "@hawser/net";
 *
 * assert.equal(formatAddress({ transport: "tcp", hostname: "::1", port: 80 }), "[::1]:80");
 * assert.equal(formatAddress({ transport: "unix", path: "/run/x.sock" }), "unix:/run/x.sock");
 * ```
 *
 * @param address What to print.
 * @returns One printable line, text from outside escaped and cut at 64 characters.
 */
export function formatAddress(address: Address): string {
  if (address.transport === "unix") return address.path === "" ? "unix" : `unix:${printable(address.path)}`;
  const host = printable(address.hostname);
  return address.hostname.includes(":") ? `[${host}]:${address.port}` : `${host}:${address.port}`;
}

/** Options that name an address. */
export interface AddressOptions {
  readonly hostname?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
}

/** The lowest port of a dial, and of a listener: there 0 lets the system choose. */
export type LowestPort = 0 | 1;

/** A checked address, however it was given; the flag says that it asks for TLS. */
export function addressOf(target: string | AddressOptions, lowest: LowestPort): { address: Address; tls: boolean } {
  if (typeof target === "string") return parseAddress(target, lowest);
  const { hostname, port, path } = target;
  if (path === undefined) return { address: tcpAddress(hostname ?? "127.0.0.1", port, lowest), tls: false };
  if (port === undefined && hostname === undefined) return { address: unixAddress(path), tls: false };
  throw new TypeError("Cannot use both a path and a port: give one of them");
}

/** Reads `host:port`, `[::1]:80`, `tcp://…`, `tls://…` or `unix:/path`; the flag says that the scheme asked for TLS. */
export function parseAddress(text: string, lowest: LowestPort): { address: Address; tls: boolean } {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    return { address: unixAddress(path.startsWith("//") ? path.slice(2) : path), tls: false };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  const name = scheme?.[1]?.toLowerCase() ?? "tcp";
  if (name !== "tcp" && name !== "tls") {
    throw new TypeError(
      `Cannot use the address "${printable(text)}": the scheme must be "tcp://", "tls://" or "unix:"`,
    );
  }
  const rest = text.slice(scheme?.[0].length ?? 0);
  const parts = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(rest);
  if (parts === null) {
    throw new TypeError(
      `Cannot use the address "${printable(text)}": it must be "host:port", "[IPv6]:port" or "unix:/path"`,
    );
  }
  return { address: tcpAddress(parts[1] ?? parts[2] ?? "", Number(parts[3]), lowest), tls: name === "tls" };
}

/** A checked TCP address. */
export function tcpAddress(hostname: unknown, port: unknown, lowest: LowestPort): TcpAddress {
  checkString("hostname", hostname);
  const bare = hostname.startsWith("[") && hostname.endsWith("]") ? hostname.slice(1, -1) : hostname;
  if (bare === "") throw new TypeError('Cannot use the hostname "": it must not be empty');
  if (bare.includes("\0")) throw new TypeError(`Cannot use the hostname "${printable(bare)}": it has a NUL character`);
  return { transport: "tcp", hostname: bare, port: checkPort(port, lowest) };
}

/** A checked Unix address. */
export function unixAddress(path: unknown): UnixAddress {
  checkString("path", path);
  if (path === "") throw new TypeError('Cannot use the path "": it must not be empty');
  if (path.includes("\0")) throw new TypeError(`Cannot use the path "${printable(path)}": it has a NUL character`);
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > SUN_PATH_BYTES) {
    throw new RangeError(
      `Cannot use the path "${printable(path)}": it has ${bytes} bytes, a Unix socket takes at most ${SUN_PATH_BYTES}`,
    );
  }
  return { transport: "unix", path };
}

/** The loopback addresses that "localhost" stands for (RFC 6761, section 6.3), whatever a hosts file leaves out. */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

/** Whether a name stands for this machine. */
export function isLocalhost(hostname: string): boolean {
  return hostname.toLowerCase() === "localhost";
}
