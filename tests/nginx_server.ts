/** A real nginx that serves one folder, with and without TLS: one process, so that its end is the end of every connection. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { certificates } from "./certificates.ts";
import { says } from "./child.ts";
import { freePort, temporaryFolder } from "./raw_peers.ts";

/** Debian keeps it where only root looks. */
const PROGRAM = ["nginx", "/usr/sbin/nginx"].find((path) => spawnSync(path, ["-v"]).status === 0);

/** Whether this machine has one. */
export const hasNginx: boolean = PROGRAM !== undefined;

/** Somebody may take a free port before the server does. */
const ATTEMPTS = 5;

/** After as many requests it ends a connection, and says so in the last answer. */
export const REQUESTS = 4;

/** The files it serves. */
export const FILES: Record<string, Uint8Array<ArrayBuffer>> = {
  "empty.txt": new Uint8Array(0),
  "small.txt": new TextEncoder().encode("hello from nginx\n"),
  "large.txt": Uint8Array.from({ length: 1_000_000 }, (_, i) => 32 + ((i * i) >>> 7) % 90),
};

/** A running server. Disposing kills it. */
export interface NginxServer extends AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  kill(): void;
}

/** Starts a server. */
export async function startNginx(): Promise<NginxServer> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const folder = await temporaryFolder();
    const [port, tlsPort] = [await freePort(), await freePort()];
    const { cert, key } = certificates().localhost;
    for (const [name, text] of Object.entries({ ...FILES, "cert.pem": cert, "key.pem": key })) {
      writeFileSync(folder.path(name), text);
    }
    writeFileSync(folder.path("nginx.conf"), configuration(folder.path(""), port, tlsPort));
    const child = spawn(PROGRAM!, ["-e", "stderr", "-p", folder.path(""), "-c", "nginx.conf"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const gone = once(child, "close");
    const kill = (): void => {
      if (child.exitCode === null && child.signalCode === null) process.kill(child.pid!, "SIGKILL");
    };
    const dispose = async (): Promise<void> => {
      kill();
      await gone;
      await folder[Symbol.asyncDispose]();
    };
    // What it says of its limits comes when it is bound.
    const ready = await Promise.race([says(child, "RLIMIT_NOFILE"), gone.then(() => false)]);
    if (ready) return { port, tlsPort, kill, [Symbol.asyncDispose]: dispose };
    await dispose();
  }
  throw new Error(`Cannot start nginx: it ended ${ATTEMPTS} times before it listened`);
}

/** `/slow/` sends 64 KiB at once and then next to nothing; `/zipped/` does not know a length before the end. */
function configuration(folder: string, port: number, tlsPort: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
    daemon off;
    master_process off;
    worker_processes 1;
    pid ${folder}/nginx.pid;
    error_log stderr notice;
    events { worker_connections 64; }
    http {
      access_log off;
      default_type text/plain;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
      keepalive_requests ${REQUESTS};
      server {
        listen 127.0.0.1:${port};
        listen 127.0.0.1:${tlsPort} ssl;
        ssl_certificate cert.pem;
        ssl_certificate_key key.pem;
        root ${folder};
        location /slow/ { alias ${folder}/; limit_rate_after 64k; limit_rate 1; }
        location /zipped/ { alias ${folder}/; gzip on; gzip_min_length 1; gzip_comp_level 1; gzip_types text/plain; }
      }
    }
  `;
}
