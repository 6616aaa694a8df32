import { printable } from "./printable.ts";

/** What was wrong with a certificate, by OpenSSL's and Node's names for it. */
const CERTIFICATES: Record<string, readonly [state: string, advice: string]> = {
  CERT_HAS_EXPIRED: ["the peer's certificate has expired", "have it renewed"],
  CERT_NOT_YET_VALID: ["the peer's certificate is not valid yet", "check the clocks of both sides"],
  CERT_REVOKED: ["the peer's certificate has been revoked", "do not trust this peer"],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["the peer's certificate is signed by itself", "trust it with caCerts if it is yours"],
  SELF_SIGNED_CERT_IN_CHAIN: ["the peer's certificate has an issuer that is not trusted", "trust it with caCerts"],
  UNABLE_TO_GET_ISSUER_CERT: ["the peer's certificate has an issuer that is not trusted", "trust it with caCerts"],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "the peer's certificate has an issuer that is not trusted",
    "trust it with caCerts",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "the peer's certificate has an issuer that is not trusted",
    "trust it with caCerts (Deno says the same of a certificate that is not valid yet, or not for a server)",
  ],
  INVALID_PURPOSE: [
    "the peer's certificate is for another purpose",
    "have one issued for this side of TLS (extendedKeyUsage)",
  ],
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: [
    "the peer's certificate is missing",
    "give the client cert and key, or ask for none (caCerts)",
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: ["the peer's certificate is for another name", "check the hostname, or set serverName"],
};

const NOT_TLS = [
  "the peer sends something that is not TLS",
  "check the port, and whether the peer wants to be asked for TLS first (startTls)",
] as const;

const CORRUPTED = ["a TLS record was changed on its way", "do not trust the network"] as const;

/** What else can be told in the same words on every runtime; the names are OpenSSL's. */
const FAILURES: Record<string, readonly [state: string, advice: string]> = {
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_BAD_RECORD_TYPE: NOT_TLS, // Node 22 and later, after the handshake.
  ERR_SSL_NO_APPLICATION_PROTOCOL: ["the peer has no application protocol in common", "check alpnProtocols"],
  ERR_SSL_UNSUPPORTED_PROTOCOL: ["the peer has no version of TLS in common", "have it updated: it needs TLS 1.2"],
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: CORRUPTED,
};

/** Words of Deno's, where its code says something else. */
const DENO: Record<string, readonly [state: string, advice: string]> = {
  "cannot decrypt peer's message": CORRUPTED,
};

/** `"809C…:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:…"`, or Deno's words for it. */
const ALERT = /routines:\w*:\S+ alert ([^:]+):|^received fatal alert: (\w+)/;

/** What OpenSSL puts around its words. */
const FRAME = /^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):.*$/s;

/**
 * What happened to TLS, and what can be done: the check of the certificate by name, the peer's alert by name; what fails in
 * no way that is known, in the cause's words.
 */
export function tlsWords(reason: string, cause: unknown): readonly [state: string, advice: string] | undefined {
  if (reason !== "tls") return undefined;
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const text = typeof message === "string" ? message : "";
  if (Object.hasOwn(DENO, text)) return DENO[text];
  const alert = alertIn(text);
  if (alert !== undefined) return [`the peer sent the TLS alert "${alert}"`, "check what it wants of this side"];
  for (const known of [CERTIFICATES, FAILURES]) {
    if (typeof code === "string" && Object.hasOwn(known, code)) return known[code];
  }
  const detail = text === "" ? "" : `: ${printable(text.replace(FRAME, "$1"))}`;
  return [`TLS failed${detail}`, "check the certificates and the protocol of the peer"];
}

/** `"certificate required"`, also of Deno's `"CertificateRequired"`. */
function alertIn(message: string): string | undefined {
  const [, openssl, deno] = ALERT.exec(message) ?? [];
  return openssl ?? deno?.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
