/**
 * A proxy between your program and its server, whose connections go wrong as you say. Shows what passes.
 *
 *     deno run --allow-net examples/fault_proxy.ts --listen 8080 --upstream 127.0.0.1:6379 --reset-after 4096
 *
 * Then point your program to port 8080. What goes wrong, in the flow to the client unless `--flow` says otherwise:
 *
 *     --reset-after BYTES   --end-after BYTES   --stall-after BYTES   --corrupt-at BYTES
 *     --latency MS          --throttle BYTES/S  --slice BYTES         --seed NUMBER
 *     --flow downstream | upstream | both
 *
 * Port 0 lets the system choose; `unix:/path` works on both sides, with `--allow-read --allow-write`.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { formatAddress } from "@hawser/net";
import {
  corruptAt,
  endAt,
  type Fault,
  faultProxy,
  latency,
  type ProxiedConnection,
  resetAt,
  slice,
  stallAt,
  throttle,
} from "@hawser/net/testing";

/** A terminal is not written to more often than a person sees. */
const REFRESH = 100;

const options = Object.fromEntries(
  ["listen", "upstream", "reset-after", "end-after", "stall-after", "corrupt-at", "latency", "throttle", "slice"]
    .concat("seed", "flow").map((name) => [name, { type: "string" as const }]),
);

async function main(given: Record<string, string | undefined>): Promise<void> {
  const { listen, upstream, flow = "downstream" } = given;
  if (listen === undefined || upstream === undefined) throw new Error("Cannot start: give --listen and --upstream");
  if (!["downstream", "upstream", "both"].includes(flow)) throw new Error(`Cannot use --flow ${flow}`);
  const flows = flow === "both" ? ["upstream", "downstream"] : [flow];
  const view = new View();
  await using proxy = await faultProxy({
    listen: /^\d+$/.test(listen) ? `127.0.0.1:${listen}` : listen,
    upstream,
    faults: Object.fromEntries(flows.map((one) => [one, faultsOf(given)])),
    onConnection: (connection) => view.show(connection),
  });
  console.log(`listening on ${formatAddress(proxy.address)}, passing on to ${upstream}`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

/** What the flags ask for; the closest to the sender first. */
function faultsOf(given: Record<string, string | undefined>): Fault[] {
  const seed = numberOf(given, "seed") ?? 0;
  const faults: Record<string, (value: number) => Fault> = {
    "corrupt-at": (bytes) => corruptAt(bytes, { seed }),
    "reset-after": (bytes) => resetAt(bytes),
    "end-after": (bytes) => endAt(bytes),
    "stall-after": (bytes) => stallAt(bytes),
    latency: (ms) => latency(ms, { jitter: ms / 10, seed }),
    throttle: (rate) => throttle(rate),
    slice: (size) => slice(size, { variation: Math.floor(size / 2), seed }),
  };
  return Object.entries(faults).flatMap(([name, make]) => {
    const value = numberOf(given, name);
    return value === undefined ? [] : [make(value)];
  });
}

function numberOf(given: Record<string, string | undefined>, name: string): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new Error(`Cannot use --${name} ${text}: it must be a number`);
  return value;
}

/** One line for each connection: on a terminal it changes as bytes pass, elsewhere there is one when it opens and ends. */
class View {
  readonly #live: Set<ProxiedConnection> = new Set();
  #drawn = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  show(connection: ProxiedConnection): void {
    this.#live.add(connection);
    if (process.stdout.isTTY) this.#timer ??= setInterval(() => this.#draw([]), REFRESH);
    else console.log(lineOf(connection));
    void connection.closed.then(() => {
      this.#live.delete(connection);
      this.#draw([connection]);
      if (this.#live.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  /** Lines of connections that are over stay; below them those that live are written over the last time's. */
  #draw(over: readonly ProxiedConnection[]): void {
    if (!process.stdout.isTTY) return over.forEach((connection) => console.log(lineOf(connection)));
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : "";
    const lines = [...over, ...this.#live].map((connection) => `${lineOf(connection)}\x1b[K\n`);
    process.stdout.write(`${up}\r${lines.join("")}\x1b[J`);
    this.#drawn = this.#live.size;
  }
}

function lineOf(connection: ProxiedConnection): string {
  const { id, client, state, upstreamBytes, downstreamBytes, age, error } = connection;
  const why = (error as { reason?: string } | undefined)?.reason;
  return [
    `#${id}`.padStart(5),
    formatAddress(client).padEnd(21),
    state.padEnd(10),
    `→ ${sizeOf(upstreamBytes)}`,
    `← ${sizeOf(downstreamBytes)}`,
    `${(age / 1_000).toFixed(1)} s`.padStart(8),
    ...(why === undefined ? [] : [`  ${why}`]),
  ].join("  ").trimEnd();
}

function sizeOf(bytes: number): string {
  const [value, unit] = bytes < 10_000
    ? [String(bytes), "B"]
    : bytes < 10_000_000
    ? [(bytes / 1_024).toFixed(1), "KiB"]
    : [(bytes / 1_048_576).toFixed(1), "MiB"];
  return `${value} ${unit}`.padStart(10);
}

try {
  await main(parseArgs({ options }).values as Record<string, string | undefined>);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
