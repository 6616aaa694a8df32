import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { onDeno } from "./raw_peers.ts";

/** Listens and dies: only a process that does not close leaves its socket file behind. */
const PROGRAM =
  `require("node:net").createServer().listen(process.argv.at(-1), () => process.kill(process.pid, "SIGKILL"))`;

/** Leaves a socket file that nobody listens on. */
export async function leaveStaleSocket(path: string): Promise<void> {
  const args = onDeno ? ["eval", "--ext=cjs", PROGRAM, path] : ["-e", PROGRAM, path];
  await promisify(execFile)(process.execPath, args).catch((error: { signal?: string }) => {
    if (error.signal !== "SIGKILL") throw error;
  });
}
