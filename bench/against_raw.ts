/**
 * What the library costs over the runtime's own socket: bulk receive and the 64-byte round trip.
 *
 * deno run -A bench/against_raw.ts [rounds]
 *
 * Interleaved, raw and ours in turn, in one process against one sender process; prints medians and the ratio per round.
 */
import { spawn } from "node:child_process";
import { connect as connectNode } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { connect } from "@hawser/net";

const ROUNDS = Number(process.argv[2] ?? 9);
const BULK = 512 * 1_048_576;
const TRIPS = 5_000;
const underDeno = "Deno" in globalThis;

const message = new Uint8Array(64).fill(101);
const request = new TextEncoder().encode("d");

/** One run: how many units it did. */
type Run = (port: number) => Promise<number>;

async function rawBulkDeno(port: number): Promise<number> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(request);
  const buffer = new Uint8Array(65_536);
  let total = 0;
  for (let bytes = await conn.read(buffer); bytes !== null; bytes = await conn.read(buffer)) total += bytes;
  return total;
}

function rawBulkNode(port: number): Promise<number> {
  return new Promise((resolve) => {
    let total = 0;
    const callback = (bytes: number): boolean => (total += bytes) > 0;
    const onread = { buffer: new Uint8Array(65_536), callback };
    const socket = connectNode({ host: "127.0.0.1", port, onread }, () => socket.write(request));
    socket.once("close", () => resolve(total));
  });
}

async function ourBulk(port: number, borrow: boolean): Promise<number> {
  const connection = await connect({ port });
  await connection.writer.write(request);
  let total = 0;
  for await (const chunk of connection.reader.chunks(undefined, { borrow })) total += chunk.length;
  await connection.close();
  return total;
}

async function rawTripsDeno(port: number): Promise<number> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  const buffer = new Uint8Array(65_536);
  for (let trip = 0; trip < TRIPS; trip++) {
    await conn.write(message);
    for (let bytes = 0; bytes < message.length;) bytes += await conn.read(buffer) ?? Infinity;
  }
  return TRIPS;
}

async function rawTripsNode(port: number): Promise<number> {
  let arrived: (bytes: number) => void = () => {};
  const callback = (bytes: number): boolean => (arrived(bytes), true);
  const onread = { buffer: new Uint8Array(65_536), callback };
  const socket = connectNode({ host: "127.0.0.1", port, noDelay: true, onread });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  for (let trip = 0; trip < TRIPS; trip++) {
    const next = new Promise<number>((resolve) => arrived = resolve);
    socket.write(message);
    await next;
  }
  socket.destroy();
  return TRIPS;
}

async function ourTrips(port: number): Promise<number> {
  const connection = await connect({ port, signal: new AbortController().signal, readTimeout: 5_000 });
  for (let trip = 0; trip < TRIPS; trip++) {
    void connection.writer.write(message);
    await connection.reader.readExactly(64, { timeout: 5_000 });
  }
  connection.abort();
  return TRIPS;
}

const rows: Array<{ name: string; raw: Run; ours: Run }> = [
  { name: "bulk, borrowed", raw: underDeno ? rawBulkDeno : rawBulkNode, ours: (port) => ourBulk(port, true) },
  { name: "bulk, owned", raw: underDeno ? rawBulkDeno : rawBulkNode, ours: (port) => ourBulk(port, false) },
  { name: "64-byte round trip", raw: underDeno ? rawTripsDeno : rawTripsNode, ours: ourTrips },
];

/** Nanoseconds per unit. */
async function measure(run: Run, port: number): Promise<number> {
  const started = performance.now();
  const units = await run(port);
  return (performance.now() - started) * 1e6 / units;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = fileURLToPath(new URL(`./sender.${extension}`, import.meta.url));
const flags = underDeno ? ["run", "--no-prompt", "--allow-net=127.0.0.1"] : [];
const sender = spawn(process.execPath, [...flags, program, String(BULK)], { stdio: ["ignore", "pipe", "inherit"] });
const port = await new Promise<number>((resolve) => sender.stdout.once("data", (text) => resolve(Number(text))));

for (const { name, raw, ours } of rows) {
  const samples: Array<[raw: number, ours: number]> = [];
  for (let round = 0; round < ROUNDS; round++) samples.push([await measure(raw, port), await measure(ours, port)]);
  const ratios = samples.map(([rawNs, oursNs]) => oursNs / rawNs);
  const [rawNs, oursNs] = [median(samples.map(([ns]) => ns)), median(samples.map(([, ns]) => ns))];
  const unit = name.startsWith("bulk") ? "GB/s" : "µs";
  const show = (ns: number): string => unit === "µs" ? (ns / 1_000).toFixed(1) : (1 / ns).toFixed(2);
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  console.log(
    `${name.padEnd(20)} raw ${show(rawNs)} ${unit}, ours ${show(oursNs)} ${unit}, time ratio ${
      median(ratios).toFixed(2)
    } (${spread})`,
  );
}
sender.kill();
process.exit();
