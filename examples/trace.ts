/**
 * Shows what happens to the connections of a program: as a Chrome trace, which https://ui.perfetto.dev opens, or as text.
 *
 *     deno run --allow-net=127.0.0.1 examples/trace.ts
 *
 * prints the trace (`> trace.json`); `--text` behind it prints the timeline. What is shown is a small program with an exchange,
 * a reader that is slow, a reset, and a dial that is refused.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import process from "node:process";
import { type Address, connect, type ConnectionEventMap, enableDiagnostics, formatAddress, serve } from "@hawser/net";

type Channel = keyof ConnectionEventMap;

const CHANNELS: readonly Channel[] = [
  "hawser:connection:dial",
  "hawser:connection:dial-failed",
  "hawser:connection:open",
  "hawser:connection:first-byte",
  "hawser:connection:drain",
  "hawser:connection:drained",
  "hawser:connection:half-close",
  "hawser:connection:abort",
  "hawser:connection:close",
];

/** One event, with the time at which it was told, in ms. */
export interface Noted {
  readonly name: string;
  readonly time: number;
  readonly id: number;
  readonly to: string;
  /** What is worth showing. */
  readonly details: Record<string, string | number | boolean>;
}

/** Notes all events from now on; the result ends that, and gives them. */
async function noteEvents(): Promise<() => Noted[]> {
  await enableDiagnostics();
  const noted: Noted[] = [];
  const listeners = CHANNELS.map((channel) => {
    const listener = (message: unknown): void => {
      const { id, remoteAddress } = message as { id: number; remoteAddress: Address };
      const name = channel.slice("hawser:connection:".length);
      noted.push({ name, time: performance.now(), id, to: formatAddress(remoteAddress), details: detailsOf(message) });
    };
    subscribe(channel, listener);
    return [channel, listener] as const;
  });
  return () => {
    for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    return noted;
  };
}

/** The numbers and words of a message. */
function detailsOf(message: unknown): Noted["details"] {
  const { id: _id, localAddress: _local, remoteAddress: _remote, error, outcome, stats, ...plain } = message as {
    [name: string]: unknown;
    error?: Error & { reason?: string };
    outcome?: { clean: boolean };
  };
  return {
    ...plain as Noted["details"],
    ...(error !== undefined && { reason: error.reason ?? error.name, message: error.message }),
    ...(outcome !== undefined && { clean: outcome.clean }),
    ...stats as Noted["details"],
  };
}

/** What lasts: from which event to which, under which name. */
const SLICES: Record<string, { name: string; until: readonly string[] }> = {
  "dial": { name: "dial", until: ["open", "dial-failed"] },
  "open": { name: "connection", until: ["close"] },
  "drain": { name: "wait for drain", until: ["drained"] },
};

/** A Chrome trace: a track for each connection, on it what lasts as slices and the rest as instants. */
export function chromeTrace(noted: readonly Noted[]): { traceEvents: object[]; displayTimeUnit: string } {
  const end = noted.at(-1)?.time ?? 0;
  const tracks = new Map(noted.map(({ id, to }) => [id, to]));
  const names = [...tracks].map(([id, to]) => {
    return { name: "thread_name", ph: "M", pid: 1, tid: id, args: { name: `#${id} ${to}` } };
  });
  const events = noted.map(({ name, time, id, details }, at) => {
    const common = { cat: "connection", ts: time * 1_000, pid: 1, tid: id };
    const slice = SLICES[name];
    if (slice === undefined) return { ...common, name, ph: "i", s: "t", args: details };
    const last = noted.slice(at).find((later) => later.id === id && slice.until.includes(later.name));
    const dur = ((last?.time ?? end) - time) * 1_000; // What is still open lasts to the end.
    return { ...common, name: slice.name, ph: "X", dur, args: { ...details, ...last?.details } };
  });
  return { traceEvents: [...names, ...events], displayTimeUnit: "ms" };
}

/** A line for each event: when, which connection, what. */
export function timeline(noted: readonly Noted[]): string {
  const start = noted[0]?.time ?? 0;
  return noted.map(({ name, time, id, to, details }) => {
    const when = `${(time - start).toFixed(1).padStart(8)} ms`;
    const { message: _message, ...shown } = details;
    const numbers = Object.entries(shown).map(([key, value]) => {
      return `${key} ${typeof value === "number" ? Math.round(value) : value}`;
    });
    return `${when}  #${`${id}`.padEnd(3)} ${to.padEnd(21)}  ${name.padEnd(11)} ${numbers.join(", ")}`.trimEnd();
  }).join("\n");
}

/** Something to look at. */
async function scene(): Promise<void> {
  await using server = await serve({ port: 0, onError: () => {} }, async ({ reader, writer }) => {
    const line = await reader.readLine({ required: true });
    if (line === "much") return await writer.write(new Uint8Array(8_000_000));
    await writer.write(`${line}\n`);
  });
  const { port } = server.address as { port: number };
  {
    await using client = await connect({ port });
    await client.writer.write("hello\n");
    await client.reader.readLine({ timeout: 5_000 });
  }
  {
    await using client = await connect({ port });
    await client.writer.write("much\n");
    await client.reader.ready();
    await new Promise((resolve) => setTimeout(resolve, 50)); // The server has to wait meanwhile.
    await client.reader.skip(8_000_000, { timeout: 5_000 });
  }
  const client = await connect({ port, runtime: "node" });
  client.abort(new Error("the user has left"));
  await server.shutdown({ timeout: 5_000 });
  await connect({ port }).catch(() => {}); // Nobody listens there any more.
}

if (import.meta.main) {
  const stop = await noteEvents();
  await scene();
  const noted = stop();
  console.log(process.argv.includes("--text") ? timeline(noted) : JSON.stringify(chromeTrace(noted), null, 1));
}
