/** What the types say. The work is done by the type checker; the tests only run the same lines. */
import assert from "node:assert/strict";
import type { AbortReason, ConnectFailureReason, Connection, Reader, ReadIterator, Transport, Writer } from "../mod.ts";
import {
  connect,
  ConnectError,
  ConnectionAbortedError,
  ConnectionError,
  type fromDeno,
  type fromNode,
  listen,
} from "../mod.ts";
import { connectionPair, type memoryPair } from "../lib/testing/mod.ts";
import { test } from "./harness.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles only for `true`. */
function holds<_T extends true>(): void {}

type Bytes = Uint8Array<ArrayBuffer>;
/** What a call of it with these arguments resolves to. */
type Result<F extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<F>>;

/** Never called: its lines are for the type checker. */
export async function typed(connection: Connection): Promise<void> {
  const { reader } = connection;
  const read = await reader.read();
  holds<Equal<typeof read, Bytes | null>>();
  const required = await reader.read({ required: true });
  holds<Equal<typeof required, Bytes>>();
  const line = await reader.readLine();
  holds<Equal<typeof line, string | null>>();
  const requiredLine = await reader.readLine({ required: true, timeout: 5 });
  holds<Equal<typeof requiredLine, string>>();
  const field = await reader.readUntil("\0");
  holds<Equal<typeof field, Bytes | null>>();
  const requiredField = await reader.readUntil("\0", { required: true });
  holds<Equal<typeof requiredField, Bytes>>();
  const maybe = await reader.readLine({ required: Math.random() > 2 });
  holds<Equal<typeof maybe, string | null>>();

  const bytes = await reader.readExactly(4);
  // Bytes out go where plain ArrayBuffers are wanted, without a cast.
  await crypto.subtle.digest("SHA-256", bytes);
  new Response(bytes);
  new Blob([bytes]);

  for await (const chunk of connection) holds<Equal<typeof chunk, Bytes>>();
  for await (const text of reader.lines()) holds<Equal<typeof text, string>>();
  for await (const lines of reader.lines().batches()) holds<Equal<typeof lines, string[]>>();

  const shared: Uint8Array<SharedArrayBuffer> = new Uint8Array(new SharedArrayBuffer(1));
  await connection.writer.write(shared);
  await connection.writer.write(["a", shared, bytes] as const);

  // @ts-expect-error skip() cannot be given up without a trace.
  await reader.skip(1, { keepOpen: true });
  // @ts-expect-error Neither can a write.
  await connection.writer.write("a", { keepOpen: true });
  // @ts-expect-error Nor a half-close.
  await connection.writer.closeWrite({ keepOpen: true });
  await connection.writer.drain({ keepOpen: true });
  await connection.writer.flush({ keepOpen: true });
  // @ts-expect-error A number is no data.
  await connection.writer.write(5);
  // @ts-expect-error Text is no port.
  await connect({ port: "80" });
  await connect(connection.remoteAddress, { timeout: 5 });
  await listen(connection.localAddress, { backlog: 5 });
  await connect("127.0.0.1:80", { signal: AbortSignal.timeout(5) });

  const caught: unknown = undefined;
  if (ConnectionAbortedError.is(caught)) holds<Equal<typeof caught.reason, AbortReason>>();
  if (ConnectError.is(caught)) holds<Equal<typeof caught.reason, ConnectFailureReason>>();
  if (ConnectionError.is(caught)) holds<Equal<typeof caught.partial, Bytes | undefined>>();

  await using _disposable: AsyncDisposable = connection;
  using _sync: Disposable = connection;
}

holds<Equal<Result<Reader["readExactly"]>, Bytes>>();
holds<Equal<Result<Reader["readAll"]>, Bytes>>();
holds<Equal<Result<Reader["peek"]>, Bytes | null>>();
holds<Equal<Result<Reader["skip"]>, void>>();
holds<Equal<Result<Reader["skipUntil"]>, void>>();
holds<Equal<Result<Reader["ready"]>, boolean>>();
holds<Equal<ReturnType<Reader["tryReadLine"]>, string | undefined>>();
holds<Equal<ReturnType<Reader["lines"]>, ReadIterator<string>>>();
holds<Equal<ReturnType<Reader["chunks"]>, ReadIterator<Bytes>>>();
holds<Equal<Result<Writer["write"]>, void>>();
holds<Equal<ReturnType<typeof fromDeno>, Connection>>();
holds<Equal<ReturnType<typeof fromNode>, Connection>>();
holds<Equal<ReturnType<typeof memoryPair>, [Transport, Transport]>>();
holds<
  Equal<
    AbortReason,
    | "reset"
    | "broken-pipe"
    | "unexpected-end"
    | "timeout"
    | "signal"
    | "closed"
    | "unreachable"
    | "tls"
    | "overflow"
    | "other"
  >
>();

test("types: what comes out is backed by a plain ArrayBuffer", async () => {
  await using pair = connectionPair();
  await pair.peer.writer.write("0123456789\nabc\n");
  const { reader } = pair.local;
  for (const bytes of [await reader.peek(4), await reader.read({ atMost: 4 }), await reader.readExactly(2)]) {
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype, "no Buffer either");
    assert.equal(Object.getPrototypeOf(bytes!.buffer), ArrayBuffer.prototype);
  }
});
