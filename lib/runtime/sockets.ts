/**
 * The sockets that this process has open, whoever opened them.
 *
 * @module
 */

interface FileSystem {
  readdirSync(path: string): string[];
  readlinkSync(path: string): string;
}

interface Process {
  getBuiltinModule?(name: string): unknown;
  getActiveResourcesInfo?(): string[];
}

/** Where Linux shows the descriptors of a process; Deno shows it to programs with every permission only. */
const DESCRIPTORS = "/proc/self/fd";

/** Resources of Node that are sockets. */
const SOCKET = /TCP|Pipe|UDP|TLS/;

/**
 * A name for each open socket: its inode where the system tells, else its kind with a number.
 *
 * @returns Empty where neither the system nor the runtime tells.
 */
export function openSockets(): ReadonlySet<string> {
  const process = (globalThis as { process?: Process }).process;
  const files = process?.getBuiltinModule?.("node:fs") as FileSystem | undefined;
  if (files !== undefined) {
    try {
      return new Set(files.readdirSync(DESCRIPTORS).flatMap((fd) => socketOf(files, fd)));
    } catch {
      // No such folder, or no permission to look: the runtime may tell.
    }
  }
  const kinds = process?.getActiveResourcesInfo?.().filter((kind) => SOCKET.test(kind)) ?? [];
  return new Set(kinds.map((kind, i) => `${kind} ${kinds.slice(0, i).filter((other) => other === kind).length + 1}`));
}

function socketOf(files: FileSystem, fd: string): string[] {
  try {
    const target = files.readlinkSync(`${DESCRIPTORS}/${fd}`);
    return target.startsWith("socket:") ? [target] : [];
  } catch {
    return []; // The descriptor that reads this very folder is closed by now.
  }
}
