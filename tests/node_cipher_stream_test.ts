import assert from "node:assert/strict";
import { type CipherEvents, CipherStream } from "../lib/runtime/node/cipher_stream.ts";
import { test } from "./harness.ts";
import { ManualTransport } from "./manual_transport.ts";
import { until } from "./raw_peers.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

class Told implements CipherEvents {
  wants = true;
  ends = 0;
  readonly failures: unknown[] = [];

  wantsMore(): boolean {
    return this.wants;
  }

  onEnd(failure?: { readonly error: unknown }): void {
    if (failure === undefined) this.ends++;
    else this.failures.push(failure.error);
  }

  onFailure(error: unknown): void {
    this.failures.push(error);
  }
}

function started(initial?: string): { transport: ManualTransport; told: Told; stream: CipherStream; got: string[] } {
  const transport = new ManualTransport();
  const told = new Told();
  const stream = new CipherStream(transport, initial === undefined ? undefined : bytes(initial), told);
  const got: string[] = [];
  stream.on("data", (chunk: Uint8Array) => got.push(new TextDecoder().decode(chunk)));
  stream.start();
  return { transport, told, stream, got };
}

test("CipherStream pushes the bytes that came before it, then what it reads, copied", async () => {
  const { transport, stream, got } = started("first ");
  stream.pause(); // What TLS has not taken yet waits.
  await until(() => transport.reads.length === 1, "a read");
  transport.deliver("second ");
  await until(() => transport.reads.length === 2, "another one");
  transport.deliver("THIRD! ");
  await until(() => transport.reads.length === 3, "one more");
  stream.resume();
  await until(() => got.join("").length === 20, "every byte");
  assert.equal(got.join(""), "first second THIRD! ");
  stream.destroy();
});

test("CipherStream reads nothing before it is started, nor while nobody wants more", async () => {
  const transport = new ManualTransport();
  const told = new Told();
  const stream = new CipherStream(transport, undefined, told);
  stream.resume();
  await turn();
  assert.equal(transport.reads.length, 0);
  told.wants = false;
  stream.start();
  await turn();
  assert.equal(transport.reads.length, 0);
  told.wants = true;
  stream.readMore();
  assert.equal(transport.reads.length, 1);
  stream.readMore();
  assert.equal(transport.reads.length, 1); // At most one read is outstanding.
  stream.destroy();
});

test("CipherStream tells of the peer's end, and does not end by it", async () => {
  const { transport, told, stream } = started();
  let ended = false;
  stream.on("end", () => ended = true);
  await until(() => transport.reads.length === 1, "a read");
  transport.end();
  await turn();
  assert.deepEqual([told.ends, ended], [1, false]);
  stream.destroy();
});

test("CipherStream tells of a read that failed", async () => {
  const { transport, told, stream } = started();
  await until(() => transport.reads.length === 1, "a read");
  const error = new Error("reset");
  transport.failRead(error);
  await turn();
  assert.deepEqual(told.failures, [error]);
  stream.destroy();
});

test("CipherStream.flushed() settles when the transport has taken what was written, and never rejects", async () => {
  const { transport, told, stream } = started();
  stream.write(bytes("one"));
  let flushed = false;
  const flushing = stream.flushed().then(() => flushed = true);
  await turn();
  assert.equal(flushed, false);
  transport.writes[0]!.take();
  await flushing;
  const error = new Error("broken");
  stream.write(bytes("two"));
  transport.writes[1]!.reject(error);
  await stream.flushed();
  assert.deepEqual(told.failures, [error]);
});

test("CipherStream writes together what came together", async () => {
  const { transport, stream } = started();
  stream.cork();
  for (const text of ["a", "b", "c"]) stream.write(bytes(text));
  stream.uncork();
  assert.deepEqual(transport.writes.map(({ chunks }) => chunks.length), [3]);
  transport.writes[0]!.take();
  await stream.flushed();
  stream.destroy();
});

test("CipherStream closes nothing beneath it", async () => {
  const { transport, stream } = started();
  stream.end();
  stream.destroy();
  await turn();
  assert.deepEqual(transport.calls, []);
});

test("CipherStream.insideRecord knows whether the last record is whole", async () => {
  const { transport, stream } = started();
  await until(() => transport.reads.length === 1, "a read");
  transport.deliver(Uint8Array.of(23, 3, 3, 0, 2, 1));
  await until(() => transport.reads.length === 2, "another one");
  assert.equal(stream.insideRecord, true);
  transport.deliver(Uint8Array.of(2));
  await until(() => transport.reads.length === 3, "another one");
  assert.equal(stream.insideRecord, false);
  stream.destroy();
});
