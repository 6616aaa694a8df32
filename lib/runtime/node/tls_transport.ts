/**
 * A Transport of plaintext over a `tls.TLSSocket`, whose ciphertext travels over another Transport.
 *
 * Theory of operation. What fails beneath is told first and in its own words: `node:tls` would only say that it was cut.
 * The peer's close_notify makes the TLS socket end while the stream beneath is open; an end of the stream beneath is kept
 * from TLS until everything that came before is decrypted. If TLS has not ended by then, the peer has not said goodbye.
 * A write that fails beneath ends writing alone: what had arrived before is still read, decrypted and handed on, and the
 * read that comes behind it meets the failure.
 *
 * @module
 */
import type * as tls from "node:tls";
import type { Address } from "../../address.ts";
import { endOfTurn, sleep } from "../../clock.ts";
import { CLOSED, type Failure, failureOf, transportError } from "../../failure.ts";
import type { TlsInfo, TlsUpgrade } from "../../tls_options.ts";
import type { Transport } from "../../transport.ts";
import type { CipherEvents, CipherStream } from "./cipher_stream.ts";
import { Inbound } from "./inbound.ts";
import type { NodeSocket } from "./net_socket.ts";
import { infoOf } from "./tls_info.ts";
import { TlsOutbound } from "./tls_outbound.ts";
import { turnAway } from "./turn_away.ts";

/** How long decrypting what came before an end may take: it is in memory, and needs a turn or two. */
const DECRYPTING = 20;
const TURNS = 3;

/** Plaintext that is decrypted before anybody asks, while a write waits: an answer must not die with it. */
const READ_AHEAD = 65_536;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** One TLS connection. */
export class TlsTransport implements Transport {
  /** What was agreed on, when the handshake is done. */
  tls: TlsInfo | undefined;
  readonly #inner: Transport;
  readonly #truncation: "error" | "end";
  /** Whether it is a server that asks for a certificate. */
  readonly #asks: boolean;
  #cipher!: CipherStream;
  #socket!: tls.TLSSocket;
  #inbound: Inbound | undefined;
  #outbound: TlsOutbound | undefined;
  #handshake: Waiter | undefined;
  /** The first failure. */
  #failure: Failure | undefined;
  /** Nothing more can be read, for that reason. */
  #broken = false;
  #watcher: ((error: unknown) => void) | undefined;
  #decrypting: ReturnType<typeof sleep> | undefined;
  #gone = false;
  /** There only where the inner one has it: what has no `ref` is no socket, and keeps no process alive. */
  readonly ref?: () => void;
  readonly unref?: () => void;

  constructor(inner: Transport, { role, caCerts, truncation = "error" }: TlsUpgrade) {
    this.#inner = inner;
    if (inner.ref !== undefined) this.ref = () => inner.ref?.();
    if (inner.unref !== undefined) this.unref = () => inner.unref?.();
    this.#truncation = truncation;
    this.#asks = role === "server" && caCerts !== undefined;
    inner.watch?.((error) => this.#failBeneath(failureOf(error)));
  }

  get localAddress(): Address {
    return this.#inner.localAddress;
  }

  get remoteAddress(): Address {
    return this.#inner.remoteAddress;
  }

  get bytesTaken(): number {
    return this.#outbound?.bytesTaken ?? 0;
  }

  /** What the stream beneath tells. */
  get events(): CipherEvents {
    return {
      wantsMore: () => this.#wantsMore,
      onEnd: (failure) => void this.#onCipherEnd(failure),
      onFailure: (error) => this.#failBeneath(failureOf(error)),
    };
  }

  /**
   * Settles when the handshake is done; when it fails everything has been let go. `refusal` is a server's: why a client is not
   * let in. A client's socket checks the certificate by itself, behind "secure".
   */
  handshake(cipher: CipherStream, socket: tls.TLSSocket, refusal?: () => Error | undefined): Promise<void> {
    this.#cipher = cipher;
    this.#socket = socket;
    this.#inbound = new Inbound(socket as unknown as NodeSocket, "data");
    this.#outbound = new TlsOutbound(socket, cipher);
    socket.on("error", (error) => this.#onError(error));
    // A server's socket without a `tls.Server` tells only this one.
    socket.on("_tlsError", (error: Error) => this.#onError(error));
    socket.on("end", () => this.#onEnd());
    socket.on("close", () => this.#onClose());
    return new Promise((resolve, reject) => {
      this.#handshake = { resolve, reject };
      socket.once(refusal ? "secure" : "secureConnect", () => this.#onSecure(refusal?.()));
      cipher.start();
    });
  }

  watch(onFailure: (error: unknown) => void): void {
    this.#watcher = onFailure;
  }

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const read = this.#inbound!.read(into);
    this.#cipher.readMore();
    return read;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    this.#inbound!.writing = true;
    await this.#outbound!.write(chunks);
    this.#inbound!.writing = false;
  }

  async closeWrite(): Promise<void> {
    if (this.#outbound!.ended && this.#failure === undefined) return;
    await this.#outbound!.end();
    await this.#inner.closeWrite();
  }

  release(): void {
    if (this.#leave()) this.#inner.release();
  }

  abort(): void {
    if (this.#leave()) this.#inner.abort();
  }

  #onSecure(refusal: Error | undefined): void {
    if (this.#failure !== undefined) return;
    if (refusal !== undefined) return this.#fail(tlsFailure(refusal));
    this.tls = infoOf(this.#socket);
    this.#handshake?.resolve();
    this.#handshake = undefined;
  }

  #onError(error: Error): void {
    this.#inbound!.rescue();
    this.#fail(tlsFailure(error));
  }

  /** The peer's goodbye. */
  #onEnd(): void {
    if (this.#failure !== undefined) this.#fail(this.#failure);
    else this.#inbound!.end();
  }

  /** It was closed underneath, which an orderly end of both directions does, too. */
  #onClose(): void {
    if (this.#gone || (this.#inbound!.ended && this.#outbound!.ended)) return;
    this.#fail(tlsFailure(new Error("The TLS socket was closed")));
  }

  async #onCipherEnd(failure?: { readonly error: unknown }): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      this.#inbound!.rescue(); // An end shows only behind the last byte.
      await nextTurn();
    }
    if (failure !== undefined || this.#failure !== undefined) {
      return this.#fail(this.#failure ?? failureOf(failure!.error));
    }
    if (!this.#decided && this.#handshake === undefined) await (this.#decrypting = sleep(DECRYPTING)).done;
    this.#inbound!.rescue();
    if (this.#decided) return;
    const { insideRecord } = this.#cipher;
    const tolerated = this.#truncation === "end" && this.#handshake === undefined && !insideRecord;
    if (tolerated) return this.#inbound!.end();
    const where = insideRecord ? "inside a TLS record" : "without close_notify";
    this.#fail(tlsFailure(new Error(`The peer ended the stream ${where}`)));
  }

  get #wantsMore(): boolean {
    if (this.#handshake !== undefined || this.#inbound!.waiting) return true;
    return this.#inbound!.writing && this.#socket.readableLength < READ_AHEAD;
  }

  get #decided(): boolean {
    return this.#gone || this.#failure !== undefined || this.#inbound!.ended;
  }

  /** The transport beneath can no longer be written to: the first failure is latched, and reading goes on to its end. */
  #failBeneath(failure: Failure): void {
    if (this.#failure !== undefined) return;
    if (this.#handshake !== undefined) return this.#fail(failure);
    const waited = this.#waited;
    this.#failure = failure;
    this.#rejectAll(failure);
    this.#cipher.readMore();
    if (!waited) this.#watcher?.(transportError(failure, "read"));
  }

  /** Latches the first failure and tells everybody who waits. */
  #fail(failure: Failure): void {
    if (this.#broken) return;
    this.#broken = true;
    const told = this.#waited || this.#failure !== undefined;
    this.#failure ??= failure;
    this.#decrypting?.cancel();
    this.#inbound?.rescue();
    this.#inbound?.fail(this.#failure);
    this.#rejectAll(this.#failure);
    this.#socket?.destroy();
    if (!told) this.#watcher?.(transportError(this.#failure, "read"));
  }

  get #waited(): boolean {
    return this.#inbound?.waiting || this.#outbound?.waiting || false;
  }

  #rejectAll(failure: Failure): void {
    const handshake = this.#handshake;
    this.#handshake = undefined;
    if (handshake !== undefined) this.#giveUp(handshake, failure);
    this.#outbound?.fail(failure);
  }

  /** The handshake failed. An alert that says why goes out first, and is not followed by a reset that would overtake it. */
  #giveUp(handshake: Waiter, failure: Failure): void {
    const told = failure.reason === "tls" && !this.#gone;
    const leave = (): void => {
      this.#inner[told ? "release" : "abort"]();
      handshake.reject(transportError(failure, "read"));
    };
    if (!told) leave();
    else if (this.#asks) void turnAway(this.#inner, this.#cipher).then(leave);
    else endOfTurn(leave);
  }

  /** Own state first, so that every event that follows is known to be our doing. */
  #leave(): boolean {
    if (this.#gone) return false;
    this.#gone = this.#broken = true;
    this.#failure = CLOSED;
    this.#decrypting?.cancel();
    this.#inbound?.stop(CLOSED);
    this.#rejectAll(CLOSED);
    this.#socket?.destroy();
    return true;
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => endOfTurn(resolve));

function tlsFailure(cause: unknown): Failure {
  return { reason: "tls", initiator: "peer", cause };
}
