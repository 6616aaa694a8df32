/**
 * TLS over any transport, with `node:tls` (of Node, Bun, or Deno's compatibility layer).
 *
 * Not `Deno.startTls`: it can do neither the server's side nor a client certificate, leaks a connection whose read is
 * pending, and one that is closed in the handshake stays open. Not `tls.connect` on a socket either: the peer's FIN and its
 * close_notify look the same there. Here both run over a stream of ours, so both are told apart, and whatever `wrap` put
 * around the socket disturbs TLS as a network would.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import * as net from "node:net";
import process from "node:process";
import * as tls from "node:tls";
import type { Transport } from "../../transport.ts";
import type { TlsOptions, TlsUpgrade } from "../../tls_options.ts";
import { transportError } from "../../failure.ts";
import { CipherStream } from "./cipher_stream.ts";
import { underBun } from "./net_socket.ts";
import { TlsTransport } from "./tls_transport.ts";

/** A program talks to so many kinds of peers, if that. */
const REMEMBERED = 16;
const remembered: Map<string, tls.SecureContext> = new Map();

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Checks certificates and keys, before any I/O.
 *
 * @throws {TypeError} One is malformed, or the key is not the certificate's.
 */
export function checkCertificates(upgrade: TlsUpgrade): void {
  const { caCerts = [], cert, key } = upgrade;
  // Bun's `node:tls` over a stream closes both directions when one has ended, and reports a close before the last bytes: an
  // end in order and a connection that was cut look the same.
  if (underBun()) {
    throw new TypeError("Cannot use TLS on Bun: its node:tls loses the end of a connection; use Node or Deno");
  }
  caCerts.forEach((text, index) => {
    const blocks = text.match(PEM);
    if (blocks === null) throw new TypeError(`Cannot use caCerts[${index}]: it has no PEM certificate`);
    for (const block of blocks) check(`caCerts[${index}]`, () => new X509Certificate(block));
  });
  checkPair(cert, key);
  check(cert === undefined ? "caCerts" : "cert", () => contextOf(upgrade));
}

function checkPair(cert: string | undefined, key: string | undefined): void {
  if (cert === undefined) return;
  const certificate = check("cert", () => new X509Certificate(cert.match(PEM)?.[0] ?? cert));
  const privateKey = check("key", () => createPrivateKey(key!));
  if (!certificate.checkPrivateKey(privateKey)) throw new TypeError("Cannot use key: it is not the key of cert");
}

function check<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`Cannot use ${name}: OpenSSL does not take it (${(cause as Error).message})`, { cause });
  }
}

function contextOf(upgrade: TlsUpgrade): tls.SecureContext {
  return upgrade.role === "server" ? serverContext(upgrade) : rememberedContext(upgrade);
}

/**
 * A client's context is made once: it takes a millisecond, on Node 20 with NODE_EXTRA_CA_CERTS forty. Not a server's: one
 * that is shared resumes sessions, also of a client whose certificate was asked for, and OpenSSL refuses that.
 */
function rememberedContext({ caCerts, cert, key }: TlsOptions): tls.SecureContext {
  const name = JSON.stringify([caCerts, cert, key]);
  const context = remembered.get(name) ?? clientContext({ caCerts, cert, key });
  remembered.delete(name); // The one that was used longest ago comes first.
  remembered.set(name, context);
  if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value!);
  return context;
}

/** A context that trusts nobody but `caCerts`: whom a public authority has signed is nobody this server knows. */
function serverContext({ caCerts = [], cert, key }: TlsOptions): tls.SecureContext {
  return tls.createSecureContext({ cert, key, ...(caCerts.length > 0 && { ca: certificatesIn(caCerts) }) });
}

/**
 * A context that trusts `caCerts` as well. The option `ca` of `node:tls` would replace what the runtime trusts by itself, and
 * under Deno asking what that is takes a permission (`--allow-sys=ca`).
 */
function clientContext({ caCerts = [], cert, key }: TlsOptions): tls.SecureContext {
  const context = tls.createSecureContext(cert === undefined ? {} : { cert, key });
  const added = certificatesIn(caCerts);
  if (added.length === 0) return context;
  for (const certificate of [...forgotten(), ...added]) context.context.addCACert(certificate);
  return context;
}

function certificatesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.match(PEM) ?? []);
}

/** What Node 20 trusts only as long as nothing is added. */
function forgotten(): readonly string[] {
  if ("getCACertificates" in tls) return [];
  const path = process.env.NODE_EXTRA_CA_CERTS;
  try {
    return path === undefined ? [] : readFileSync(path, "utf8").match(PEM) ?? [];
  } catch {
    return []; // Node warned of it when it started.
  }
}

/**
 * Makes the handshake and gives the transport of the plaintext.
 *
 * @throws {ConnectionAbortedError} It failed; the transport beneath has been let go. Aborting that one ends a handshake
 * that hangs.
 */
export async function startTls(inner: Transport, upgrade: TlsUpgrade): Promise<Transport> {
  const transport = new TlsTransport(inner, upgrade);
  const cipher = new CipherStream(inner, upgrade.initial, transport.events);
  const isClient = upgrade.role === "client";
  const socket = started(inner, () => isClient ? client(cipher, upgrade) : server(cipher, upgrade));
  await transport.handshake(cipher, socket, isClient ? undefined : () => refusalOf(socket, upgrade));
  return transport;
}

/** What does not even begin leaves nothing open either. */
function started(inner: Transport, start: () => tls.TLSSocket): tls.TLSSocket {
  try {
    return start();
  } catch (cause) {
    inner.abort();
    throw transportError({ reason: "tls", initiator: "local", cause }, "read");
  }
}

/**
 * Why a client is not let in. OpenSSL itself refuses one without a certificate, but only notes what is wrong with one that
 * has been shown: refusing that is up to `tls.Server`, which is not used here.
 */
function refusalOf(socket: tls.TLSSocket, { caCerts }: TlsUpgrade): Error | undefined {
  if (caCerts === undefined) return undefined;
  const { _handle } = socket as unknown as { _handle: { verifyError(): Error | string | null | undefined } | null };
  if (_handle === null) return new Error("The client is gone");
  const refusal = _handle.verifyError();
  // Deno says the code alone, and "" of a good one.
  return typeof refusal !== "string" || refusal === ""
    ? refusal || undefined
    : Object.assign(new Error("The client's certificate was refused"), { code: refusal });
}

function client(socket: CipherStream, upgrade: TlsUpgrade): tls.TLSSocket {
  const name = asciiName(upgrade.serverName!);
  return tls.connect({
    socket,
    host: name, // Without a host `node:tls` would check the certificate for "localhost".
    ...(net.isIP(name) === 0 && { servername: name }),
    ...common(upgrade),
  } as tls.ConnectionOptions);
}

function server(socket: CipherStream, upgrade: TlsUpgrade): tls.TLSSocket {
  const asks = upgrade.caCerts !== undefined;
  const options = { isServer: true, requestCert: asks, rejectUnauthorized: asks, ...common(upgrade) };
  return new tls.TLSSocket(socket, options as tls.TLSSocketOptions);
}

function common(upgrade: TlsUpgrade): tls.TLSSocketOptions {
  const { alpnProtocols } = upgrade;
  return {
    secureContext: contextOf(upgrade),
    ...(alpnProtocols !== undefined && { ALPNProtocols: [...alpnProtocols] }),
    allowHalfOpen: true,
  } as tls.TLSSocketOptions;
}

/** Certificates have names in ASCII: "faß.de" is for "xn--fa-hia.de". */
function asciiName(name: string): string {
  if (net.isIP(name) !== 0) return name;
  try {
    return new URL(`http://${name}`).hostname;
  } catch {
    return name; // No certificate will be for it.
  }
}
