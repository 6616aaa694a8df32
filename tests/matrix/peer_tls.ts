/**
 * TLS for the peer: `node:tls` over a wire of ours, so that its records can be cut, harmed and made up. The socket below
 * stays at hand: what is done to it (`end`, `reset`, `send`) happens beneath TLS.
 */
import type * as net from "node:net";
import { Duplex } from "node:stream";
import * as tls from "node:tls";

/** How the peer does its part of the handshake. */
export interface SecureRequest {
  readonly role: "client" | "server";
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Whom it trusts; everybody when there is none. */
  readonly ca?: string | undefined;
  /** Of a client: the name that the other side's certificate must be for. */
  readonly name?: string | undefined;
  readonly alpn?: readonly string[] | undefined;
  /** `"TLSv1.1"` and older ones are what nobody takes any more. */
  readonly version?: tls.SecureVersion | undefined;
  /** Of a server: it wants a certificate, too. */
  readonly demanding?: boolean | undefined;
}

/** Where a record is cut. */
export type Where = "inside" | "boundary";

/** Carries the ciphertext, and closes nothing by itself. */
class Wire extends Duplex {
  /** What TLS writes is kept here instead of being sent. */
  held: Uint8Array[] | undefined;
  /** The next bytes in this direction are harmed. */
  harm: "in" | "out" | undefined;
  /** The other side has ended its stream beneath TLS. */
  ended = false;
  readonly #raw: net.Socket;

  constructor(raw: net.Socket) {
    super({ allowHalfOpen: true });
    this.#raw = raw;
    this.on("error", () => {});
    raw.on("data", (chunk: Uint8Array) => {
      if (!this.push(this.#harmed("in", chunk))) raw.pause();
    });
    raw.on("end", () => this.ended = true);
  }

  override _read(): void {
    this.#raw.resume();
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: (error?: Error | null) => void): void {
    if (this.held !== undefined) this.held.push(chunk.slice());
    else if (this.#raw.writable) return void this.#raw.write(this.#harmed("out", chunk), () => callback());
    callback();
  }

  override _final(callback: () => void): void {
    callback();
  }

  #harmed(direction: "in" | "out", chunk: Uint8Array): Uint8Array {
    if (this.harm !== direction) return chunk;
    this.harm = undefined;
    return Uint8Array.from(chunk, (byte, at) => at === chunk.length - 1 ? byte ^ 1 : byte);
  }
}

/** The peer's end of one TLS connection. */
export class SecureEnd {
  /** Plaintext that has arrived. */
  received = 0;
  /** How the other side's stream ended: `"end"` after close_notify, `"cut"` without, or the code of an error. */
  end: string | undefined;
  secure = false;
  readonly #raw: net.Socket;
  readonly #wire: Wire;
  readonly #socket: tls.TLSSocket;

  constructor(raw: net.Socket, request: SecureRequest) {
    this.#raw = raw;
    raw.setNoDelay(true); // What Nagle's algorithm holds back, a reset destroys.
    this.#wire = new Wire(raw);
    this.#socket = request.role === "client" ? client(this.#wire, request) : server(this.#wire, request);
    const over = (how: string): void => void (this.end ??= how);
    const failed = (error: { code?: string }): void => over(error.code ?? "error");
    this.#socket.on("secure", () => this.secure = true);
    this.#socket.on("error", failed);
    this.#socket.on("_tlsError", failed);
    this.#socket.on("data", (chunk: Uint8Array) => this.received += chunk.length);
    this.#socket.on("end", () => over("end"));
    this.#socket.on("close", () => raw.end());
    raw.on("error", failed);
    // What came before is decrypted by then.
    raw.on("end", () => setTimeout(() => over("cut"), 20));
    raw.on("close", () => setTimeout(() => over("closed"), 20));
  }

  /** Sends over TLS. */
  async seal(what: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(what, () => resolve()));
  }

  /** What it would send, as bytes: whole records, or the first half of the last. */
  async sealed(what: string | Uint8Array, where: Where): Promise<Uint8Array> {
    this.#wire.held = [];
    await this.seal(what);
    const bytes = Buffer.concat(this.#wire.held);
    this.#wire.held = undefined;
    return where === "inside" ? bytes.subarray(0, bytes.length >> 1) : bytes;
  }

  /** Says close_notify, and nothing beneath TLS. */
  async goodbye(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.end(() => resolve()));
  }

  /** The next bytes are not what they were. */
  harm(direction: "in" | "out"): void {
    this.#wire.harm = direction;
  }

  /** Reads no more plaintext. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
    this.#raw.resume();
  }
}

function client(socket: Wire, { name, alpn, ca, ...rest }: SecureRequest): tls.TLSSocket {
  return tls.connect({
    socket,
    servername: "localhost",
    host: name ?? "localhost",
    rejectUnauthorized: ca !== undefined || name !== undefined,
    ...(ca !== undefined && { ca }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    ...credentials(rest),
    allowHalfOpen: true,
  } as tls.ConnectionOptions);
}

function server(socket: Wire, { alpn, demanding = false, ca, ...rest }: SecureRequest): tls.TLSSocket {
  return new tls.TLSSocket(socket, {
    isServer: true,
    requestCert: demanding,
    rejectUnauthorized: demanding,
    secureContext: tls.createSecureContext({ ...credentials(rest), ...(ca !== undefined && { ca }) }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    allowHalfOpen: true,
  } as tls.TLSSocketOptions);
}

function credentials(
  { cert, key, version }: Pick<SecureRequest, "cert" | "key" | "version">,
): tls.SecureContextOptions {
  return {
    ...(cert !== undefined && { cert, key: key! }),
    ...(version !== undefined && { minVersion: version, maxVersion: version, ciphers: "DEFAULT:@SECLEVEL=0" }),
  };
}
