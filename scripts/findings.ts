/**
 * What popular clients do when the network fails: `deno task findings [redis|pg] [case]`.
 *
 * Runs the npm clients `redis` and `pg` on Node, against real servers, through a fault proxy: cut at every byte of what the
 * server says (reset, end), stalled at every 50th, in slices of 1 byte, late. Prints, for each client, case and fault, what
 * the operations came to. `docs/findings.md` says what follows from it.
 */
import { endAt, type Fault, faultProxy, latency, resetAt, slice, stallAt } from "../lib/testing/mod.ts";
import type { FaultProxy } from "../lib/testing/mod.ts";
import { hasPostgres, postgresVersion, startPostgres } from "../tests/postgres_server.ts";
import { startRedis } from "../tests/redis_server.ts";
import { temporaryFolder } from "./interruption.ts";
import { run } from "./run.ts";

const CLIENTS = ["redis@6.3.1", "pg@8.23.1"];

/** Children at work at once. */
const PARALLEL = 6;

/** A child that says nothing for so long is stuck, which is a finding too. */
const SILENCE = 30_000;

interface Job {
  readonly client: "redis" | "pg";
  readonly name: string;
  readonly fault: string;
  readonly at: number;
  readonly proxy: FaultProxy;
}

interface Result {
  readonly steps: Record<string, string>;
  readonly escaped: string[];
}

/** The first connection only: whoever dials again finds a network that works. */
function once(fault: Fault): Fault {
  let used = false;
  return (transport) => {
    if (used) return transport;
    used = true;
    return fault(transport);
  };
}

/** Every fault, by name, with the offsets at which it strikes. */
function faultsOf(bytes: number, stride: number): [name: string, at: number, fault: Fault][] {
  const every = (step: number): number[] => Array.from({ length: Math.ceil(bytes / step) }, (_, i) => i * step);
  return [
    ["none", 0, (transport) => transport],
    ["slice(1)", 0, slice(1)],
    ["latency(20)", 0, latency(20)],
    ["reset after 300 ms", 0, resetAt({ after: 300 })],
    ...every(stride).map((at): [string, number, Fault] => ["resetAt", at, resetAt(at)]),
    ...every(stride).map((at): [string, number, Fault] => ["endAt", at, endAt(at)]),
    ...every(50).map((at): [string, number, Fault] => ["stallAt", at, stallAt(at)]),
  ];
}

/** How many bytes the server says when nothing goes wrong. */
async function bytesSaid(client: Job["client"], name: string, upstream: number): Promise<number> {
  let bytes = 0;
  const counted: Fault = (inner) => {
    const read = inner.read.bind(inner);
    inner.read = async (into) => {
      const count = await read(into);
      bytes += count ?? 0;
      return count;
    };
    return inner;
  };
  await using proxy = await faultProxy({
    listen: "127.0.0.1:0",
    upstream: { port: upstream },
    faults: { downstream: [counted] },
  });
  await runJobs([{ client, name, fault: "none", at: 0, proxy }], () => {});
  return bytes;
}

/** Runs jobs in a child, one after the other; a child that dies or is stuck is replaced. */
async function runJobs(jobs: Job[], report: (job: Job, result: Result) => void): Promise<void> {
  const left = [...jobs];
  while (left.length > 0) {
    const child = new Deno.Command("node", {
      args: [new URL("./findings/child.mjs", import.meta.url).pathname, left[0]!.client],
      env: { CLIENTS: clients },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = left.map(({ name, at, proxy }) => JSON.stringify({ name, at, port: portOf(proxy) }) + "\n");
    const writer = child.stdin.getWriter();
    void writer.write(new TextEncoder().encode(lines.join(""))).then(() => writer.close()).catch(() => {});
    let stuck: ReturnType<typeof setTimeout> | undefined;
    const watch = (): void => {
      clearTimeout(stuck);
      stuck = setTimeout(() => child.kill("SIGKILL"), SILENCE);
    };
    watch();
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      watch();
      const parts = (text + chunk).split("\n");
      text = parts.pop()!;
      for (const line of parts) report(left.shift()!, JSON.parse(line));
    }
    clearTimeout(stuck);
    await child.status;
    if (left.length > 0) report(left.shift()!, { steps: {}, escaped: ["the process ended or was stuck"] });
  }
}

function portOf({ address }: FaultProxy): number {
  return "port" in address ? address.port : 0;
}

/** `error: Error: Socket closed` at offsets 0–12 and 14: what happened, and where. */
class Table {
  readonly #strides: Record<string, number>;
  readonly #rows = new Map<string, number[]>();

  /** @param strides How far apart the offsets of each fault are. */
  constructor(strides: Record<string, number>) {
    this.#strides = strides;
  }

  add(job: Job, { steps, escaped }: Result): void {
    const bad = Object.entries(steps).filter(([, outcome]) => outcome !== "ok");
    // Behind the first error only what is no error says more.
    const outcomes = bad.filter(([, outcome], i) => i === 0 || !outcome.startsWith("error")).map(([what, outcome]) =>
      `${what} ${outcome}`
    );
    const said = [...outcomes, ...escaped].join("; ").replaceAll(/:\d{4,5}\b/g, ":PORT") || "all ok";
    const key = `${job.fault}: ${said}`;
    this.#rows.set(key, [...this.#rows.get(key) ?? [], job.at]);
  }

  print(): void {
    for (const [key, offsets] of this.#rows) {
      console.log(`${key}\n    at ${ranges(offsets, this.#strides[key.split(":")[0]!] ?? 1)}`);
    }
  }
}

function ranges(offsets: number[], stride: number): string {
  const sorted = offsets.toSorted((a, b) => a - b);
  const parts: [number, number][] = [];
  for (const at of sorted) {
    const last = parts.at(-1);
    if (last !== undefined && at - last[1] <= stride) last[1] = at;
    else parts.push([at, at]);
  }
  return parts.map(([from, to]) => from === to ? from : `${from}–${to}`).join(", ") + ` (${offsets.length} runs)`;
}

async function explore(client: Job["client"], names: string[], upstream: number): Promise<void> {
  for (const name of names.filter((name) => Deno.args[1] === undefined || name === Deno.args[1])) {
    const bytes = await bytesSaid(client, name, upstream);
    // The first case at every byte, and the one whose answer has four; the others are about what a cut does, not where.
    const stride = name === names[0] || name === "INCR" ? 1 : 20;
    const table = new Table({ resetAt: stride, endAt: stride, stallAt: 50 });
    const faults = faultsOf(bytes, stride);
    await using proxies = new AsyncDisposableStack();
    const jobs = await Promise.all(faults.map(async ([fault, at, make]): Promise<Job> => {
      const proxy = proxies.use(
        await faultProxy({
          listen: "127.0.0.1:0",
          upstream: { port: upstream },
          faults: { downstream: [once(make)] },
        }),
      );
      return { client, name, fault, at, proxy };
    }));
    const shares = Array.from({ length: PARALLEL }, (_, i) => jobs.filter((_, n) => n % PARALLEL === i));
    await Promise.all(shares.map((share) => runJobs(share, (job, result) => table.add(job, result))));
    console.log(`\n# ${client}, ${name}: ${bytes} bytes from the server, ${jobs.length} runs`);
    table.print();
  }
}

/** Runs a command; what it has printed. */
async function said(...command: string[]): Promise<string> {
  const { code, output } = await run(command);
  if (code !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${output}`);
  return output.trim();
}

await using folder = temporaryFolder("findings_");
const clients = folder.path;
await said("npm", "install", "--no-audit", "--no-fund", "--prefix", clients, ...CLIENTS);
console.log(`node ${await said("node", "--version")}, ${CLIENTS.join(", ")}`);
if (Deno.args[0] !== "pg") {
  await using server = await startRedis();
  console.log(await said("redis-server", "--version"));
  const names = ["no reconnect", "defaults", "socketTimeout 500", "INCR", "no error listener"];
  await explore("redis", names, server.port);
}
if (Deno.args[0] !== "redis" && hasPostgres) {
  // Each cut leaves one behind for a while.
  await using server = await startPostgres("max_connections=200");
  console.log(postgresVersion());
  await explore("pg", ["Client", "query_timeout 500", "used after the cut", "no error listener", "Pool"], server.port);
} else if (!hasPostgres) {
  console.error("There is no PostgreSQL on this machine (Debian: apt-get install postgresql)");
}
