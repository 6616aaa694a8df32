/**
 * Chooses the platform. The dialers and listeners are imported lazily, so that each runtime loads only its own.
 *
 * @module
 */
import type { Runtime, RuntimeName, TlsPlatform } from "../platform.ts";

/** Whether the runtime has Deno's own sockets. */
function hasDenoSockets(): boolean {
  return typeof (globalThis as { Deno?: { connect?: unknown } }).Deno?.connect === "function";
}

/** Fails before any I/O where the runtime cannot do what was asked. */
export function checkRuntime(name: RuntimeName): void {
  if (name === "deno" && !hasDenoSockets()) {
    throw new TypeError('Cannot use runtime "deno": this program does not run on Deno; leave it out, or use "node"');
  }
}

/** The platform to use. */
export async function loadRuntime(name: RuntimeName): Promise<Runtime> {
  if (name !== "node" && hasDenoSockets()) {
    const [{ dial }, { listen }] = await Promise.all([import("./deno/dial.ts"), import("./deno/listener.ts")]);
    return { dial, listen };
  }
  const [{ dial }, { listen }] = await Promise.all([import("./node/dial.ts"), import("./node/listener.ts")]);
  return { dial, listen };
}

/** TLS, the same on every platform: `node:tls`, which all of them have. */
export async function loadTls(): Promise<TlsPlatform> {
  const { checkCertificates, startTls } = await import("./node/tls.ts");
  return { checkCertificates, startTls };
}
