/** What Linux knows about a process: its open sockets and its memory, from `/proc`. */
import { readdir, readFile, readlink } from "node:fs/promises";

/** A socket whose connection is over is in no table, and yet a descriptor that somebody forgot. */
const OVER = "a socket whose connection is over";

/** The sockets that a process holds open, in words. */
export async function openSockets(pid: number): Promise<string[]> {
  const known = new Map<string, string | undefined>();
  for (const family of ["tcp", "tcp6", "unix"] as const) {
    const table = await readFile(`/proc/${pid}/net/${family}`, "utf8");
    for (const line of table.trim().split("\n").slice(1)) {
      const [inode, text] = family === "unix" ? unixSocket(line) : tcpSocket(family, line);
      known.set(inode, text);
    }
  }
  const open: string[] = [];
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""); // closed since it was listed
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode === undefined) continue;
    const text = known.has(inode) ? known.get(inode) : OVER;
    if (text !== undefined) open.push(`${text}, process ${pid}`);
  }
  return open;
}

/** The most memory a process has had, in bytes. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

// include/net/tcp_states.h, in order from 1.
const TCP_STATES =
  "ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING".split(" ");

/** `  1: 0100007F:A2C4 0100007F:1F90 01 …`: number, local and remote `address:port`, state, …, inode the tenth. */
function tcpSocket(family: string, line: string): [inode: string, text: string] {
  const fields = line.trim().split(/\s+/);
  const [local, remote] = [fields[1]!, fields[2]!].map((field) => parseInt(field.split(":")[1]!, 16));
  const state = TCP_STATES[parseInt(fields[3]!, 16) - 1];
  return [fields[9]!, `${family} port ${local} to port ${remote}, ${state}`];
}

/**
 * `0000…: 00000002 00000000 00010000 0001 01 20593 /run/x.sock`: the inode is the seventh, a path may follow.
 *
 * Without a path it is not counted: such pairs are the pipes to a child process, and Deno makes one for signals some time
 * after it started. A connection has the path at one of its ends.
 */
function unixSocket(line: string): [inode: string, text: string | undefined] {
  const [, , , , , , inode = "", path] = line.trim().split(/\s+/);
  return [inode, path && `unix ${path}`];
}
