/**
 * The one table from system codes to this package's words.
 *
 * Platforms bring a `code` (their own, or found from a class or a message: see `runtime/`); everything else is decided here.
 *
 * @module
 */
import { type Address, formatAddress } from "./address.ts";
import { duration } from "./describe.ts";
import { ConnectError, ConnectionAbortedError } from "./errors.ts";
import type {
  AbortReason,
  Bound,
  ConnectAttempt,
  ConnectFailureReason,
  ConnectionErrorInit,
  Initiator,
} from "./reasons.ts";

/** Why an established connection is over, before it is told to each operation. */
export interface Failure {
  readonly reason: AbortReason;
  readonly initiator: Initiator;
  readonly via?: ConnectionErrorInit["via"];
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/** This side has closed it. */
export const CLOSED: Failure = { reason: "closed", initiator: "local" };

const ABORTED: Record<string, readonly [AbortReason, Initiator]> = {
  ECONNRESET: ["reset", "peer"],
  ECONNABORTED: ["reset", "peer"],
  ENOTCONN: ["reset", "peer"],
  EPIPE: ["broken-pipe", "peer"],
  ETIMEDOUT: ["timeout", "network"],
  ESOCKETTIMEDOUT: ["timeout", "network"],
  EHOSTUNREACH: ["unreachable", "network"],
  EHOSTDOWN: ["unreachable", "network"],
  ENETUNREACH: ["unreachable", "network"],
  ENETDOWN: ["unreachable", "network"],
};

const NOT_CONNECTED: Record<string, ConnectFailureReason> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  ENOTCONN: "reset",
  // The peer accepted, sent FIN and RST before this side's connect() was reported: measured on Node 20 to 26.
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETUNREACH: "unreachable",
  ENETDOWN: "unreachable",
  ENOTFOUND: "name-not-found",
  EAI_NONAME: "name-not-found",
  EAI_NODATA: "name-not-found",
  EAI_AGAIN: "name-lookup-failed",
  ENOENT: "path-not-found",
  ENOTDIR: "path-not-found",
  EACCES: "permission-denied",
  EPERM: "permission-denied",
  ERR_ACCESS_DENIED: "permission-denied",
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-not-available",
  EMFILE: "resource-exhausted",
  ENFILE: "resource-exhausted",
  ENOBUFS: "resource-exhausted",
  ENOMEM: "resource-exhausted",
};

/** The system code of an error, where it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Own entries only: a transport of somebody else may say `"constructor"`. */
function entry<T>(table: Record<string, T>, code: string | undefined): T | undefined {
  return code !== undefined && Object.hasOwn(table, code) ? table[code] : undefined;
}

/** A missing `--allow-net`: the runtime's own error is the best message, and not ours to translate. */
export function isMissingPermission(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}

/** Why a connection that was established failed, from what its transport rejected with. */
export function failureOf(error: unknown, code: string | undefined = codeOf(error)): Failure {
  if (ConnectionAbortedError.is(error)) {
    return { reason: error.reason, initiator: error.initiator, code: error.code, cause: error.cause ?? error };
  }
  const [reason, initiator] = entry(ABORTED, code) ?? ["other", "network"];
  return { reason, initiator, code, cause: error };
}

/** Why a dial or a bind failed, from the code of the runtime's error. */
export function connectFailureReason(code: string | undefined): ConnectFailureReason {
  return entry(NOT_CONNECTED, code) ?? "other";
}

/** What a signal means: a `TimeoutError` (of `AbortSignal.timeout`) is a timeout, anything else the caller's will. */
export function failureOfSignal(reason: unknown): Failure {
  const timedOut = reason instanceof DOMException && reason.name === "TimeoutError";
  return { reason: timedOut ? "timeout" : "signal", initiator: "local", cause: reason };
}

/** What a bound of this side means, once it has been passed. */
export function failureOfBound(option: string, value: number): Failure {
  const reason = option === "writeBufferLimit" ? "overflow" : "timeout";
  return { reason, initiator: "local", via: { option, value } };
}

/** A read with `keepOpen` that passed a bound: nothing failed but the waiting. */
export function keptOpenError(address: Address, { value }: Bound): DOMException {
  const waited = `it took longer than its timeout of ${duration(value)}`;
  const message = `Cannot read from ${formatAddress(address)}: ${waited}; nothing was consumed: call again`;
  return new DOMException(message, "TimeoutError");
}

/** A failure as the error that leaves a platform; the layers above add the operation and the numbers. */
export function transportError(failure: Failure, operation: "read" | "write" | "closeWrite"): ConnectionAbortedError {
  return new ConnectionAbortedError({ ...failure, operation });
}

function initiatorOf(reason: ConnectFailureReason, operation: "connect" | "listen" | "accept"): Initiator {
  if (reason === "refused" || reason === "reset") return "peer";
  // What this machine has run out of is nobody else's doing.
  const local = reason === "resource-exhausted" || reason === "address-not-available";
  return operation === "connect" && !local ? "network" : "local";
}

/** A dial, a bind or an accept that failed, as the error that leaves a platform. */
export function connectError(
  operation: "connect" | "listen" | "accept",
  address: Address,
  cause: unknown,
  code: string | undefined,
  details: { elapsed?: number; attempts?: readonly ConnectAttempt[] } = {},
): ConnectError {
  const reason = connectFailureReason(code);
  return new ConnectError({
    reason,
    operation,
    initiator: initiatorOf(reason, operation),
    code,
    cause,
    retrySafe: true,
    ...(operation === "connect" ? { remoteAddress: address } : { localAddress: address }),
    ...details,
  });
}

/** A TLS handshake of a dial that failed: the connection was never established. */
export function handshakeError(remoteAddress: Address, failure: Failure, elapsed: number): ConnectError {
  const known: Partial<Record<AbortReason, ConnectFailureReason>> = {
    "reset": "reset",
    "broken-pipe": "reset",
    "timeout": "timeout",
    "unreachable": "unreachable",
    "tls": "tls",
  };
  return new ConnectError({
    ...failure,
    reason: known[failure.reason] ?? "other",
    operation: "handshake",
    remoteAddress,
    elapsed,
    retrySafe: true,
  });
}
