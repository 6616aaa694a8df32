import type * as tls from "node:tls";
import type { PeerCertificate, TlsInfo } from "../../tls_options.ts";

/** Everything at once, when the handshake is done: later the socket may be gone. */
export function infoOf(socket: tls.TLSSocket): TlsInfo {
  const certificate = certificateOf(socket);
  return {
    protocol: socket.getProtocol() ?? "",
    cipher: socket.getCipher()?.name ?? "",
    alpnProtocol: socket.alpnProtocol || null,
    ...(certificate !== undefined && { peerCertificate: certificate }),
  };
}

function certificateOf(socket: tls.TLSSocket): PeerCertificate | undefined {
  const found = socket.getPeerCertificate() as Partial<tls.PeerCertificate> | null;
  if (!found?.subject) return undefined;
  return {
    subject: nameOf(found.subject),
    issuer: nameOf(found.issuer),
    ...(found.subjectaltname !== undefined && { subjectAltName: found.subjectaltname }),
    validFrom: found.valid_from ?? "",
    validTo: found.valid_to ?? "",
    fingerprint256: found.fingerprint256 ?? "",
  };
}

/** `{ O: "Example", CN: "example.com" }` → `"O=Example, CN=example.com"`. */
function nameOf(parts: object | undefined): string {
  return Object.entries(parts ?? {}).map(([key, value]) => `${key}=${value}`).join(", ");
}
