/** A PostgreSQL of its own: a temporary cluster on a free port, without a password, gone at the end. */
import { connect, isRetriable } from "../../mod.ts";

const BINARIES = "/usr/lib/postgresql";

/** Where Debian keeps the server; `undefined`: there is none. */
export function findPostgres(): string | undefined {
  try {
    const versions = [...Deno.readDirSync(BINARIES)].map(({ name }) => name).sort((a, b) => Number(b) - Number(a));
    return versions[0] === undefined ? undefined : `${BINARIES}/${versions[0]}/bin`;
  } catch {
    return undefined; // No such folder: it is not installed.
  }
}

/** A running server. */
export interface Postgres extends AsyncDisposable {
  readonly port: number;
  readonly version: string;
}

/** Starts one; as root it runs as the user `postgres`, since it refuses to run as root. */
export async function startPostgres(binaries: string): Promise<Postgres> {
  const folder = await Deno.makeTempDir({ prefix: "hawser-pg-" });
  const asPostgres = Deno.uid() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
  if (Deno.uid() === 0) await run(["chown", "postgres", folder]);
  const data = `${folder}/data`;
  await run([...asPostgres, `${binaries}/initdb`, "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"]);
  const port = freePort();
  const [command, ...args] = [...asPostgres, `${binaries}/postgres`, "-D", data, "-k", folder, "-p", String(port)];
  const settings = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=200"];
  const child = new Deno.Command(command!, { args: [...args, ...settings], stdout: "null", stderr: "null" }).spawn();
  await untilItListens(port);
  const version = (await run([`${binaries}/postgres`, "--version"])).trim();
  return {
    port,
    version,
    async [Symbol.asyncDispose](): Promise<void> {
      await run([...asPostgres, `${binaries}/pg_ctl`, "-D", data, "-m", "immediate", "stop"]);
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilItListens(port: number): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      return (await connect({ port })).abort();
    } catch (error) {
      if (!isRetriable(error) || attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Runs a command in a folder that everybody may enter; returns what it said. */
export async function run([command, ...args]: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command!, { args, cwd: "/" }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${command}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
