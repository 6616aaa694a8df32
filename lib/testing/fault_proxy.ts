/**
 * Faults for programs that nobody can wrap: a proxy between two real sockets.
 *
 * @module
 */
import { type Address, addressOf } from "../address.ts";
import { checkFunction, checkOptions, checkTimeout } from "../arguments.ts";
import { sleep } from "../clock.ts";
import type { Connection } from "../connection.ts";
import { ConnectionAbortedError } from "../errors.ts";
import { listen } from "../listen.ts";
import type { Listener } from "../listener.ts";
import type { RuntimeName } from "../platform.ts";
import { FaultStack, type StackedFault } from "./fault_stack.ts";
import type { Fault } from "./faults/flaw.ts";
import { type ProxiedConnection, Relay } from "./proxied_connection.ts";

/** Out of descriptors: some of ours may be closed by then. */
const EXHAUSTED_PAUSE = 100;

/** Which way bytes go through a proxy: to the upstream, or down to the client. */
export type ProxyFlow = "upstream" | "downstream";

/** A place to listen or to dial: a host and a port, or the path of a Unix socket. */
export interface ProxyAddress {
  /**
   * A name or an IP address.
   *
   * @default {"127.0.0.1"}
   */
  readonly hostname?: string | undefined;
  /** A TCP port; either this or `path`. */
  readonly port?: number | undefined;
  /** A Unix socket; either this or `port`. */
  readonly path?: string | undefined;
}

/** Options of `faultProxy`. */
export interface FaultProxyOptions {
  /** Where clients dial: `"127.0.0.1:0"`, `"unix:/run/x.sock"`, or an object; port 0 lets the system choose. */
  listen: string | ProxyAddress;
  /** Where they are passed on to. */
  upstream: string | ProxyAddress;
  /**
   * What goes wrong from the start: `upstream` with what flows to the upstream, `downstream` with what flows to the client.
   * In this order; the first is closest to where the bytes come from. A fault is put around the socket that its flow is read
   * from, so its direction stays `"read"`, the default; `"write"` is the opposite flow.
   */
  faults?: { readonly upstream?: readonly Fault[]; readonly downstream?: readonly Fault[] } | undefined;
  /**
   * Bounds each dial of the upstream, in ms.
   *
   * @default {30000}
   */
  connectTimeout?: number | undefined;
  /** Told of every connection as it is accepted: for a log, or a display. */
  onConnection?: ((connection: ProxiedConnection) => void) | undefined;
  /**
   * Which sockets. `"node"` on every runtime, because Deno's own have no RST: a reset would come out as an end.
   *
   * @default {"node"}
   */
  runtime?: RuntimeName | undefined;
}

/** A fault of a running proxy. */
export interface ProxyFault {
  /** Takes it away from every connection, now; what it held back passes, in order. Idempotent. */
  remove(): void;
  /** Puts another one in its place, on every connection, now. */
  replace(fault: Fault): void;
}

/** A running proxy. */
export interface FaultProxy extends AsyncDisposable {
  /** Where it listens, with the port that was chosen. */
  readonly address: Address;
  /** Connections that are not over, in the order in which they were accepted. */
  readonly connections: ReadonlySet<ProxiedConnection>;
  /** Puts a fault around what flows one way: of connections that are open, from now on, and of those to come. */
  add(flow: ProxyFlow, fault: Fault): ProxyFault;
  /** Takes all faults away. */
  removeAll(): void;
  /** Stops listening and resets what is open; settles when every socket is closed. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a proxy between clients and an upstream whose connections go wrong as you say, for programs that cannot be given a
 * `wrap`: another process, another language, a client library.
 *
 * An end travels on as an end, a reset as a reset, and the bytes before them first. Faults can be added, replaced and removed
 * while bytes flow: none is lost. A client whose upstream cannot be reached finds the end of stream.
 *
 * Known as toxiproxy, with faults for toxics.
 *
 * @param options Where to listen, where to pass on to, what goes wrong.
 * @returns The proxy, listening; `await using` closes it.
 * @throws {ConnectError} It could not bind.
 * @throws {TypeError} A wrong address or option, before any I/O.
 * @throws {RangeError} A port or path out of range, before any I/O.
 * @example Reset the answer of a server in the middle
 * ```ts
 * import assert from "node:assert/strict";
 * import { connect, listen } from "@hawser/net";
 * import { faultProxy, resetAt } from "@hawser/net/testing";
 *
 * await using server = await listen({ port: 0 });
 * await using proxy = await faultProxy({ listen: "127.0.0.1:0", upstream: server.address });
 * const fault = proxy.add("downstream", resetAt(5));
 * await using client = await connect(proxy.address, { runtime: "node" });
 * await using served = await server.accept();
 * await served.writer.write("a long answer\n");
 * const error = await client.reader.readLine().catch((error) => error);
 * assert.equal(error.reason, "reset");
 * fault.remove();
 * ```
 */
export async function faultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  check(options);
  const proxy = new RunningProxy(options, dialAddress(options.upstream));
  await proxy.start();
  return proxy;
}

/** A fault, and where it stands now. */
interface Placed {
  readonly flow: ProxyFlow;
  fault: Fault;
}

/** One connection: its relay, the two flows, and the faults on them. */
interface Proxied {
  readonly stacks: Record<ProxyFlow, FaultStack | undefined>;
  readonly faults: Map<Placed, StackedFault>;
}

class RunningProxy implements FaultProxy {
  readonly connections: Set<ProxiedConnection> = new Set();
  readonly #options: FaultProxyOptions;
  readonly #upstream: Address;
  readonly #faults: Set<Placed> = new Set();
  readonly #proxied: Set<Proxied> = new Set();
  #listener!: Listener;
  #accepting!: Promise<void>;
  #accepted = 0;
  #closed: Promise<void> | undefined;

  constructor(options: FaultProxyOptions, upstream: Address) {
    this.#options = options;
    this.#upstream = upstream;
    for (const flow of ["upstream", "downstream"] as const) {
      for (const fault of options.faults?.[flow] ?? []) this.#faults.add({ flow, fault });
    }
  }

  get address(): Address {
    return this.#listener.address;
  }

  async start(): Promise<void> {
    const { listen: where, runtime = "node" } = this.#options;
    let proxied!: Proxied;
    const wrap = this.#wrapper("upstream", () => proxied = this.#register());
    this.#listener = await listen(where as string, { runtime, wrap });
    this.#accepting = this.#accept(() => proxied);
  }

  add(flow: ProxyFlow, fault: Fault): ProxyFault {
    checkFlow(flow);
    checkFunction("fault", fault ?? null);
    const placed: Placed = { flow, fault };
    this.#faults.add(placed);
    for (const one of this.#proxied) place(one, placed);
    return {
      remove: () => this.#remove(placed),
      replace: (other) => {
        checkFunction("fault", other ?? null);
        placed.fault = other;
        this.#faults.add(placed);
        for (const one of this.#proxied) place(one, placed);
      },
    };
  }

  removeAll(): void {
    for (const placed of [...this.#faults]) this.#remove(placed);
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#listener.close();
    await this.#accepting;
    for (const connection of this.connections) connection.abort();
    await Promise.all([...this.connections].map(({ closed }) => closed));
  }

  #remove(placed: Placed): void {
    this.#faults.delete(placed);
    for (const { faults } of this.#proxied) {
      faults.get(placed)?.remove();
      faults.delete(placed);
    }
  }

  #register(): Proxied {
    const proxied: Proxied = { stacks: { upstream: undefined, downstream: undefined }, faults: new Map() };
    this.#proxied.add(proxied);
    return proxied;
  }

  /** Puts the stack of a flow around a socket, with the faults of now. */
  #wrapper(flow: ProxyFlow, whose: () => Proxied): Fault {
    return (transport) => {
      const proxied = whose();
      const stack = new FaultStack(transport);
      proxied.stacks[flow] = stack;
      for (const placed of this.#faults) if (placed.flow === flow) place(proxied, placed);
      return stack;
    };
  }

  async #accept(latest: () => Proxied): Promise<void> {
    for (;;) {
      try {
        this.#relay(await this.#listener.accept(), latest());
      } catch (error) {
        if (ConnectionAbortedError.is(error)) return; // Closed.
        await sleep(EXHAUSTED_PAUSE).done;
      }
    }
  }

  #relay(client: Connection, proxied: Proxied): void {
    const { runtime = "node", connectTimeout, onConnection } = this.#options;
    const wrap = this.#wrapper("downstream", () => proxied);
    const target = this.#upstream.transport === "tcp"
      ? { hostname: this.#upstream.hostname, port: this.#upstream.port }
      : { path: this.#upstream.path };
    const relay = new Relay(++this.#accepted, client, { ...target, runtime, timeout: connectTimeout, wrap });
    this.connections.add(relay);
    void relay.closed.then(() => {
      this.connections.delete(relay);
      this.#proxied.delete(proxied);
    });
    onConnection?.(relay);
  }
}

/** Puts a fault around its flow of one connection, or in the place of its former self. */
function place({ stacks, faults }: Proxied, placed: Placed): void {
  const former = faults.get(placed);
  const stack = stacks[placed.flow];
  const stacked = former?.replace(placed.fault) ?? stack?.add(placed.fault);
  if (stacked !== undefined) faults.set(placed, stacked);
}

function check(options: FaultProxyOptions): void {
  checkOptions(options ?? null);
  const { faults, connectTimeout, onConnection } = options;
  checkOptions(faults);
  checkTimeout("connectTimeout", connectTimeout);
  checkFunction("onConnection", onConnection);
  for (const flow of ["upstream", "downstream"] as const) {
    for (const fault of faults?.[flow] ?? []) checkFunction(`a fault of ${flow}`, fault ?? null);
  }
}

function checkFlow(flow: unknown): void {
  if (flow === "upstream" || flow === "downstream") return;
  throw new TypeError(`Cannot add a fault to flow ${String(flow)}: it must be "upstream" or "downstream"`);
}

/** The upstream, checked before anything listens. */
function dialAddress(upstream: string | ProxyAddress): Address {
  if (typeof upstream !== "string") checkOptions(upstream ?? null);
  const { address, tls } = addressOf(upstream, 1);
  if (tls) throw new TypeError("Cannot proxy to tls://: give host:port, TLS passes through as it is");
  return address;
}
