/**
 * Standard input to a socket and back, as `nc` does it, and an exit code that says how it ended.
 *
 *     deno run --allow-net examples/netcat.ts
 *
 * followed by the address, `127.0.0.1:7000`. Options before or behind it:
 *
 *     --listen         waits for one client there; port 0 lets the system choose
 *     --unix PATH      in place of the address; needs --allow-read --allow-write
 *     --tls            talks TLS: --ca FILE trusts one more authority, --name NAME is whom the certificate must be for;
 *                      with --listen, --cert FILE --key FILE are its own. Files need --allow-read
 *     --timeout MS     longest wait for the connection, and longest silence on it
 *
 * The end of standard input half-closes; it ends when the other side has ended, too. At a terminal, the end of the other
 * side is enough. What is printed on standard output has come from the other side, all else goes to standard error.
 *
 * | exit code | it was …                                                                                              |
 * | --------- | ----------------------------------------------------------------------------------------------------- |
 * | 0         | ended by both sides, in order                                                                         |
 * | 1         | ended by standard input or output, or by a mistake of this program                                    |
 * | 2         | not started: wrong options, a file that cannot be read, a missing permission                          |
 * | 10 – 20   | never connected: 10 refused, 11 reset, 12 timeout, 13 unreachable, 14 name not found, 15 name lookup  |
 * |           | failed, 16 path not found, 17 permission denied, 18 address in use, 19 address not available, 20 out  |
 * |           | of resources                                                                                          |
 * | 21, 29    | never connected: 21 TLS (certificate, handshake), 29 other                                            |
 * | 30 – 34   | cut short: 30 reset, 31 broken pipe, 32 unexpected end, 33 timeout, 34 unreachable                    |
 * | 35 – 39   | cut short: 35 TLS (alert, end without close_notify), 36 overflow, 37 signal, 38 closed here, 39 other |
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  type AbortReason,
  connect,
  ConnectError,
  type ConnectFailureReason,
  type Connection,
  ConnectionAbortedError,
  formatAddress,
  listen,
  type ListenOptions,
  type TlsOptions,
} from "@hawser/net";

export const NEVER_CONNECTED: Record<ConnectFailureReason, number> = {
  refused: 10,
  reset: 11,
  timeout: 12,
  unreachable: 13,
  "name-not-found": 14,
  "name-lookup-failed": 15,
  "path-not-found": 16,
  "permission-denied": 17,
  "address-in-use": 18,
  "address-not-available": 19,
  "resource-exhausted": 20,
  tls: 21,
  other: 29,
};

export const CUT_SHORT: Record<AbortReason, number> = {
  reset: 30,
  "broken-pipe": 31,
  "unexpected-end": 32,
  timeout: 33,
  unreachable: 34,
  tls: 35,
  overflow: 36,
  signal: 37,
  closed: 38,
  other: 39,
};

/** What the arguments ask for. */
interface Plan {
  readonly address: string;
  readonly listens: boolean;
  readonly timeout: number;
  readonly tls: TlsOptions | undefined;
}

async function planOf(args: readonly string[]): Promise<Plan> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = { listen: flag, unix: text, tls: flag, ca: text, name: text, cert: text, key: text, timeout: text };
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [address, ...more] = values.unix === undefined ? positionals : [`unix:${values.unix}`, ...positionals];
  if (address === undefined || more.length > 0) throw new TypeError("Cannot start: give one address, or --unix PATH");
  const forTls = values.ca ?? values.name ?? values.cert ?? values.key;
  if (!values.tls && forTls !== undefined) {
    throw new TypeError("Cannot use --ca, --name, --cert or --key without --tls");
  }
  const { listen: listens = false, timeout = "Infinity" } = values;
  return { address, listens, timeout: Number(timeout), tls: values.tls ? await tlsOf(values) : undefined };
}

async function tlsOf(values: Partial<Record<"ca" | "name" | "cert" | "key", string>>): Promise<TlsOptions> {
  const read = (file?: string) => file === undefined ? undefined : readFile(file, "utf8");
  const [ca, cert, key] = await Promise.all([read(values.ca), read(values.cert), read(values.key)]);
  return { caCerts: ca === undefined ? undefined : [ca], serverName: values.name, cert, key };
}

async function open({ address, listens, timeout, tls }: Plan): Promise<Connection> {
  const limits: ListenOptions = { idleTimeout: timeout, tls };
  if (!listens) return await connect(address, { ...limits, timeout: Math.min(timeout, 30_000) });
  await using listener = await listen(address, limits);
  console.error(`listening on ${formatAddress(listener.address)}`);
  return await listener.accept();
}

/** Both ways at the same time: one that has to wait does not hold up the other. */
async function talk(connection: Connection): Promise<void> {
  const sending = send(connection);
  if (process.stdin.isTTY) sending.catch(() => {}); // What ends the connection is told by `receive`, too.
  await Promise.all([receive(connection), process.stdin.isTTY ? undefined : sending]);
  await connection.close();
}

async function send({ writer }: Connection): Promise<void> {
  for await (const chunk of process.stdin) await writer.write(chunk);
  await writer.closeWrite();
}

async function receive({ reader }: Connection): Promise<void> {
  for await (const chunk of reader.chunks()) await print(chunk);
}

/** Resolves when it is out: standard output may be slower than the network. */
function print(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(chunk, (error) => error ? reject(error) : resolve());
  });
}

function exitCodeOf(error: unknown, started: boolean): number {
  if (ConnectError.is(error)) return NEVER_CONNECTED[error.reason];
  if (!ConnectionAbortedError.is(error)) return started ? 1 : 2;
  // Without a connection it was the dial that this side gave up.
  return started ? CUT_SHORT[error.reason] : NEVER_CONNECTED.timeout;
}

async function main(): Promise<number> {
  process.stdout.on("error", () => {}); // Told to `print`.
  let connection: Connection | undefined;
  try {
    connection = await open(await planOf(process.argv.slice(2)));
    await talk(connection);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    connection?.abort(); // Not `close()`: it would wait for the other side.
    return exitCodeOf(error, connection !== undefined);
  }
}

// Not `process.exitCode`: a read from standard input may be under way.
if (import.meta.main) process.exit(await main());
