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
    "trust it with caCerts",
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

/**
 * What happened to TLS, and what can be done. It fails in too many ways for a table: the check of the certificate by name,
 * anything else in the cause's words.
 */
export function tlsWords(reason: string, cause: unknown): readonly [state: string, advice: string] | undefined {
  if (reason !== "tls") return undefined;
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === "string" && Object.hasOwn(CERTIFICATES, code)) return CERTIFICATES[code];
  const detail = typeof message === "string" ? `: ${printable(message)}` : "";
  return [`TLS failed${detail}`, "check the certificates and the protocol of the peer"];
}
