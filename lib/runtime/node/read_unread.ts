/**
 * What the kernel still holds for a socket that is about to be destroyed.
 *
 * @module
 */
import type { NodeSocket } from "./net_socket.ts";

/** What is used of `node:fs`. */
interface Files {
  readSync(descriptor: number, into: Uint8Array): number;
}

/** Without an import: this file is loaded with the adapters, also where there is no `node:fs`. */
function files(): Files | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.("node:fs") as Files | undefined;
}

/**
 * Reads past the runtime, straight from the descriptor, without waiting; at most about `most` bytes.
 *
 * Node and Bun destroy a socket whose write has failed, and closing it throws away what the peer had said: the "413" of a
 * server that refuses an upload, where the write was woken first (3 of 4 times on Node 20 to 26, measured with a server in
 * another process). The callback of that write runs just before: the descriptor is open for the last time.
 */
export function readUnread(socket: NodeSocket, most: number): Uint8Array[] {
  const descriptor = (socket as { _handle?: { fd?: unknown } | null })._handle?.fd;
  const fs = files();
  if (fs === undefined || typeof descriptor !== "number" || descriptor < 0) return [];
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    while (total < most) {
      const into = new Uint8Array(65_536);
      const bytes = fs.readSync(descriptor, into);
      if (bytes === 0) break;
      chunks.push(into.subarray(0, bytes));
      total += bytes;
    }
  } catch {
    // EAGAIN: that was all. Or the failure that is about to be told.
  }
  return chunks;
}
