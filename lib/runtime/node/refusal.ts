/**
 * What a refusal on Bun really was.
 *
 * Bun 1.4.5 says ECONNREFUSED when a dial fails for nearly any reason: `strace` shows EHOSTUNREACH, ENETUNREACH, ETIMEDOUT
 * and EMFILE from the kernel, `Bun.connect` is no better, and `fetch`, which tells the truth, would send a request. So
 * afterwards the system is asked what it can be asked without sending anything.
 *
 * What this cannot find out: a router that answers "unreachable" (ICMP) at once. It stays a refusal.
 *
 * @module
 */
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { devNull } from "node:os";
import type { TcpAddress } from "../../address.ts";
import { codeOf } from "../../failure.ts";

/**
 * In ms. A refusal is an answer: it takes one round trip, or a second more when the first SYN was lost. The kernel gives
 * up after 3 s at the earliest (`tcp_syn_retries=1`: 1 s and 2 s; by default after two minutes; ARP: three times 1 s).
 */
const NO_REFUSAL = 2_500;

/** What the system knows. */
export interface Witness {
  /** The code with which it refuses a descriptor. */
  descriptor(): string | undefined;
  /** The code with which it refuses a route. */
  route(address: TcpAddress): Promise<string | undefined>;
  /** Whether a host on the same wire has been asked for in vain (ARP). */
  isMissing(hostname: string): Promise<boolean>;
}

/** The code of a dial that was refused after so many milliseconds, as far as can be told. */
export async function refusalCode(address: TcpAddress, elapsed: number, witness: Witness = system): Promise<string> {
  const code = witness.descriptor() ?? await witness.route(address);
  if (code !== undefined) return code;
  if (await witness.isMissing(address.hostname)) return "EHOSTUNREACH";
  return elapsed < NO_REFUSAL ? "ECONNREFUSED" : "ETIMEDOUT";
}

/** Bun's failed `listen` often has no code: what the system says about descriptors. */
export function descriptorCode(): string | undefined {
  try {
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    return code === "EMFILE" || code === "ENFILE" ? code : undefined; // Anything else says nothing about descriptors.
  }
}

const system: Witness = { descriptor: descriptorCode, route: routeCode, isMissing };

/** What is used of Bun. */
interface Bun {
  udpSocket(options: { connect: { hostname: string; port: number } }): Promise<{ close(): void }>;
}

/** Connecting a datagram socket looks up the route and sends nothing. (`node:dgram` of Bun has no code here.) */
async function routeCode({ hostname, port }: TcpAddress): Promise<string | undefined> {
  const { Bun } = globalThis as { Bun?: Bun };
  try {
    (await Bun?.udpSocket({ connect: { hostname, port } }))?.close();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

/** Linux: a neighbour whose flags are 0x0 has not answered. Elsewhere there is no such file, and nothing is known. */
async function isMissing(hostname: string): Promise<boolean> {
  const neighbours = await readFile("/proc/net/arp", "utf8").catch(() => "");
  return neighbours.split("\n").some((line) => {
    const [address, , flags] = line.split(/\s+/);
    return address === hostname && flags === "0x0";
  });
}
