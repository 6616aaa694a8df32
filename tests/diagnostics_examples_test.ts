/** The examples that listen to the channels about connections: a Chrome trace, a timeline, spans of OpenTelemetry. */
import assert from "node:assert/strict";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { connect, listen } from "@hawser/net";
import { spansOfConnections } from "../examples/opentelemetry.ts";
import { chromeTrace, type Noted, timeline } from "../examples/trace.ts";
import { test } from "./harness.ts";
import { commandOf, runProgram } from "./program.ts";
import { RawServer, rejection } from "./raw_peers.ts";

/** An event of the trace-event format. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X" | "i" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly s?: string;
  readonly args: Record<string, unknown>;
}

/** What the format asks of each kind of event: Perfetto leaves out, without a word, what is not so. */
function checkEvent(event: TraceEvent): void {
  const { name, ph, pid, tid, ts, dur, s, args } = event;
  assert.ok(typeof name === "string" && Number.isInteger(pid) && Number.isInteger(tid), JSON.stringify(event));
  assert.equal(typeof args, "object");
  if (ph === "M") return assert.equal(typeof args["name"], "string");
  assert.ok(Number.isFinite(ts) && ts >= 0);
  if (ph === "X") assert.ok(Number.isFinite(dur) && dur! >= 0);
  else assert.deepEqual([ph, s], ["i", "t"]);
}

test("examples/trace writes a Chrome trace: valid events, a track for each connection, slices in each other", async () => {
  const { stdout, stderr, code } = await runProgram(await commandOf("examples/trace.ts"));
  assert.deepEqual([stderr, code], ["", 0]);
  const { traceEvents } = JSON.parse(stdout) as { traceEvents: TraceEvent[] };
  for (const event of traceEvents) checkEvent(event);
  const named = new Set(traceEvents.filter(({ ph }) => ph === "M").map(({ tid }) => tid));
  assert.deepEqual(new Set(traceEvents.map(({ tid }) => tid)), named);
  const slices = traceEvents.filter(({ ph }) => ph === "X");
  const count = (name: string): number => slices.filter((slice) => slice.name === name).length;
  assert.deepEqual([count("dial"), count("connection")], [4, 6]);
  const [drain] = slices.filter(({ name }) => name === "wait for drain");
  const around = slices.find(({ name, tid }) => name === "connection" && tid === drain!.tid)!;
  assert.ok(around.ts <= drain!.ts && drain!.ts + drain!.dur! <= around.ts + around.dur!);
  assert.ok(slices.some(({ name, args }) => name === "dial" && args["reason"] === "refused"));
  assert.ok(traceEvents.some(({ name, args }) => name === "abort" && args["reason"] === "closed"));
});

const NOTED: readonly Noted[] = [
  { name: "dial", time: 5, id: 1, to: "127.0.0.1:80", details: { tls: false } },
  { name: "open", time: 7.5, id: 1, to: "127.0.0.1:80", details: { origin: "dial" } },
  { name: "abort", time: 9, id: 1, to: "127.0.0.1:80", details: { reason: "reset", message: "Cannot read from …" } },
];

test("examples/trace draws what is still open to the end", () => {
  const { traceEvents } = chromeTrace(NOTED) as { traceEvents: TraceEvent[] };
  const drawn = traceEvents.filter(({ ph }) => ph !== "M").map(({ name, ts, dur }) => [name, ts, dur]);
  assert.deepEqual(drawn, [["dial", 5_000, 2_500], ["connection", 7_500, 1_500], ["abort", 9_000, undefined]]);
});

test("examples/trace prints a timeline with --text", () => {
  assert.equal(
    timeline(NOTED),
    `     0.0 ms  #1   127.0.0.1:80           dial        tls false
     2.5 ms  #1   127.0.0.1:80           open        origin dial
     4.0 ms  #1   127.0.0.1:80           abort       reason reset`,
  );
});

test("examples/opentelemetry prints spans", async () => {
  const { stdout, stderr, code } = await runProgram(await commandOf("examples/opentelemetry.ts"));
  assert.deepEqual([stderr, code], ["", 0]);
  assert.equal(stdout.match(/name: ["']connection["']/g)?.length, 2, stdout);
  assert.match(stdout, /name: ["']dial["']/);
});

/** The spans that were ended while `body` ran. */
async function spansOf(body: () => Promise<void>): Promise<ReturnType<InMemorySpanExporter["getFinishedSpans"]>> {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const stop = await spansOfConnections(provider.getTracer("test"));
  await body().finally(stop);
  await provider.forceFlush();
  const spans = exporter.getFinishedSpans();
  await provider.shutdown();
  return spans;
}

test("examples/opentelemetry makes a span of a dial, and one of each connection with its counters", async () => {
  await using listener = await listen({ port: 0 });
  const { port } = listener.address as { port: number };
  const spans = await spansOf(async () => {
    const [client, server] = await Promise.all([connect({ port }), listener.accept()]);
    await client.writer.write("hello");
    await server.reader.readExactly(5);
    await Promise.all([client.close(), server.close()]);
  });
  assert.deepEqual(spans.map(({ name }) => name).sort(), ["connection", "connection", "dial"]);
  const client = spans.find(({ name, kind }) => name === "connection" && kind === SpanKind.CLIENT)!;
  assert.deepEqual([client.attributes["network.peer.port"], client.attributes["bytesWritten"]], [port, 5]);
  assert.equal(client.status.code, SpanStatusCode.UNSET);
  const server = spans.find(({ name, kind }) => name === "connection" && kind === SpanKind.SERVER)!;
  assert.deepEqual(server.events.map(({ name }) => name).sort(), ["first byte", "half-close", "half-close"]);
});

test("examples/opentelemetry says why a dial failed, and why a connection ended", async () => {
  const server = await RawServer.listen();
  const { port } = server;
  const spans = await spansOf(async () => {
    const client = await connect({ port });
    (await server.next()).resetAndDestroy();
    await rejection(client.reader.read());
    await client.closed;
    await server[Symbol.asyncDispose]();
    await rejection(connect({ port }));
  });
  const failed = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR);
  assert.deepEqual(failed.map(({ name, attributes }) => [name, attributes["error.type"]]), [
    ["connection", "reset"],
    ["dial", "refused"],
  ]);
});
