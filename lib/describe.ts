/**
 * The messages: *Cannot ‹operation› ‹object›: ‹state›*, then the numbers that matter, then what can be done.
 *
 * A stranger should know from the one line what happened, to which connection, after how many bytes.
 *
 * @module
 */
import { type Address, formatAddress } from "./address.ts";
import { printable } from "./printable.ts";
import type { Bound, ConnectionErrorInit, Operation } from "./reasons.ts";
import { tlsWords } from "./tls_words.ts";

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

/** What happened, and what can be done. */
type Words = readonly [state: string, advice: string];

/** By reason; what depends on more than that is said by the functions below. */
const REASONS: Record<string, Words> = {
  "refused": ["nobody listens there", "check the address, or dial again when the server is up"],
  "reset": ["the peer reset the connection", "dial again"],
  "broken-pipe": ["the peer had ended its stream and is gone", "dial again"],
  "unexpected-end": ["the peer ended the stream inside a message", "drop the partial message and dial again"],
  "timeout": ["the network gave no answer", "check the network and dial again"],
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
  "permission-denied": ["the system does not permit it", "check the rights of this process, and firewalls"],
  "address-in-use": ["another socket listens there", "stop it, or choose another address"],
  "address-not-available": ["no local port is free", "close connections, or wait until ports are free again"],
  "resource-exhausted": ["out of descriptors or memory", "close connections, or raise the limit of the process"],
  "other": ["the transport failed", "see the cause"],
};

/** Where there is no peer yet: binding and accepting. */
const LISTENING: Record<string, Words> = {
  "closed": ["the listener was closed", "listen again to go on"],
  "path-not-found": ["the folder of the path does not exist", "make it first"],
  "address-not-available": ["this machine does not have that address", "listen on one of its own, or on 0.0.0.0 or ::"],
  "resource-exhausted": ["out of descriptors or memory", "close connections, or raise the limit; then go on"],
};

const UNIX_DIAL: Record<string, Words> = {
  "refused": ["the socket file is there, but nobody listens", "start the server, or check the path"],
  "permission-denied": [
    "this process may not write to the socket file",
    "check the rights of the file and its folders",
  ],
};

/** Ports below it are the system's own, unless `net.ipv4.ip_unprivileged_port_start` says otherwise. */
const FIRST_FREE_PORT = 1_024;

const PEER_TIMED_OUT: Words = ["the peer gave no answer", "dial again"];

function listeningWords({ operation, reason, localAddress }: ConnectionErrorInit): Words | undefined {
  if (operation !== "listen" && operation !== "accept") return undefined;
  if (localAddress?.transport === "unix") {
    if (reason === "address-in-use") {
      return ["a server that lives, or another file, has that path", "stop it, or choose another path"];
    }
    if (reason === "permission-denied") {
      return ["this process may not make a file there", "check the rights of the folder, or choose another path"];
    }
  } else if (reason === "permission-denied" && (localAddress?.port ?? FIRST_FREE_PORT) < FIRST_FREE_PORT) {
    return ["ports below 1024 need privileges", "choose another port, or give this process CAP_NET_BIND_SERVICE"];
  }
  return LISTENING[reason];
}

function diallingWords({ operation, reason, remoteAddress }: ConnectionErrorInit): Words | undefined {
  return operation === "connect" && remoteAddress?.transport === "unix" ? UNIX_DIAL[reason] : undefined;
}

/** The own words of whoever ended it: `, saying "shutting down"`. A default reason says nothing new. */
function saying(cause: unknown): string {
  const text = cause instanceof Error && cause.name !== "AbortError" ? cause.message : cause;
  return typeof text === "string" && text !== "" ? `, saying "${printable(text)}"` : "";
}

/** What this side did itself. */
function ownWords({ reason, initiator, via, cause }: ConnectionErrorInit): Words | undefined {
  if (via === "abort") return [`this side aborted it${saying(cause)}`, REASONS.closed![1]];
  if (via !== undefined) return boundWords(via);
  if (reason === "signal") return [`${REASONS.signal![0]}${saying(cause)}`, REASONS.signal![1]];
  if (reason !== "timeout" || initiator === "network") return undefined;
  if (initiator === "peer") return PEER_TIMED_OUT;
  const state = cause === undefined
    ? "the timeout of this side has passed"
    : "the timeout of the caller's signal has passed";
  return [state, "dial again, or give it more time"];
}

function boundWords({ option, value }: Bound): Words {
  const time = duration(value);
  const advice = `dial again, or give it more time (${option})`;
  switch (option) {
    case "writeBufferLimit":
      return [`more than ${value} bytes (${option}) wait for a peer that does not read`, REASONS.overflow![1]];
    case "readTimeout":
      return [`no byte came for ${time}`, advice];
    case "writeTimeout":
      return [`the peer took no byte for ${time}`, advice];
    case "idleTimeout":
      return [`no byte came or went for ${time}`, `send heartbeats, or raise ${option}`];
    case "handshakeTimeout":
      return [`the client has not shaken hands within ${time}`, `if it is a slow one, raise ${option}`];
    case "closeTimeout":
      return [`the peer did not take the last bytes within ${time}`, advice];
    default:
      return [`it took longer than its timeout of ${time}`, "dial again, or give it more time"];
  }
}

/** What became of the bytes that had been sent, where it matters to who dials again. */
function afterwards({ reason, operation, retrySafe, bytesWritten, unsentBytes }: ConnectionErrorInit): string {
  if (reason !== "reset" && reason !== "broken-pipe") return "";
  if (operation === "write" && retrySafe) return "; nothing of this write has left this process";
  // Of what is unsent, a part may have left: not every runtime tells how far a write came.
  if (!bytesWritten && !unsentBytes) return "";
  return reason === "reset"
    ? "; what was sent may or may not have been processed"
    : "; what was sent may not have been processed";
}

/** A duration as a person says it. */
export function duration(ms: number): string {
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
  const [state, advice] = ownWords(init) ?? tlsWords(init.reason, init.cause) ?? listeningWords(init) ??
    diallingWords(init) ?? REASONS[init.reason] ??
    REASONS.other!;
  const facts = numbers(init);
  const happened = `Cannot ${ACTIONS[init.operation]} ${object}: ${state}${facts && ` (${facts})`}${tried(init)}`;
  return `${happened}; ${advice}${afterwards(init)}`;
}
