/**
 * TLS in place: the connection stays, what carries its bytes changes.
 *
 * @module
 */
import { onAbort } from "./abort_hub.ts";
import { checkChoice, checkOptions, checkSignal, checkTimeout } from "./arguments.ts";
import { Deadline, now } from "./clock.ts";
import { CLOSED, type Failure, failureOf, failureOfBound, failureOfSignal } from "./failure.ts";
import type { FillLoop } from "./fill_loop.ts";
import type { Lifetime } from "./lifetime.ts";
import type { TlsPlatform } from "./platform.ts";
import { loadTls } from "./runtime/mod.ts";
import { checkTlsOptions, type StartTlsOptions, type TlsUpgrade } from "./tls_options.ts";
import type { WriteQueue } from "./write_queue.ts";

/** A handshake that nobody bounded: two round trips over any network take less. */
const TIMEOUT = 30_000;

const INJECTED: Failure = {
  reason: "tls",
  initiator: "peer",
  cause: new Error("Plaintext was at hand before the handshake: somebody may have injected it"),
};

/** What is needed of a connection. */
export interface UpgradeParts {
  readonly lifetime: Lifetime;
  readonly loop: FillLoop;
  readonly queue: WriteQueue;
  /** The hostname that was dialled. */
  readonly hostname: string | undefined;
}

/** Checks the options, before any I/O; with every default. */
export function upgradeOf(options: StartTlsOptions | undefined, hostname: string | undefined): TlsUpgrade {
  checkOptions(options);
  const { role = "client", signal, timeout, ...tls } = options ?? {};
  checkChoice("role", role, ["client", "server"]);
  checkSignal(signal);
  checkTimeout("timeout", timeout);
  checkTlsOptions(tls, role);
  if (role === "server") return { ...tls, role };
  const serverName = tls.serverName ?? hostname;
  if (serverName === undefined) {
    throw new TypeError(
      "Cannot start TLS without serverName: no hostname was dialled, so the certificate has no name to be for",
    );
  }
  return { ...tls, role, serverName };
}

/** Flushes, makes the handshake and goes on over TLS; any failure releases the socket. */
export async function startTls(parts: UpgradeParts, options: StartTlsOptions | undefined): Promise<void> {
  const { lifetime, loop, queue } = parts;
  const started = now();
  const upgrade = upgradeOf(options, parts.hostname);
  if (lifetime.phase !== "open") throw lifetime.report("startTls");
  if (lifetime.writeEnding) throw new TypeError("Cannot start TLS: closeWrite() was called on this connection");
  const free = loop.occupy("startTls");
  const flushed = queue.hold(); // From here on what is written goes out over TLS, and not before.
  // From here on there is no goodbye, either: it would take the bytes of the handshake, and send in plaintext what is held.
  lifetime.onClosing = () => lifetime.cut(CLOSED, "close");
  try {
    const platform = await loadTls();
    platform.checkCertificates(upgrade);
    const stop = giveUp(lifetime, options);
    await flushed.then(() => shakeHands(parts, upgrade, platform.startTls)).finally(stop);
  } finally {
    lifetime.onClosing = undefined;
    free();
    queue.letGo();
  }
  if (lifetime.phase !== "open") throw lifetime.report("startTls", { elapsed: now() - started });
}

async function shakeHands(
  { lifetime, loop }: UpgradeParts,
  upgrade: TlsUpgrade,
  start: TlsPlatform["startTls"],
): Promise<void> {
  const atHand = loop.queue.length;
  if (upgrade.role === "client" && atHand > 0) lifetime.cut(INJECTED, "startTls");
  if (lifetime.phase !== "open") return;
  try {
    const secure = await start(lifetime.transport, { ...upgrade, initial: loop.queue.take(atHand) });
    if (lifetime.over) secure.abort();
    else lifetime.continueOver(secure);
  } catch (error) {
    lifetime.cut(failureOf(error), "startTls");
  }
}

/** This side's patience; the result takes it back. */
function giveUp(lifetime: Lifetime, { signal, timeout = TIMEOUT }: StartTlsOptions = {}): () => void {
  const deadline = new Deadline(() => lifetime.cut(failureOfBound("timeout", timeout), "startTls"));
  deadline.arm(timeout);
  const cut = (): void => lifetime.cut(failureOfSignal(signal!.reason), "startTls");
  const forget = signal && !signal.aborted ? onAbort(signal, cut) : undefined;
  if (signal?.aborted) cut();
  return () => {
    deadline.dispose();
    forget?.();
  };
}
