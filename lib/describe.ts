/**
 * The messages: *Cannot ‹operation› ‹object›: ‹state›*, then the numbers that matter, then what can be done.
 *
 * A stranger should know from the one line what happened, to which connection, after how many bytes.
 *
 * @module
 */
import { type Address, formatAddress } from "./address.ts";
import type { ConnectionErrorInit, Operation } from "./reasons.ts";

const ACTIONS: Record<Operation, string> = {
  connect: "connect to",
  handshake: "complete the TLS handshake with",
  read: "read from",
  write: "write to",
  closeWrite: "half-close the connection to",
  close: "close in order the connection to",
  startTls: "start TLS with",
  listen: "listen on",
  accept: "accept a connection on",
  idle: "keep the connection to",
};

/** What happened, and what can be done, by reason. `closed` and `timeout` depend on who did it. */
const STATES: Record<string, readonly [state: string, advice: string]> = {
  "refused": ["nobody listens there", "check the address, or dial again when the server is up"],
  "reset": ["the peer reset the connection", "dial again; what was sent may or may not have been processed"],
  "broken-pipe": ["the peer had ended its stream and is gone", "dial again; what was sent may not have been processed"],
  "unexpected-end": ["the peer ended the stream inside a message", "drop the partial message and dial again"],
  "signal": ["the caller's signal aborted it", "dial again if it is still wanted"],
  "closed": ["this side has closed it", "open a new connection to go on"],
  "unreachable": ["the network cannot reach the host", "check the network and dial again"],
  "tls": ["TLS failed", "check the certificates and the protocol of the peer"],
  "overflow": [
    "too many bytes wait for a peer that does not read",
    "await write() or drain(), or raise writeBufferLimit",
  ],
  "name-not-found": ["the name does not exist", "check the spelling"],
  "name-lookup-failed": ["the name cannot be looked up for now", "check the resolver and dial again"],
  "path-not-found": ["no such path", "check the path, or dial again when the server is up"],
  "permission-denied": ["the system does not permit it", "check the rights of this process"],
  "address-in-use": ["another socket listens there", "stop it, or choose another address"],
  "address-not-available": [
    "the address or a free local port is not available",
    "check the address, or wait for a port",
  ],
  "resource-exhausted": ["out of descriptors or memory", "close connections, or raise the limit of the process"],
  "other": ["the transport failed", "see the cause"],
};

const TIMEOUTS = {
  local: ["the timeout of this side has passed", "dial again, or give it more time"],
  network: ["the network gave no answer", "check the network and dial again"],
  peer: ["the peer gave no answer", "dial again"],
} as const;

/** A duration as a person says it. */
function duration(ms: number): string {
  // By what is shown, not by what is: 59,999 ms are no 60.0 s.
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function numbers(init: ConnectionErrorInit): string {
  const parts: string[] = [];
  if (init.code !== undefined) parts.push(init.code);
  if (init.localAddress !== undefined && init.remoteAddress !== undefined) {
    parts.push(`local address ${formatAddress(init.localAddress)}`);
  }
  if (init.partial !== undefined || init.expected !== undefined) {
    const of = init.expected === undefined ? "" : ` of ${init.expected}`;
    parts.push(`${init.partial?.length ?? 0}${of} bytes of the message here`);
  }
  if (init.bytesRead !== undefined) parts.push(`${init.bytesRead} bytes read`);
  if (init.bytesWritten !== undefined) parts.push(`${init.bytesWritten} written`);
  if (init.unsentBytes) parts.push(`${init.unsentBytes} unsent`);
  if (Math.round(init.elapsed ?? 0) > 0) parts.push(`after ${duration(init.elapsed!)}`);
  return parts.join(", ");
}

/** Every address that was tried, where there was more than one. */
function tried(init: ConnectionErrorInit): string {
  if ((init.attempts?.length ?? 0) < 2) return "";
  return `; tried ${init.attempts?.map((attempt) => formatAddress(attempt.address)).join(", ")}`;
}

/** The message of a connection's error, made of its facts. */
export function describe(init: ConnectionErrorInit): string {
  const subject: Address | undefined = init.remoteAddress ?? init.localAddress;
  const object = subject === undefined ? "the peer" : formatAddress(subject);
  const [state, advice] = init.reason === "timeout" ? TIMEOUTS[init.initiator] : STATES[init.reason] ?? STATES.other!;
  const facts = numbers(init);
  return `Cannot ${ACTIONS[init.operation]} ${object}: ${state}${facts && ` (${facts})`}${tried(init)}; ${advice}`;
}
