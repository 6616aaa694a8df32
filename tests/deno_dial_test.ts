/** Deno's own dialer: there are no tests on other runtimes. */
import assert from "node:assert/strict";
import { ConnectError } from "../mod.ts";
import type { Address } from "../lib/address.ts";
import type { DenoConn } from "../lib/runtime/deno/conn.ts";
import { dial } from "../lib/runtime/deno/dial.ts";
import { test } from "./harness.ts";
import { letGo, NO_SUCH_HOST, onDeno, RawServer, rejection, temporaryFolder } from "./raw_peers.ts";

const OPEN = new AbortController().signal;

const tcp = (port: number, hostname = "127.0.0.1"): Address => ({ transport: "tcp", hostname, port });
const plain = (address: Address) => ({ address, noDelay: true, keepAlive: true });

/** What a conn was told. */
type Calls = [name: string, value?: unknown][];

/** Puts another `Deno.connect` in place for a while: what it resolves to, and when, is the test's. */
async function withConnect(connect: () => Promise<unknown>, body: () => Promise<void>): Promise<void> {
  const original = Deno.connect;
  Object.assign(Deno, { connect });
  try {
    await body();
  } finally {
    Object.assign(Deno, { connect: original });
  }
}

function recorded(calls: Calls): DenoConn {
  return {
    localAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
    remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 2 },
    read: () => Promise.resolve(null),
    write: (bytes) => Promise.resolve(bytes.length),
    closeWrite: () => Promise.resolve(),
    close: () => void calls.push(["close"]),
    ...{
      setNoDelay: (on: boolean) => void calls.push(["setNoDelay", on]),
      setKeepAlive: (on: boolean) => void calls.push(["setKeepAlive", on]),
    },
  };
}

if (onDeno) {
  test("Deno's dial() connects over TCP and knows both addresses", async () => {
    await using server = await RawServer.listen();
    const transport = await dial(plain(tcp(server.port)), OPEN);
    const peer = await server.next();
    assert.deepEqual(transport.remoteAddress, tcp(server.port));
    assert.deepEqual(transport.localAddress, tcp(peer.remotePort!));
    transport.release();
  });

  test("Deno's dial() connects over a Unix socket", async () => {
    await using folder = await temporaryFolder();
    await using server = await RawServer.listen(folder.path("s"));
    const transport = await dial(plain({ transport: "unix", path: folder.path("s") }), OPEN);
    await server.next();
    assert.deepEqual(transport.remoteAddress, { transport: "unix", path: folder.path("s") });
    assert.deepEqual(transport.localAddress, { transport: "unix", path: "" });
    transport.release();
  });

  for (const noDelay of [true, false]) {
    for (const keepAlive of [true, false, 5_000]) {
      test(`Deno's dial() sets noDelay ${noDelay} and keepAlive ${keepAlive}`, async () => {
        const calls: Calls = [];
        await withConnect(() => Promise.resolve(recorded(calls)), async () => {
          await dial({ address: tcp(9), noDelay, keepAlive }, OPEN);
        });
        assert.deepEqual(calls, [
          ...(noDelay ? [["setNoDelay", true]] : []),
          ...(keepAlive !== false ? [["setKeepAlive", true]] : []),
        ]);
      });
    }
  }

  test("T17: Deno's dial() closes a connection that comes after the abort", async () => {
    const calls: Calls = [];
    const controller = new AbortController();
    const reason = new Error("enough");
    await withConnect(() => {
      controller.abort(reason);
      return Promise.resolve(recorded(calls));
    }, async () => {
      assert.equal(await rejection(dial(plain(tcp(9)), controller.signal)), reason);
    });
    assert.deepEqual(calls, [["close"]]);
  });

  // Deno ignores the signal on Unix sockets, even one that is aborted already.
  test("T17: Deno's dial() leaves no Unix connection behind when the signal was aborted before", async () => {
    await using folder = await temporaryFolder();
    await using server = await RawServer.listen(folder.path("s"));
    const reason = new Error("never mind");
    const address: Address = { transport: "unix", path: folder.path("s") };
    assert.equal(await rejection(dial(plain(address), AbortSignal.abort(reason))), reason);
    const peer = await server.next();
    await letGo(peer);
  });

  test("Deno's dial() rejects with the attempt it made", async () => {
    await using folder = await temporaryFolder();
    const address: Address = { transport: "unix", path: folder.path("missing") };
    const error = await rejection(dial(plain(address), OPEN));
    assert.ok(ConnectError.is(error));
    assert.equal(error.reason, "path-not-found");
    assert.equal(error.code, "ENOENT");
    assert.equal(error.operation, "connect");
    assert.deepEqual(error.remoteAddress, address);
    assert.equal(error.attempts.length, 1);
    assert.equal(error.attempts[0]!.error, error.cause);
    assert.deepEqual(error.attempts[0]!.address, address);
    assert.equal(error.retrySafe, true);
  });

  test("Deno's dial() gives a refusal the code of the system", async () => {
    const server = await RawServer.listen();
    const { port } = server;
    await server[Symbol.asyncDispose]();
    const { reason, code, initiator } = await rejection(dial(plain(tcp(port)), OPEN));
    assert.deepEqual({ reason, code, initiator }, { reason: "refused", code: "ECONNREFUSED", initiator: "peer" });
  });

  test("Deno's dial() finds the code of a name that does not exist", async () => {
    const { reason, code } = await rejection(dial(plain(tcp(9, NO_SUCH_HOST)), OPEN));
    // Without any resolver the system cannot say that the name does not exist.
    assert.ok(["name-not-found", "name-lookup-failed"].includes(reason), reason);
    assert.ok(["ENOTFOUND", "EAI_AGAIN"].includes(code), code);
  });

  test("Deno's dial() passes a missing permission on untouched", async () => {
    const missing = new Deno.errors.NotCapable("Requires net access");
    await withConnect(() => Promise.reject(missing), async () => {
      assert.equal(await rejection(dial(plain(tcp(9)), OPEN)), missing);
    });
  });
}
