/** A real Redis: starts one for a test, and speaks enough of its protocol (RESP 2). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { type Connection, formatAddress } from "../mod.ts";
import { freePort, temporaryFolder } from "./raw_peers.ts";

/** Whether this machine has one. */
export const hasRedis: boolean = spawnSync("redis-server", ["--version"]).status === 0;

/** Somebody may take the free port before the server does. */
const ATTEMPTS = 5;

/** A running server, on a port and on a path. Disposing kills it. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly path: string;
  /** Signals the process. */
  kill(signal: "SIGKILL" | "SIGSTOP"): void;
  /** Settles when the process is gone. */
  readonly gone: Promise<void>;
}

/** Starts a server that keeps nothing. */
export async function startRedis(): Promise<RedisServer> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const folder = await temporaryFolder();
    const path = folder.path("redis.sock");
    const port = await freePort();
    const args = [
      "--bind",
      "127.0.0.1",
      "--port",
      String(port),
      "--unixsocket",
      path,
      "--save",
      "",
      "--daemonize",
      "no",
    ];
    const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
    const gone = once(child, "close").then(() => {});
    const ready = await Promise.race([listens(child), gone.then(() => false)]);
    const kill = (signal: "SIGKILL" | "SIGSTOP"): void => {
      // Not child.kill(): under Deno 2.9 the second one does nothing, and a stopped process would stay for ever.
      if (child.exitCode === null && child.signalCode === null) process.kill(child.pid!, signal);
    };
    const dispose = async (): Promise<void> => {
      kill("SIGKILL");
      await gone;
      await folder[Symbol.asyncDispose]();
    };
    if (ready) return { port, path, gone, kill, [Symbol.asyncDispose]: dispose };
    await dispose();
  }
  throw new Error(`Cannot start redis-server: it ended ${ATTEMPTS} times before it listened`);
}

/** It says so once for the port and once for the path. */
function listens(child: ChildProcess): Promise<boolean> {
  let log = "";
  return new Promise((resolve) => {
    child.stdout!.on("data", (chunk: Uint8Array) => {
      log += new TextDecoder().decode(chunk);
      if ((log.match(/ready to accept connections/gi) ?? []).length >= 2) resolve(true);
    });
  });
}

/** A reply: text, a number, bytes, or nothing. */
export type Reply = string | number | Uint8Array<ArrayBuffer> | null;

/** Sends a command. */
export async function send(connection: Connection, ...words: (string | Uint8Array)[]): Promise<void> {
  const encoder = new TextEncoder();
  const parts: (string | Uint8Array)[] = [`*${words.length}\r\n`];
  for (const word of words) {
    const bytes = typeof word === "string" ? encoder.encode(word) : word;
    parts.push(`$${bytes.length}\r\n`, bytes, "\r\n");
  }
  await connection.writer.write(parts);
}

/** Reads one reply; an answer is outstanding, so the end of stream is `unexpected-end`. */
export async function receive({ reader, remoteAddress }: Connection): Promise<Reply> {
  const line = await reader.readLine({ required: true });
  const rest = line.slice(1);
  switch (line[0]) {
    case "+":
      return rest;
    case ":":
      return Number(rest);
    case "$": {
      if (rest === "-1") return null;
      const bytes = await reader.readExactly(Number(rest));
      await reader.skip(2);
      return bytes;
    }
    default:
      throw new Error(`Cannot use the reply of ${formatAddress(remoteAddress)}: ${line}`);
  }
}

/** Sends a command and reads its reply. */
export async function ask(connection: Connection, ...words: (string | Uint8Array)[]): Promise<Reply> {
  await send(connection, ...words);
  return await receive(connection);
}
