/**
 * What the kernel still holds for a socket whose runtime has done with it.
 *
 * @module
 */
import { codeOf } from "../../failure.ts";
import type { NodeSocket } from "./net_socket.ts";

/** What is used of `node:fs`. */
interface Files {
  readSync(descriptor: number, into: Uint8Array): number;
}

/** What was there. */
export interface Unread {
  readonly chunks: readonly Uint8Array[];
  /** Why there is no more: neither the end of stream, nor that nothing else has come yet. */
  readonly error?: Error;
}

/** Without an import: this file is loaded with the adapters, also where there is no `node:fs`. */
function files(): Files | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.("node:fs") as Files | undefined;
}

/**
 * Reads past the runtime, straight from the descriptor, without waiting; at most about `most` bytes, `piece` at a time.
 *
 * Node and Bun destroy a socket whose write has failed, and closing it throws away what the peer had said: the "413" of a
 * server that refuses an upload, where the write was woken first (3 of 4 times on Node 20 to 26, measured with a server in
 * another process). The callback of that write runs just before: the descriptor is open for the last time. And where libuv
 * takes a reset for an end of stream, the kernel still has the error for whoever asks next.
 */
export function readUnread(socket: NodeSocket, most: number, piece = 65_536): Unread {
  const { _handle, encrypted } = socket as { _handle?: { fd?: unknown } | null; encrypted?: boolean };
  const descriptor = _handle?.fd;
  const fs = files();
  const chunks: Uint8Array[] = [];
  if (fs === undefined || typeof descriptor !== "number" || descriptor < 0) return { chunks };
  try {
    for (let total = 0; total < most;) {
      const into = new Uint8Array(piece);
      const bytes = fs.readSync(descriptor, into);
      if (bytes === 0) break;
      total += bytes;
      if (!encrypted) chunks.push(into.subarray(0, bytes)); // Ciphertext that TLS has not seen is nobody's.
    }
  } catch (error) {
    const code = codeOf(error);
    if (code !== "EAGAIN") return { chunks, error: Object.assign(new Error(`read ${code}`), { code, cause: error }) };
  }
  return { chunks };
}
