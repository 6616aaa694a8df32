/**
 * Dials with `node:net`: resolves the name, races its addresses.
 *
 * No signal is ever handed down: `net.connect` with an aborted one connects all the same and leaks the socket (Node 20 to
 * 26), `tls.connect` kills the process.
 *
 * @module
 */
import { lookup } from "node:dns/promises";
import * as net from "node:net";
import { type Address, isLocalhost, LOOPBACK } from "../../address.ts";
import { now } from "../../clock.ts";
import { codeOf, connectError, isMissingPermission } from "../../failure.ts";
import type { ConnectAttempt } from "../../reasons.ts";
import type { DialOptions } from "../../platform.ts";
import type { Transport } from "../../transport.ts";
import { nodeCode, setCode } from "./failure.ts";
import { nextMemory } from "./inbound.ts";
import { type NodeSocket, underBun } from "./net_socket.ts";
import { race } from "./race.ts";
import { refusalCode } from "./refusal.ts";
import { NodeTransport } from "./socket.ts";

/** Bun stalls a paused `onread` socket and loses what it had read. */
const hasOnread = !underBun();

/** Connects to the first address that answers. */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<Transport> {
  const started = now();
  const addresses = await resolve(options.address, started);
  const result = await race(addresses, (address, stop) => connectTo(address, options, stop), {
    signal,
    isFatal: isMissingPermission,
  });
  if ("winner" in result) return result.winner;
  const { attempts } = result;
  const { error } = attempts.find(answered) ?? attempts.at(-1)!;
  throw connectError("connect", options.address, error, nodeCode(error), { elapsed: now() - started, attempts });
}

/** A host that answered "no" says more than one that kept silent. */
function answered({ error }: ConnectAttempt): boolean {
  const code = nodeCode(error);
  return code === "ECONNREFUSED" || code === "ECONNRESET";
}

async function resolve(address: Address, started: number): Promise<readonly Address[]> {
  if (address.transport === "unix" || net.isIP(address.hostname) !== 0 || !(await mayResolve(address))) {
    return [address];
  }
  try {
    const found = await lookup(address.hostname, { all: true });
    const hostnames = found.map((entry) => entry.address);
    if (isLocalhost(address.hostname)) hostnames.push(...LOOPBACK.filter((loopback) => !hostnames.includes(loopback)));
    if (hostnames.length > 0) return hostnames.map((hostname) => ({ ...address, hostname }));
    throw Object.assign(new Error(`The lookup of ${address.hostname} found no address`), { code: "ENOTFOUND" });
  } catch (error) {
    if (isMissingPermission(error)) throw error;
    throw connectError("connect", address, error, nodeCode(error), { elapsed: now() - started });
  }
}

/**
 * Under Deno a permission may be for the name alone: then only `node:net` itself may look it up and try its addresses. What is
 * not permitted at all it calls EPERM; Deno's own dial throws the error that says how to get it.
 */
async function mayResolve({ hostname, port }: Address & { transport: "tcp" }): Promise<boolean> {
  if (typeof Deno === "undefined") return true;
  const isGranted = (place: { host?: string }): boolean =>
    Deno.permissions.querySync({ name: "net", ...place }).state === "granted";
  if (isGranted({})) return true;
  if (!isGranted({ host: `${hostname}:${port}` })) (await Deno.connect({ hostname, port })).close();
  return false;
}

/** What the socket calls with its bytes. It lives as long, so it must hold nothing of the dial: signals, races, errors. */
class Onread {
  transport: NodeTransport | undefined;
  readonly buffer: () => Uint8Array = nextMemory;
  readonly callback = (bytes: number, memory: Uint8Array): boolean =>
    this.transport!.receive(bytes, memory as Uint8Array<ArrayBuffer>);
}

function connectTo(address: Address, options: DialOptions, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const onread = new Onread();
    const socket = net.connect({ ...endpoint(address, options), ...(hasOnread && { onread }), allowHalfOpen: true });
    const giveUp = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    const started = now();
    let failed = false;
    const fail = (error: Error): void => {
      if (failed) return; // 'close' comes behind 'error'.
      failed = true;
      signal.removeEventListener("abort", giveUp);
      socket.destroy();
      void learnCode(error, address, now() - started).then(() => reject(error));
    };
    socket.once("error", fail);
    // destroy() while connecting says nothing else.
    const closed = (): void => fail(new Error("The socket was closed before it was connected"));
    socket.once("close", closed);
    socket.once("connect", () => {
      signal.removeEventListener("abort", giveUp);
      if (signal.aborted) return giveUp();
      // What stays on the socket stays in memory, and the whole dial with it.
      socket.removeListener("error", fail);
      socket.removeListener("close", closed);
      const local = localAddress(socket as NodeSocket, address);
      const remote = remoteAddress(socket, address);
      const source = hasOnread ? "onread" : "data";
      resolve(onread.transport = new NodeTransport(socket as unknown as NodeSocket, source, local, remote));
    });
  });
}

/** Bun's refusals may be something else: see `refusal.ts`. */
async function learnCode(error: Error, address: Address, elapsed: number): Promise<void> {
  if (!underBun() || address.transport === "unix" || codeOf(error) !== "ECONNREFUSED") return;
  setCode(error, await refusalCode(address, elapsed));
}

function endpoint(address: Address, { noDelay, keepAlive }: DialOptions): net.NetConnectOpts {
  if (address.transport === "unix") return { path: address.path };
  return {
    host: address.hostname,
    port: address.port,
    noDelay,
    keepAlive: keepAlive !== false,
    ...(typeof keepAlive === "number" && { keepAliveInitialDelay: keepAlive }),
  };
}

/** The other end, as it is: who dials 0.0.0.0 reaches 127.0.0.1. A socket that was let go of already has none. */
function remoteAddress(socket: net.Socket, dialled: Address): Address {
  if (dialled.transport === "unix" || socket.remoteAddress === undefined) return dialled;
  return { ...dialled, hostname: socket.remoteAddress };
}

/** This end of a socket. */
export function localAddress(socket: NodeSocket, remote: Address): Address {
  if (remote.transport === "unix") return { transport: "unix", path: "" };
  return { transport: "tcp", hostname: socket.localAddress ?? "", port: socket.localPort ?? 0 };
}
