/**
 * What TLS needs to know, and what it tells.
 *
 * @module
 */
import { checkChoice, checkOptions, checkString } from "./arguments.ts";

/** Options of TLS, on either side. */
export interface TlsOptions {
  /**
   * The name that the peer's certificate must be for, and that is asked for (SNI); of the client only.
   *
   * @default {the hostname that is dialled}
   */
  serverName?: string | undefined;
  /**
   * The authorities (PEM) of the peer's certificate. A client trusts them in addition to the runtime's own.
   *
   * A server that names some asks each client for a certificate, and refuses those without one and those that none of them
   * has signed; the runtime's own authorities count for nothing there, since they sign for anybody. Without any it asks for
   * none. The client hears of a refusal at its first read (TLS 1.3), reason `"tls"`; `connection.tls.peerCertificate` is
   * whom it has shown.
   */
  caCerts?: readonly string[] | undefined;
  /** This side's certificate chain (PEM); a server needs one. */
  cert?: string | undefined;
  /** The private key (PEM) of `cert`. */
  key?: string | undefined;
  /** The protocols to agree on (ALPN), the best first: `["h2", "http/1.1"]`. */
  alpnProtocols?: readonly string[] | undefined;
  /**
   * What an end of stream without close_notify is: an `"error"` of reason `"tls"`, since an attacker can cut a TCP stream;
   * or the `"end"`, for peers that never say goodbye. An end inside a TLS record is an error in any case.
   *
   * @default {"error"}
   */
  truncation?: "error" | "end" | undefined;
}

/** Options of `startTls`. */
export interface StartTlsOptions extends TlsOptions {
  /**
   * Which side of the handshake this is.
   *
   * @default {"client"}
   */
  role?: "client" | "server" | undefined;
  /** Gives up, which aborts the connection. */
  signal?: AbortSignal | undefined;
  /**
   * Bounds the flush before it and the handshake, in ms.
   *
   * @default {30000}
   */
  timeout?: number | undefined;
}

/** A certificate, as far as it is known. */
export interface PeerCertificate {
  /** Whom it is for: `"CN=example.com"`. */
  readonly subject: string;
  /** Who signed it. */
  readonly issuer: string;
  /** The names it is for: `"DNS:example.com, IP Address:192.0.2.1"`. */
  readonly subjectAltName?: string;
  /** From when on, as OpenSSL prints it. */
  readonly validFrom: string;
  /** Until when. */
  readonly validTo: string;
  /** SHA-256 of the certificate, hexadecimal with colons. */
  readonly fingerprint256: string;
}

/** What the two sides have agreed on. */
export interface TlsInfo {
  /** `"TLSv1.3"`. */
  readonly protocol: string;
  /** `"TLS_AES_128_GCM_SHA256"`. */
  readonly cipher: string;
  /** The protocol that was agreed on with ALPN; `null` where none was. */
  readonly alpnProtocol: string | null;
  /** The peer's certificate, where it has shown one. */
  readonly peerCertificate?: PeerCertificate;
}

/** Everything that a platform needs for one handshake. */
export interface TlsUpgrade extends TlsOptions {
  readonly role: "client" | "server";
  /** Bytes of the handshake that have arrived already. */
  readonly initial?: Uint8Array | undefined;
}

/** Checks what can be checked without a platform. */
export function checkTlsOptions(options: TlsOptions, role: "client" | "server"): void {
  checkOptions(options);
  if (options.serverName !== undefined) checkName(options.serverName);
  for (const name of ["cert", "key"] as const) if (options[name] !== undefined) checkString(name, options[name]);
  for (const name of ["caCerts", "alpnProtocols"] as const) checkList(name, options[name]);
  for (const protocol of options.alpnProtocols ?? []) {
    if (protocol === "" || new TextEncoder().encode(protocol).length > 255) {
      throw new RangeError(`Cannot use an alpnProtocol of ${protocol.length} characters: it must have 1 to 255 bytes`);
    }
  }
  checkChoice("truncation", options.truncation, ["error", "end"]);
  if ((options.cert === undefined) !== (options.key === undefined)) {
    throw new TypeError("Cannot use cert without key, or key without cert: give both");
  }
  if (role === "server") checkServer(options);
}

function checkServer({ cert, caCerts, serverName }: TlsOptions): void {
  if (cert === undefined) throw new TypeError("Cannot be a TLS server without cert and key");
  if (serverName !== undefined) {
    throw new TypeError("Cannot use serverName as a TLS server: it names the peer of a client");
  }
  if (caCerts?.length === 0) {
    throw new TypeError(
      "Cannot use caCerts [] as a TLS server: no client could have a certificate; leave it out to ask for none",
    );
  }
}

function checkName(serverName: unknown): void {
  checkString("serverName", serverName);
  if (serverName === "") throw new TypeError('Cannot use the serverName "": it must not be empty');
}

function checkList(name: string, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new TypeError(`Cannot use ${name} of type ${typeof value}: it must be an array`);
  for (const entry of value) checkString(`${name} entry`, entry);
}
