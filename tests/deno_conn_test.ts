import assert from "node:assert/strict";
import { type DenoAddress, type DenoConn, DenoTransport, fromDenoAddress } from "../lib/runtime/deno/conn.ts";
import { test } from "./harness.ts";
import { onDeno, RawServer, rejection } from "./raw_peers.ts";

const LOCAL: DenoAddress = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
const REMOTE: DenoAddress = { transport: "tcp", hostname: "127.0.0.1", port: 2 };

/** A conn that does what a test says, so that the order of events is the test's. */
function scripted(does: Partial<DenoConn>): DenoConn {
  return {
    localAddr: LOCAL,
    remoteAddr: REMOTE,
    read: () => new Promise(() => {}),
    write: (bytes) => Promise.resolve(bytes.length),
    closeWrite: () => Promise.resolve(),
    close: () => {},
    ...does,
  };
}

function systemError(name: string, code?: string): Error {
  return Object.assign(new Error(name), { name }, code !== undefined && { code });
}

const reset = () => systemError("ConnectionReset", "ECONNRESET");
const brokenPipe = () => systemError("BrokenPipe", "EPIPE");
const into = () => new Uint8Array(64);
const bytes = (size: number) => [new Uint8Array(size)];

test("fromDenoAddress() keeps a TCP address", () => {
  assert.deepEqual(fromDenoAddress(LOCAL), { transport: "tcp", hostname: "127.0.0.1", port: 1 });
});

test("fromDenoAddress() gives the dialling end of a Unix socket an empty path", () => {
  const dialling = { transport: "unix", path: null } as unknown as DenoAddress;
  assert.deepEqual(fromDenoAddress(dialling), { transport: "unix", path: "" });
});

test("fromDenoAddress() names the context of a vsock", () => {
  assert.deepEqual(fromDenoAddress({ transport: "vsock", cid: 3, port: 9 }), {
    transport: "tcp",
    hostname: "vsock:3",
    port: 9,
  });
});

test("DenoTransport.read() resolves to the number of bytes", async () => {
  const transport = new DenoTransport(scripted({ read: () => Promise.resolve(7) }));
  assert.equal(await transport.read(into()), 7);
});

test("DenoTransport.read() resolves to null at the end of stream, again and again", async () => {
  const transport = new DenoTransport(scripted({ read: () => Promise.resolve(null) }));
  assert.equal(await transport.read(into()), null);
  assert.equal(await transport.read(into()), null);
});

test("DenoTransport.write() goes on after a short write until everything is taken", async () => {
  const taken: number[][] = [];
  const write = (chunk: Uint8Array): Promise<number> => {
    const some = Math.min(3, chunk.length);
    taken.push([...chunk.subarray(0, some)]);
    return Promise.resolve(some);
  };
  const transport = new DenoTransport(scripted({ write }));
  await transport.write([new Uint8Array([1, 2, 3, 4, 5, 6, 7]), new Uint8Array([8, 9])]);
  assert.deepEqual(taken, [[1, 2, 3], [4, 5, 6], [7], [8, 9]]);
  assert.equal(transport.bytesTaken, 9);
});

test("DenoTransport counts what was taken before a write failed", async () => {
  let calls = 0;
  const write = () => calls++ === 0 ? Promise.resolve(3) : Promise.reject(reset());
  const transport = new DenoTransport(scripted({ write }));
  await assert.rejects(transport.write(bytes(10)), { reason: "reset", operation: "write" });
  assert.equal(transport.bytesTaken, 3);
});

test("DenoTransport.read() rejects with the runtime's error as the cause", async () => {
  const error = reset();
  const transport = new DenoTransport(scripted({ read: () => Promise.reject(error) }));
  const { cause, code, reason } = await rejection(transport.read(into()));
  assert.equal(cause, error);
  assert.equal(code, "ECONNRESET");
  assert.equal(reason, "reset");
});

// Deno's errors are one-shot: whoever asks first gets them, afterwards a read says end of stream.
test("T3: DenoTransport.read() is no end of stream after a write ate the reset", async () => {
  const transport = new DenoTransport(
    scripted({ write: () => Promise.reject(reset()), read: () => Promise.resolve(null) }),
  );
  await assert.rejects(transport.write(bytes(1)), { reason: "reset" });
  await assert.rejects(transport.read(into()), { reason: "reset", operation: "read" });
  await assert.rejects(transport.read(into()), { reason: "reset" });
});

test("DenoTransport.read() still brings the bytes that had arrived before a write ate the reset", async () => {
  const reads = [5, null];
  const transport = new DenoTransport(
    scripted({ write: () => Promise.reject(reset()), read: () => Promise.resolve(reads.shift() ?? null) }),
  );
  await assert.rejects(transport.write(bytes(1)), { reason: "reset" });
  assert.equal(await transport.read(into()), 5);
  await assert.rejects(transport.read(into()), { reason: "reset" });
});

test("T3: DenoTransport.read() is no end of stream when a write under way eats the reset in the same turn", async () => {
  let fail!: (error: Error) => void;
  const transport = new DenoTransport(scripted({
    write: () => new Promise((_, reject) => fail = reject),
    read: () => Promise.resolve(null),
  }));
  const writing = transport.write(bytes(1));
  const reading = transport.read(into());
  queueMicrotask(() => queueMicrotask(() => fail(reset())));
  const [write, read] = await Promise.all([rejection(writing), rejection(reading)]);
  assert.equal(write.reason, "reset");
  assert.equal(read.reason, "reset");
});

test("DenoTransport.read() is an end of stream within a turn although a write is blocked", async () => {
  let take!: (bytes: number) => void;
  const transport = new DenoTransport(scripted({
    write: () => new Promise((resolve) => take = resolve),
    read: () => Promise.resolve(null),
  }));
  const writing = transport.write(bytes(1));
  assert.equal(await transport.read(into()), null);
  take(1);
  await writing;
});

test("DenoTransport.write() reports the cause that a read is about to be told, not the broken pipe", async () => {
  let fail!: (error: Error) => void;
  const transport = new DenoTransport(scripted({
    read: () => new Promise((_, reject) => fail = reject),
    write: () => Promise.reject(brokenPipe()),
  }));
  const reading = rejection(transport.read(into()));
  const writing = rejection(transport.write(bytes(1)));
  queueMicrotask(() => queueMicrotask(() => fail(reset())));
  assert.equal((await reading).code, "ECONNRESET");
  const { code, reason } = await writing;
  assert.equal(code, "ECONNRESET");
  assert.equal(reason, "reset");
});

test("DenoTransport latches the first failure for every operation", async () => {
  let writes = 0;
  const transport = new DenoTransport(scripted({
    read: () => Promise.reject(systemError("TimedOut", "ETIMEDOUT")),
    write: () => {
      writes++;
      return Promise.reject(brokenPipe());
    },
    closeWrite: () => Promise.reject(brokenPipe()),
  }));
  await assert.rejects(transport.read(into()), { reason: "timeout", initiator: "network" });
  await assert.rejects(transport.write(bytes(1)), { reason: "timeout", operation: "write" });
  await assert.rejects(transport.closeWrite(), { reason: "timeout", operation: "closeWrite" });
  assert.equal(writes, 0, "nothing is written to a transport that failed");
});

test("DenoTransport.release() closes once and never throws", () => {
  let closed = 0;
  const transport = new DenoTransport(scripted({
    close: () => {
      closed++;
      throw systemError("BadResource");
    },
  }));
  transport.release();
  transport.release();
  transport.abort();
  assert.equal(closed, 1);
});

test('DenoTransport calls it "closed" when this side let go', async () => {
  let fail!: (error: Error) => void;
  const transport = new DenoTransport(scripted({
    read: () => new Promise((_, reject) => fail = reject),
    close: () => fail(systemError("Interrupted", "EINTR")),
  }));
  const reading = rejection(transport.read(into()));
  transport.release();
  const { reason, initiator } = await reading;
  assert.equal(reason, "closed");
  assert.equal(initiator, "local");
  await assert.rejects(transport.read(into()), { reason: "closed" });
});

for (const name of ["BadResource", "Interrupted"]) {
  test(`DenoTransport calls it "closed" when the conn was closed underneath (${name})`, async () => {
    const transport = new DenoTransport(scripted({ read: () => Promise.reject(systemError(name)) }));
    await assert.rejects(transport.read(into()), { reason: "closed", initiator: "local" });
  });
}

test("DenoTransport.ref() and unref() reach the conn, where it has them", () => {
  const calls: string[] = [];
  const transport = new DenoTransport(scripted({ ref: () => calls.push("ref"), unref: () => calls.push("unref") }));
  transport.unref();
  transport.ref();
  assert.deepEqual(calls, ["unref", "ref"]);
  const bare = new DenoTransport(scripted({}));
  bare.unref();
  bare.ref();
});

if (onDeno) {
  test("DenoTransport writes 8 MiB through Deno's short writes", async () => {
    await using server = await RawServer.listen();
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    let calls = 0;
    const transport = new DenoTransport(
      new Proxy(conn as unknown as DenoConn, {
        get(target, key) {
          if (key === "write") calls++;
          const value = Reflect.get(target, key);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
    );
    const size = 8 * 1_048_576;
    const writing = transport.write(bytes(size));
    const peer = await server.next();
    let received = 0;
    const all = new Promise<void>((resolve) => {
      peer.on("data", (chunk: Uint8Array) => (received += chunk.length) === size && resolve());
    });
    peer.resume();
    await Promise.all([writing, all]);
    assert.equal(received, size);
    assert.ok(calls > 1, "the kernel took it in one: this test proves nothing");
    transport.release();
  });

  test("T3: DenoTransport.read() is no end of stream after a write ate a real reset", async () => {
    await using server = await RawServer.listen();
    const transport = new DenoTransport(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
    const peer = await server.next();
    peer.resetAndDestroy();
    // One of the first writes is answered by the reset that has arrived by then.
    let error: { reason?: string } | undefined;
    for (let i = 0; i < 1_000 && error === undefined; i++) {
      error = await transport.write(bytes(1)).then(() => undefined, (error) => error);
    }
    assert.equal(error?.reason, "reset");
    await assert.rejects(transport.read(into()), { reason: "reset" });
    transport.release();
  });
}
