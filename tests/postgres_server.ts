/** A real PostgreSQL with a certificate of the tests, in a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { certificates } from "./certificates.ts";
import { says } from "./child.ts";
import { freePort, onDeno } from "./raw_peers.ts";

/** Debian keeps the programs of a server out of the PATH, one folder for each version. */
const VERSIONS = "/usr/lib/postgresql";

/** Somebody may take the free port before the server does. */
const ATTEMPTS = 5;

/** The server refuses to run as root; this one owns nothing. */
const NOBODY = 65_534;

/** It is for a hundred milliseconds, and keeps nothing. */
const SMALL = [
  "fsync=off",
  "shared_buffers=1MB",
  "autovacuum=off",
  "max_connections=10",
  "max_worker_processes=0",
  "max_wal_senders=0",
  "wal_level=minimal",
  "jit=off",
  "listen_addresses=127.0.0.1",
  "ssl=on",
  "ssl_cert_file=cert.pem",
  "ssl_key_file=key.pem",
  "ssl_ca_file=ca.pem",
];

/** Who wants `template1` must show a certificate, whose name is translated; anybody is welcome to the rest. */
const HOSTS =
  `hostssl template1 all 127.0.0.1/32 cert map=peers\nhost all all 127.0.0.1/32 trust\nlocal all all trust\n`;
const NAMES = "peers other hawser\n";

const programs = findPrograms();

/** Whether this machine has one. */
export const hasPostgres: boolean = programs !== undefined;

/** What the server says it is. */
export function postgresVersion(): string {
  return spawnSync(join(programs!, "postgres"), ["--version"], { encoding: "utf8" }).stdout.trim();
}

/** A running server with a superuser "hawser". Disposing ends it at once. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** Its Unix socket, which knows no TLS. */
  readonly path: string;
}

/** Starts the server of this process's cluster; one at a time. Settings that are given beat those above. */
export async function startPostgres(...given: string[]): Promise<PostgresServer> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const folder = cluster();
    const port = await freePort();
    const settings = [...SMALL, ...given].flatMap((setting) => ["-c", setting]);
    const child = run("postgres", ["-D", join(folder, "data"), "-k", folder, "-p", String(port), ...settings]);
    const gone = once(child, "close");
    const dispose = async (): Promise<void> => {
      if (child.exitCode === null && child.signalCode === null) process.kill(child.pid!, "SIGQUIT");
      await gone;
    };
    const ready = await Promise.race([says(child, "ready to accept connections"), gone.then(() => false)]);
    if (ready) return { port, path: join(folder, `.s.PGSQL.${port}`), [Symbol.asyncDispose]: dispose };
    await dispose();
  }
  throw new Error(`Cannot start postgres: it ended ${ATTEMPTS} times before it listened`);
}

function findPrograms(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const [newest] = readdirSync(VERSIONS).map(Number).sort((a, b) => b - a);
  const folder = join(VERSIONS, String(newest), "bin");
  return existsSync(join(folder, "postgres")) ? folder : undefined;
}

/** The same process, not as root: its id is the program's. */
function asNobody(name: string, args: readonly string[]): [command: string, args: string[]] {
  const program = join(programs!, name);
  if (process.getuid?.() !== 0) return [program, [...args]];
  return ["setpriv", ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups", program, ...args]];
}

function run(name: string, args: readonly string[]): ChildProcess {
  return spawn(...asNobody(name, args), { stdio: ["ignore", "ignore", "pipe"] });
}

let made: string | undefined;

/** The cluster of this process: a second to make, so made once. */
function cluster(): string {
  if (made !== undefined) return made;
  const folder = made = mkdtempSync(join(tmpdir(), "hawser_postgres_"));
  atExit(() => rmSync(folder, { recursive: true, force: true }));
  own(folder);
  const options = ["-U", "hawser", "--auth=trust", "--locale=C", "-E", "UTF8", "--no-sync"];
  const { status, stderr } = spawnSync(...asNobody("initdb", ["-D", join(folder, "data"), ...options]));
  if (status !== 0) throw new Error(`Cannot make a cluster: ${stderr}`);
  const { ca, localhost } = certificates();
  const files = { "ca.pem": ca, "cert.pem": localhost.cert, "key.pem": localhost.key };
  for (const [name, text] of Object.entries({ ...files, "pg_hba.conf": HOSTS, "pg_ident.conf": NAMES })) {
    const path = join(folder, "data", name);
    writeFileSync(path, text);
    chmodSync(path, 0o600); // It takes no key that others may read.
    own(path);
  }
  return folder;
}

/** `deno test` tells nobody of `node:process`. */
function atExit(leave: () => void): void {
  if (onDeno) addEventListener("unload", leave);
  else process.on("exit", leave);
}

function own(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
}
