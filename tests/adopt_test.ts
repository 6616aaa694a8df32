import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { type DenoConn, fromDeno, fromNode } from "../mod.ts";
import { BAD_CONNECTION_OPTIONS, testBadOptions } from "./bad_input.ts";
import { FakeSocket } from "./fake_socket.ts";
import { test } from "./harness.ts";
import { fate, onDeno, rawDial, RawServer, rejection, temporaryFolder, until } from "./raw_peers.ts";

/** A raw socket on either end of one connection. */
async function rawPair(): Promise<{ mine: net.Socket; theirs: net.Socket } & AsyncDisposable> {
  const server = await RawServer.listen();
  const [theirs, mine] = await Promise.all([server.next(), rawDial({ port: server.port })]);
  return { mine, theirs, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const fakeConn = (): DenoConn => ({
  localAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 2 },
  read: () => new Promise(() => {}),
  write: (bytes) => Promise.resolve(bytes.length),
  closeWrite: () => Promise.resolve(),
  close: () => {},
});

test("fromNode() knows both addresses", async () => {
  await using pair = await rawPair();
  const connection = fromNode(pair.mine);
  const { localPort, remotePort } = pair.mine;
  assert.deepEqual(connection.localAddress, { transport: "tcp", hostname: "127.0.0.1", port: localPort });
  assert.deepEqual(connection.remoteAddress, { transport: "tcp", hostname: "127.0.0.1", port: remotePort });
  connection.abort();
});

test("fromNode() talks both ways", async () => {
  await using pair = await rawPair();
  const connection = fromNode(pair.mine);
  pair.theirs.write("hello\n");
  assert.equal(await connection.reader.readLine(), "hello");
  const seen = fate(pair.theirs);
  pair.theirs.end();
  await connection.writer.write("answer");
  assert.equal((await connection.close()).clean, true);
  assert.deepEqual(await seen, { bytes: 6, ended: true, code: undefined });
});

test("fromNode() takes over what the socket had buffered", async () => {
  await using pair = await rawPair();
  pair.theirs.write("early\n");
  await once(pair.mine, "readable");
  await until(() => pair.mine.readableLength === 6, "the bytes are in the socket's own buffer");
  const connection = fromNode(pair.mine);
  pair.theirs.write("late\n");
  assert.equal(await connection.reader.readLine(), "early");
  assert.equal(await connection.reader.readLine(), "late");
  connection.abort();
});

test("fromNode() takes over what the socket had buffered before it was reset", async () => {
  await using pair = await rawPair();
  pair.theirs.write("last words\n");
  await once(pair.mine, "readable");
  const connection = fromNode(pair.mine);
  pair.theirs.resetAndDestroy();
  assert.equal(await connection.reader.readLine(), "last words");
  assert.equal((await rejection(connection.reader.readLine())).reason, "reset");
  await connection.closed;
});

test("fromNode() takes a socket whose end has arrived already", async () => {
  await using pair = await rawPair();
  pair.theirs.end("all there was");
  const ended = once(pair.mine, "end");
  let bytes = 0;
  pair.mine.on("data", (chunk: Uint8Array) => bytes += chunk.length);
  await ended;
  const connection = fromNode(pair.mine);
  assert.equal(bytes, 13);
  assert.equal(await connection.reader.read(), null);
  const seen = fate(pair.theirs);
  await connection.writer.write("still yours");
  await connection.close();
  assert.equal((await seen).bytes, 11);
});

// The default of a socket answers a half-close by closing everything.
test("fromNode() goes on writing after the peer's half-close, whatever allowHalfOpen was", async () => {
  const server = net.createServer(); // allowHalfOpen: false
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const [[socket], peer] = await Promise.all([once(server, "connection"), rawDial({ port })]);
  const connection = fromNode(socket as net.Socket);
  peer.end();
  assert.equal(await connection.reader.read(), null);
  const seen = fate(peer);
  await connection.writer.write("answer");
  assert.equal((await connection.close()).clean, true);
  assert.equal((await seen).bytes, 6);
  server.close();
});

test("fromNode() adopts a Unix socket", async () => {
  await using folder = await temporaryFolder();
  await using server = await RawServer.listen(folder.path("s"));
  const connection = fromNode(await rawDial({ path: folder.path("s") }));
  assert.equal(connection.remoteAddress.transport, "unix");
  (await server.next()).write("hi\n");
  assert.equal(await connection.reader.readLine(), "hi");
  connection.abort();
});

test('fromNode() catches an "error" that comes at once', async () => {
  const socket = new FakeSocket();
  const connection = fromNode(socket);
  socket.fail(Object.assign(new Error(), { code: "ECONNRESET" }));
  assert.equal((await rejection(connection.reader.read())).reason, "reset");
  await connection.closed;
});

for (
  const [how, destroy] of [
    ["destroys it", (socket) => socket.destroy()],
    // What `await using socket` does: it destroys with an AbortError that has no cause.
    ["disposes of it", (socket) => socket[Symbol.asyncDispose]()],
  ] as [how: string, destroy: (socket: net.Socket) => unknown][]
) {
  test(`fromNode() calls it "closed", no end of stream, when the socket's former owner ${how}`, async () => {
    await using pair = await rawPair();
    const connection = fromNode(pair.mine);
    const reading = rejection(connection.reader.read());
    await destroy(pair.mine);
    const { reason, initiator } = await reading;
    assert.deepEqual([reason, initiator], ["closed", "local"]);
    await connection.closed;
  });
}

test("fromNode() takes the options of a connection", async () => {
  await using pair = await rawPair();
  const connection = fromNode(pair.mine, { readTimeout: 20 });
  assert.equal((await rejection(connection.reader.read())).reason, "timeout");
});

test("fromNode() refuses a socket that is still connecting", async () => {
  await using server = await RawServer.listen();
  const socket = net.connect({ host: "127.0.0.1", port: server.port });
  assert.throws(() => fromNode(socket), { name: "TypeError", message: /still connecting/ });
  await once(socket, "connect");
  await server.next();
  socket.destroy();
});

test("fromNode() refuses a socket that is destroyed", () => {
  const socket = new net.Socket();
  socket.destroy();
  assert.throws(() => fromNode(socket), { name: "TypeError", message: /destroyed/ });
});

test("fromNode() refuses a socket that decodes text", async () => {
  await using pair = await rawPair();
  pair.mine.setEncoding("utf8");
  assert.throws(() => fromNode(pair.mine), { name: "TypeError", message: /utf8 text/ });
  pair.mine.destroy();
});

const NO_SOCKET: [what: string, value: unknown][] = [
  ["null", null],
  ["undefined", undefined],
  ["a number", 7],
  ["text", "socket"],
  ["an empty object", {}],
];

for (const [what, value] of [...NO_SOCKET, ["a Deno.Conn", fakeConn()] as const]) {
  test(`fromNode() refuses ${what}`, () => {
    assert.throws(() => fromNode(value as never), { name: "TypeError", message: /net\.Socket.*method/ });
  });
}

test("fromDeno() talks over anything with the shape of a conn", async () => {
  const sent: Uint8Array[] = [];
  const connection = fromDeno({
    ...fakeConn(),
    read: (into) => {
      into.set([104, 105, 10]);
      return Promise.resolve(3);
    },
    write: (bytes) => {
      sent.push(bytes.slice());
      return Promise.resolve(bytes.length);
    },
  });
  assert.equal(await connection.reader.readLine(), "hi");
  await connection.writer.write("yo");
  await connection.writer.flush();
  assert.deepEqual(sent, [new Uint8Array([121, 111])]);
  connection.abort();
});

for (const [what, value] of [...NO_SOCKET, ["a net.Socket", new FakeSocket()] as const]) {
  test(`fromDeno() refuses ${what}`, () => {
    assert.throws(() => fromDeno(value as never), { name: "TypeError", message: /Deno\.Conn.*method/ });
  });
}

testBadOptions("fromNode()", BAD_CONNECTION_OPTIONS, (options) => fromNode(new FakeSocket(), options));
testBadOptions("fromDeno()", BAD_CONNECTION_OPTIONS, (options) => fromDeno(fakeConn(), options));

if (onDeno) {
  test("fromDeno() adopts both ends of a real connection", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const [server, client] = (await Promise.all([listener.accept(), Deno.connect({ port })])).map((conn) =>
      fromDeno(conn)
    );
    assert.deepEqual(client!.remoteAddress, { transport: "tcp", hostname: "127.0.0.1", port });
    await client!.writer.write("hello\n");
    assert.equal(await server!.reader.readLine(), "hello");
    const [outcome] = await Promise.all([server!.close(), client!.close()]);
    assert.equal(outcome.clean, true);
  });

  test('fromDeno() calls it "closed" when somebody else closes the conn', async () => {
    await using server = await RawServer.listen();
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const connection = fromDeno(conn);
    const reading = rejection(connection.reader.read());
    await server.next();
    conn.close();
    const { reason, initiator } = await reading;
    assert.deepEqual([reason, initiator], ["closed", "local"]);
  });
}
