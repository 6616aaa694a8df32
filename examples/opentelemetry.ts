/**
 * A span of OpenTelemetry for each dial and each connection, children of whatever span was active when they began.
 *
 *     deno run --allow-net=127.0.0.1 --allow-env examples/opentelemetry.ts
 *
 * prints the spans of one exchange. A program of yours calls `spansOfConnections()` once, after it has set up its provider.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Attributes, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { type Address, connect, type ConnectionEventMap, enableDiagnostics, serve } from "@hawser/net";

type Listeners = { readonly [Name in keyof ConnectionEventMap]?: (message: ConnectionEventMap[Name]) => void };

/** Makes the spans from now on; the result ends that. */
export async function spansOfConnections(tracer: Tracer = trace.getTracer("@hawser/net")): Promise<() => void> {
  const dials = new Map<number, Span>();
  const connections = new Map<number, Span>();
  await enableDiagnostics();
  return listenTo({
    "hawser:connection:dial": ({ id, remoteAddress }) => {
      dials.set(id, tracer.startSpan("dial", { kind: SpanKind.CLIENT, attributes: peer(remoteAddress) }));
    },
    "hawser:connection:dial-failed": ({ id, error }) => {
      fail(dials.get(id), error);
      end(dials, id);
    },
    "hawser:connection:open": ({ id, origin, remoteAddress }) => {
      end(dials, id);
      const kind = origin === "accept" ? SpanKind.SERVER : SpanKind.CLIENT;
      connections.set(id, tracer.startSpan("connection", { kind, attributes: peer(remoteAddress) }));
    },
    "hawser:connection:first-byte": ({ id }) => void connections.get(id)?.addEvent("first byte"),
    "hawser:connection:drain": ({ id, unsentBytes }) => {
      connections.get(id)?.addEvent("wait for drain", { unsentBytes });
    },
    "hawser:connection:drained": ({ id, elapsed }) => void connections.get(id)?.addEvent("drained", { elapsed }),
    "hawser:connection:half-close": ({ id, by }) => void connections.get(id)?.addEvent("half-close", { by }),
    "hawser:connection:abort": ({ id, error }) => fail(connections.get(id), error),
    "hawser:connection:close": ({ id, stats }) => {
      connections.get(id)?.setAttributes({ ...stats });
      end(connections, id);
    },
  });
}

/** Subscribes all of them; the result takes it back. */
function listenTo(listeners: Listeners): () => void {
  const entries = Object.entries(listeners) as [string, (message: unknown) => void][];
  for (const [name, listener] of entries) subscribe(name, listener);
  return () => {
    for (const [name, listener] of entries) unsubscribe(name, listener);
  };
}

/** Under the names of the semantic conventions. */
function peer(address: Address): Attributes {
  if (address.transport === "unix") return { "network.transport": "unix", "network.peer.address": address.path };
  const { hostname, port } = address;
  return { "network.transport": "tcp", "network.peer.address": hostname, "network.peer.port": port };
}

function fail(span: Span | undefined, error: unknown): void {
  const { reason, message } = error as { reason?: string; message?: string };
  span?.setAttribute("error.type", reason ?? "other");
  span?.setStatus({ code: SpanStatusCode.ERROR, message: message ?? String(error) });
}

function end(spans: Map<number, Span>, id: number): void {
  spans.get(id)?.end();
  spans.delete(id);
}

/** Something to look at. */
async function main(): Promise<void> {
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] });
  trace.setGlobalTracerProvider(provider);
  const stop = await spansOfConnections();
  await using server = await serve({ port: 0 }, async ({ reader, writer }) => {
    await writer.write(`${await reader.readLine({ required: true })}\n`);
  });
  {
    await using client = await connect(server.address);
    await client.writer.write("hello\n");
    await client.reader.readLine({ timeout: 5_000 });
  }
  await server.shutdown({ timeout: 5_000 });
  stop();
  await provider.shutdown();
}

if (import.meta.main) await main();
