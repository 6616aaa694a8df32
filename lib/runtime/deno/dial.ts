/**
 * Dials with `Deno.connect`, which resolves names and races addresses itself: resolving here would need more permission
 * than `--allow-net=host:port`.
 *
 * @module
 */
import type { Address } from "../../address.ts";
import { now } from "../../clock.ts";
import { connectError, isMissingPermission } from "../../failure.ts";
import type { DialOptions } from "../../platform.ts";
import type { Transport } from "../../transport.ts";
import { type DenoConn, DenoTransport } from "./conn.ts";
import { denoCode } from "./failure.ts";

/** Connects to one address. */
export async function dial({ address, noDelay, keepAlive }: DialOptions, signal: AbortSignal): Promise<Transport> {
  const started = now();
  let conn: DenoConn & { setNoDelay?(on: boolean): void; setKeepAlive?(on: boolean): void };
  try {
    conn = await open(address, signal);
  } catch (error) {
    if (isMissingPermission(error) || signal.aborted) throw error;
    const elapsed = now() - started;
    const attempts = [{ address, error, startedAt: 0, elapsed }];
    throw connectError("connect", address, error, denoCode(error), { elapsed, attempts });
  }
  // Deno looks at the signal only while TCP connects, and not at all on a Unix socket: a late connection is closed here.
  if (signal.aborted) {
    conn.close();
    throw signal.reason;
  }
  if (noDelay) conn.setNoDelay?.(true);
  if (keepAlive !== false) conn.setKeepAlive?.(true);
  return new DenoTransport(conn);
}

async function open(address: Address, signal: AbortSignal): Promise<DenoConn> {
  return address.transport === "tcp"
    ? await Deno.connect({ hostname: address.hostname, port: address.port, signal })
    : await Deno.connect({ transport: "unix", path: address.path });
}
