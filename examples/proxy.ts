/**
 * Passes connections on to another server. Half-closes travel, and so do resets: what was cut never looks whole.
 *
 *     deno run --allow-net examples/proxy.ts
 *
 * followed by where the server is, `--upstream 127.0.0.1:7000`. It prints where it listens.
 *
 *     --listen ADDRESS   where it listens; 127.0.0.1:0 lets the system choose the port
 *     --tls              talks TLS to the server: for clients that cannot. --ca FILE trusts one more authority,
 *                        --name NAME is whom the certificate must be for, in place of the host that is dialled
 *     --cert FILE        clients talk TLS to it: for servers that cannot. With --key FILE
 *
 * Files need `--allow-read`, Unix sockets (`unix:/path`) `--allow-read --allow-write`.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { connect, type Connection, type DialLimits, formatAddress, relay, serve, type ServeOptions } from "@hawser/net";

/**
 * Deno's own sockets have no reset: an `abort()` there looks like an end in order, and half a file like a whole one. Those
 * of `node:net` have. What it costs: under Deno, an answer that a server gives before it refuses the rest may be lost.
 */
const runtime = "node";

/** A server that nobody can reach is told to the client by a reset, soon. */
const DIAL_TIMEOUT = 10_000;

const text = { type: "string" } as const;
const options = {
  listen: { ...text, default: "127.0.0.1:0" },
  upstream: text,
  tls: { type: "boolean" },
  ca: text,
  name: text,
  cert: text,
  key: text,
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const { listen, upstream, tls, name } = values;
  if (upstream === undefined) throw new TypeError("Cannot start: give the --upstream ADDRESS");
  if (!tls && (values.ca ?? name) !== undefined) throw new TypeError("Cannot use --ca or --name without --tls");
  const [ca, cert, key] = await Promise.all([values.ca, values.cert, values.key].map(read));
  const dial: DialLimits = { runtime, timeout: DIAL_TIMEOUT };
  if (tls) dial.tls = { caCerts: ca === undefined ? undefined : [ca], serverName: name };
  const serving: ServeOptions = { runtime, onError: report };
  if (cert !== undefined || key !== undefined) serving.tls = { cert, key };
  const server = await serve(listen, serving, async (client) => {
    // In order or not, `relay` ends both; when the dial fails, `serve` aborts the client.
    const { aToB, bToA } = await relay(client, await connect(upstream, dial));
    console.log(`${formatAddress(client.remoteAddress)}: ${aToB} bytes there, ${bToA} back`);
  });
  console.log(`listening on ${formatAddress(server.address)}, passing on to ${upstream}${tls ? " over TLS" : ""}`);
}

async function read(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : await readFile(file, "utf8");
}

/** One line for each connection that failed; the others go on. */
function report(error: unknown, client?: Connection): void {
  const { message, aToB, bToA } = error as Error & { aToB?: number; bToA?: number };
  const counts = aToB === undefined ? "" : ` (${aToB} bytes there, ${bToA} back)`;
  console.error(`${client ? formatAddress(client.remoteAddress) : "listener"}${counts}: ${message}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
