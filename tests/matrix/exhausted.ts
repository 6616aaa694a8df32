/** Processes that the system gives little to: few descriptors, few local ports. */
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import type { Environment } from "./condition.ts";

/** Enough to start every runtime, and few enough to be used up at once. */
const DESCRIPTORS = 512;

/** The local ports of the namespace: too few for a ninth connection to the same place. */
export const PORTS = 8;

/** A process that may have few descriptors. */
export function fewDescriptors(): Promise<Environment> {
  return Promise.resolve({ ...behind(`ulimit -n ${DESCRIPTORS}`), [Symbol.asyncDispose]: () => Promise.resolve() });
}

/** A process in a network namespace of its own with few local ports; it goes away with the process. */
export function fewPorts(): Promise<Environment> {
  const setting = `net.ipv4.ip_local_port_range="40000 ${40_000 + PORTS - 1}"`;
  const { launch } = behind(`ip link set lo up && sysctl -qw ${setting}`);
  return Promise.resolve({ launch: ["unshare", "--net", ...launch], [Symbol.asyncDispose]: () => Promise.resolve() });
}

/** The process is started by a shell that has prepared something, and takes its place. */
function behind(preparation: string): { launch: string[] } {
  return { launch: ["sh", "-c", `${preparation} && exec "$0" "$@"`] };
}

/**
 * Deno prepares its signals when it first needs them, such as at the end of a child process, and panics when there is no
 * descriptor for them. So they are prepared before there is none.
 */
process.on("SIGUSR2", () => {});

/** Uses up the descriptors of this process but for a few; gives back what frees them again. */
export function useUpDescriptors(but = 0): () => void {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    // EMFILE: that was the last one.
  }
  for (const descriptor of taken.splice(0, but)) closeSync(descriptor);
  return () => {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
  };
}
