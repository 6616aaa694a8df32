/**
 * Listens with `Deno.listen`.
 *
 * @module
 */
import type { Address } from "../../address.ts";
import { now, sleep } from "../../clock.ts";
import { CLOSED, connectError, isMissingPermission, transportError } from "../../failure.ts";
import type { Acceptor, BindOptions } from "../../platform.ts";
import type { Transport } from "../../transport.ts";
import { type DenoConn, DenoTransport, fromDenoAddress } from "./conn.ts";
import { denoCode } from "./failure.ts";

/** A client that reset before it was accepted: its noise, not the listener's (Deno says NotConnected). */
const NOISE = new Set(["ENOTCONN", "ECONNRESET", "ECONNABORTED", "EPROTO", "EPERM"]);

/** Out of descriptors or memory: Deno says so at once, over and over, as long as it lasts. */
const CAPACITY = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** How long to wait before the next attempt then, in ms: a loop that goes on after an error must not burn the processor. */
const CAPACITY_PAUSE = 100;

type Tunable = DenoConn & { setNoDelay?(on: boolean): void; setKeepAlive?(on: boolean): void };

/** Binds one address. */
export async function listen(options: BindOptions): Promise<Acceptor> {
  const { address, reusePort } = options;
  if (address.transport === "unix") await removeStale(address.path);
  else if (reusePort) checkReusePort();
  try {
    return new DenoAcceptor(open(options), options);
  } catch (error) {
    if (isMissingPermission(error)) throw error;
    throw connectError("listen", address, error, denoCode(error));
  }
}

/** Without its flag `Deno.listen({ reusePort })` does not throw: it ends the process. `listenDatagram` shows the flag. */
function checkReusePort(): void {
  if ("listenDatagram" in Deno) return;
  throw new TypeError('Cannot use reusePort true: Deno has it only with --unstable-net; use runtime: "node" instead');
}

function open({ address, reusePort, backlog }: BindOptions): Deno.Listener {
  if (address.transport === "unix") return Deno.listen({ transport: "unix", path: address.path });
  const { hostname, port } = address;
  return Deno.listen({ hostname, port, reusePort, tcpBacklog: backlog } as Deno.TcpListenOptions);
}

/** A socket file that nobody listens on is in the way; anything else is not ours to remove. */
async function removeStale(path: string): Promise<void> {
  try {
    if (!(await Deno.lstat(path)).isSocket) return;
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    // Missing (ENOENT) or not ours to look at: the bind will say. Refused: nobody listens there any more.
    if (denoCode(error) === "ECONNREFUSED") await Deno.remove(path);
  }
}

class DenoAcceptor implements Acceptor {
  readonly address: Address;
  readonly #listener: Deno.Listener;
  readonly #options: BindOptions;
  #closed = false;
  /** When the next accept may begin. */
  #notBefore = 0;

  constructor(listener: Deno.Listener, options: BindOptions) {
    this.#listener = listener;
    this.#options = options;
    this.address = fromDenoAddress(listener.addr);
  }

  async accept(): Promise<Transport> {
    const pause = this.#notBefore - now();
    if (pause > 0) await sleep(pause).done;
    for (;;) {
      try {
        return this.#tune(await this.#listener.accept());
      } catch (error) {
        if (this.#closed) throw transportError({ ...CLOSED, cause: error }, "read");
        const code = denoCode(error);
        if (CAPACITY.has(code ?? "")) this.#notBefore = now() + CAPACITY_PAUSE;
        if (!NOISE.has(code ?? "")) throw connectError("accept", this.address, error, code);
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#listener.close();
    } catch {
      // BadResource: it was closed underneath, which is what was wanted.
    }
  }

  ref(): void {
    this.#listener.ref();
  }

  unref(): void {
    this.#listener.unref();
  }

  #tune(conn: Tunable): Transport {
    if (this.#options.noDelay) conn.setNoDelay?.(true);
    if (this.#options.keepAlive !== false) conn.setKeepAlive?.(true);
    return new DenoTransport(conn);
  }
}
