/** A peer that resets: always the same reason, never an end of stream, and what it said before is read first. */
import assert from "node:assert/strict";
import type * as net from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { connect, type Connection, type RuntimeName } from "../mod.ts";
import { letBlock } from "./conformance/steps.ts";
import { socketPlaces } from "./far_end.ts";
import { test } from "./harness.ts";
import {
  countsSockets,
  onDeno,
  openSockets,
  RawServer,
  rejection,
  runtimes,
  temporaryFolder,
  until,
} from "./raw_peers.ts";

/** More than any kernel takes for a peer that does not read. */
const TOO_MUCH: Uint8Array = new Uint8Array(12 * 1_048_576);

const ANSWER = "413 too large";

/** Reads a little of an upload, answers, and goes away: the rest, unread, makes its kernel reset. */
async function answerAndGo(socket: net.Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.once("readable", () => resolve(void socket.read(1_000))));
  await new Promise<void>((resolve) => socket.write(`${ANSWER}\n`, () => resolve()));
  socket.destroy();
}

/**
 * Deno's compatibility layer destroys a Unix socket for the write that failed before it looks whether something can be
 * read: the answer may die with it. It is told as a reset, never as an end of stream.
 */
const mayLose = (transport: string, runtime: RuntimeName): boolean =>
  onDeno && transport === "Unix" && runtime === "node";

for (const transport of ["TCP", "Unix"] as const) {
  for (const runtime of runtimes) {
    test(`R05: The answer to a blocked upload is readable, then the reset, over ${transport}, ${runtime} sockets`, async () => {
      await using folder = await temporaryFolder();
      const path = folder.path("s");
      await using server = await RawServer.listen(transport === "Unix" ? path : undefined);
      const connection = await connect({ ...(transport === "Unix" ? { path } : { port: server.port }), runtime });
      const upload = rejection(connection.writer.write(TOO_MUCH));
      await answerAndGo(await server.next());
      assert.equal((await upload).reason, "reset");
      // The reader was idle until now.
      const answer = await connection.reader.readLine().catch((error) => error.reason);
      assert.ok(answer === ANSWER || (answer === "reset" && mayLose(transport, runtime)), String(answer));
      const { reason, initiator } = await rejection(connection.reader.read());
      assert.deepEqual([reason, initiator], ["reset", "peer"]);
      assert.equal((await connection.close()).error?.reason, "reset");
    });
  }
}

// Node and Bun destroy a socket whose write has failed, with what the kernel holds for it.
for (const transport of ["TCP", "Unix"] as const) {
  for (const runtime of runtimes.filter((runtime) => !(onDeno && runtime === "node"))) {
    test(`R05: The answer before a reset survives a write that fails first, over ${transport}, ${runtime} sockets`, async () => {
      await using folder = await temporaryFolder();
      const path = folder.path("s");
      await using server = await RawServer.listen(transport === "Unix" ? path : undefined);
      const local = await connect({ ...(transport === "Unix" ? { path } : { port: server.port }), runtime });
      const peer = await server.next();
      await new Promise<void>((resolve) => peer.write(`${ANSWER}\n`, () => resolve()));
      if (transport === "Unix") peer.destroy();
      else peer.resetAndDestroy();
      // In the turn of the reset: nobody has polled the socket since, so this write is the first to hear of it.
      const writing = local.writer.write(TOO_MUCH).catch((error) => error.reason);
      assert.equal(await local.reader.readLine(), ANSWER);
      assert.equal((await rejection(local.reader.read())).reason, "reset");
      assert.equal(await writing, "reset");
    });
  }
}

const PROBE: Uint8Array = new Uint8Array(16);

/** When a server resets: each moment is another race between its RST and our first write. */
const MOMENTS: Record<string, (socket: net.Socket) => Promise<void>> = {
  "at once": () => Promise.resolve(),
  "a turn later": async () => await turn(),
  "after a few turns": () => letBlock(),
  "when the probe is here": (socket) => new Promise((resolve) => socket.once("readable", () => resolve())),
};

/** Sends the probe to a server that resets, and tells every reason that was heard. */
async function probe(
  server: RawServer,
  runtime: RuntimeName,
  when: (socket: net.Socket) => Promise<void>,
): Promise<string[]> {
  const resetting = server.next().then(async (socket) => {
    await when(socket);
    socket.resetAndDestroy();
  });
  const dialled = await connect({ port: server.port, runtime }).catch((error) => error);
  if (dialled instanceof Error) return [(dialled as Error & { reason: string }).reason];
  const writing = dialled.writer.write(PROBE).catch((error: { reason: string }) => error.reason);
  const reading = await rejection(dialled.reader.readExactly(PROBE.length));
  const [{ error }] = await Promise.all([dialled.close(), resetting]);
  return [reading.reason, error?.reason, await writing].filter((reason) => reason !== undefined);
}

for (const runtime of runtimes) {
  for (const [moment, when] of Object.entries(MOMENTS)) {
    test(`R34: A server that resets ${moment} is a "reset" on each of a hundred runs, ${runtime} sockets`, async () => {
      await using server = await RawServer.listen();
      for (let run = 0; run < 100; run++) {
        const reasons = await probe(server, runtime, when);
        assert.deepEqual({ run, reasons: [...new Set(reasons)] }, { run, reasons: ["reset"] });
      }
    });
  }
}

/** Who asks first. */
const FIRST: ReadonlyArray<(local: Connection) => Promise<{ reason: string }>> = [
  ({ reader }) => rejection(reader.read()),
  ({ writer }) => rejection(writer.write(TOO_MUCH)),
  async ({ reader, writer }) => {
    const [reading] = await Promise.all([rejection(reader.read()), rejection(writer.write(TOO_MUCH))]);
    return reading;
  },
  ({ closed }) => closed.then(({ error }) => error!),
];

for (const place of socketPlaces) {
  test(`A reset is never an end of stream, whoever asks first, over ${place.name}`, async () => {
    for (let run = 0; run < 30; run++) {
      await using ends = await place.open();
      const { local, far } = ends;
      // A socket error is told once: who asks first may eat what another one should have heard.
      const first = FIRST[run % FIRST.length]!(local);
      await far.reset();
      void local.writer.write("is anybody there?");
      assert.equal((await first).reason, "reset");
      assert.equal((await rejection(local.reader.read())).reason, "reset");
    }
  });
}

if (countsSockets) {
  test("A connection that was lost holds no descriptor", async () => {
    const before = openSockets();
    for (const place of socketPlaces) {
      await using ends = await place.open();
      await ends.far.reset();
      await rejection(ends.local.reader.read());
      await ends.local.closed;
    }
    await until(() => openSockets() <= before, "every descriptor is closed");
  });
}
