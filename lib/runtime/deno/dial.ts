/**
 * Dials with `Deno.connect`, which resolves names and races addresses itself: resolving here would need more permission
 * than `--allow-net=host:port`.
 *
 * @module
 */
import { type Address, formatAddress, isLocalhost, LOOPBACK, type TcpAddress } from "../../address.ts";
import { now } from "../../clock.ts";
import { connectError, isMissingPermission } from "../../failure.ts";
import type { DialOptions } from "../../platform.ts";
import type { ConnectAttempt } from "../../reasons.ts";
import type { Transport } from "../../transport.ts";
import { type DenoConn, DenoTransport } from "./conn.ts";
import { denoCode } from "./failure.ts";

type Tunable = DenoConn & { setNoDelay?(on: boolean): void; setKeepAlive?(on: boolean): void };

/** Connects to one address. */
export async function dial({ address, noDelay, keepAlive }: DialOptions, signal: AbortSignal): Promise<Transport> {
  const conn = await dialAny(address, signal);
  // Deno looks at the signal only while TCP connects, and not at all on a Unix socket: a late connection is closed here.
  if (signal.aborted) {
    conn.close();
    throw signal.reason;
  }
  if (noDelay) conn.setNoDelay?.(true);
  if (keepAlive !== false) conn.setKeepAlive?.(true);
  return new DenoTransport(conn);
}

async function dialAny(address: Address, signal: AbortSignal): Promise<Tunable> {
  const started = now();
  const attempts: ConnectAttempt[] = [];
  for (const candidate of candidates(address)) {
    const attemptStarted = now();
    try {
      return await open(candidate, signal);
    } catch (error) {
      if (isMissingPermission(error) || signal.aborted) throw error;
      attempts.push({
        address: candidate,
        error,
        startedAt: attemptStarted - started,
        elapsed: now() - attemptStarted,
      });
    }
  }
  const { error } = attempts[0]!;
  throw connectError("connect", address, error, denoCode(error), { elapsed: now() - started, attempts });
}

/** A hosts file may give "localhost" one family: then the other is tried too, where that needs no further permission. */
function candidates(address: Address): Address[] {
  if (address.transport === "unix" || !isLocalhost(address.hostname)) return [address];
  const others = LOOPBACK.map((hostname): TcpAddress => ({ ...address, hostname })).filter(isPermitted);
  return [address, ...others];
}

function isPermitted(address: TcpAddress): boolean {
  return Deno.permissions.querySync({ name: "net", host: formatAddress(address) }).state === "granted";
}

async function open(address: Address, signal: AbortSignal): Promise<DenoConn> {
  return address.transport === "tcp"
    ? await Deno.connect({ hostname: address.hostname, port: address.port, signal })
    : await Deno.connect({ transport: "unix", path: address.path });
}
