/**
 * TL06–TL22: what trio checks of its TLS stream, read with this project's words. The others are elsewhere, or cannot be:
 * `docs/checks.md`.
 */
import assert from "node:assert/strict";
import { BusyError, type Connection, ConnectionAbortedError, type StartTlsOptions, type Transport } from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { Delegate } from "./delegate.ts";
import { test } from "./harness.ts";
import { brokenPipe, reset } from "./manual_transport.ts";
import { onBun, rejection } from "./raw_peers.ts";
import { type TlsEnds, tlsPlaces } from "./tls_places.ts";
import { virtually } from "./virtual_time.ts";

const identity = (): StartTlsOptions => ({ role: "server", ...certificates().localhost });
const trusting = (): StartTlsOptions => ({ serverName: "localhost", caCerts: [certificates().ca] });

async function secure({ client, server }: TlsEnds): Promise<void> {
  await Promise.all([client.startTls(trusting()), server.startTls(identity())]);
}

async function exchange(from: Connection, to: Connection, line: string): Promise<void> {
  await from.writer.write(`${line}\n`);
  assert.equal(await to.reader.readLine(), line);
}

/** A network that does what a test says from some moment on. */
function network(): { wrap(transport: Transport): Transport; fail?: { read?: Error; write?: Error } } {
  const state: ReturnType<typeof network> = {
    wrap: (transport) =>
      new Delegate(transport, {
        read: (into) => state.fail?.read ? Promise.reject(state.fail.read) : transport.read(into),
        write: (chunks) => state.fail?.write ? Promise.reject(state.fail.write) : transport.write(chunks),
      }),
  };
  return state;
}

for (const place of onBun || needsOpenssl.skip ? [] : tlsPlaces) {
  test(`TL06: over TLS over ${place.name} two reads collide, two writes arrive whole and in order`, async () => {
    await using ends = await place.open();
    await secure(ends);
    const { client, server } = ends;
    const reading = server.reader.readExactly(60_000);
    assert.ok(BusyError.is(await rejection(server.reader.read())));
    const [ones, twos] = [new Uint8Array(30_000).fill(1), new Uint8Array(30_000).fill(2)];
    const writing = Promise.all([client.writer.write(ones), client.writer.write(twos), client.writer.drain()]);
    const all = await reading;
    await writing;
    assert.deepEqual([all.subarray(0, 30_000), all.subarray(30_000)], [ones, twos]);
  });

  test(`TL07: empty writes over TLS over ${place.name} are no message, and no end`, async () => {
    await using ends = await place.open();
    await secure(ends);
    for (const empty of ["", new Uint8Array(0)]) await ends.client.writer.write(empty);
    await ends.client.writer.flush();
    await ends.client.writer.write("x");
    assert.deepEqual(await ends.server.reader.read(), Uint8Array.of(120));
  });

  test(`TL12: a transport that fails in a write beneath TLS over ${place.name} is the connection's failure`, async () => {
    const below = network();
    await using ends = await place.open({ wrap: below.wrap });
    await secure(ends);
    const { client } = ends;
    below.fail = { write: brokenPipe() };
    void client.writer.write("x");
    const error = await rejection(client.writer.flush());
    assert.ok(ConnectionAbortedError.is(error), String(error));
    assert.deepEqual([error.reason, error.operation], ["reset", "write"]); // EPIPE before any end was seen.
    assert.equal((await rejection(client.writer.write("y"))).reason, "reset");
    assert.equal((await client.close()).error?.reason, "reset");
  });

  test(`TL13: TLS inside of TLS over ${place.name}`, async () => {
    await using ends = await place.open();
    const { client, server } = ends;
    await secure(ends);
    await exchange(client, server, "outer");
    await Promise.all([
      client.startTls({ ...trusting(), serverName: "other.example" }),
      server.startTls({ role: "server", ...certificates().other }),
    ]);
    assert.equal(client.tls?.peerCertificate?.subject, "CN=other");
    await exchange(client, server, "hi");
    await exchange(server, client, "bye");
    const [outcome] = await Promise.all([client.close(), server.close()]);
    assert.equal(outcome.clean, true);
  });

  test(`TL19: an end in the handshake over ${place.name} is a failure with truncation "end", too`, async () => {
    await using ends = await place.open();
    const starting = rejection(ends.client.startTls({ ...trusting(), truncation: "end" }));
    await ends.server.reader.ready();
    await ends.server.writer.closeWrite();
    const error = await starting;
    assert.deepEqual([error.reason, error.operation], ["tls", "startTls"]);
  });

  for (const [id, what] of [["TL20", "write"], ["TL21", "read"]] as const) {
    test(`${id}: a ${what} that fails in the handshake over ${place.name} is its failure, and every later one's`, async () => {
      const below = network();
      await using ends = await place.open({ wrap: below.wrap });
      below.fail = { [what]: reset() };
      const error = await rejection(ends.client.startTls(trusting()));
      assert.ok(ConnectionAbortedError.is(error), String(error));
      assert.deepEqual([error.reason, error.operation], ["reset", "startTls"]);
      const again = await rejection(ends.client.startTls(trusting()));
      assert.deepEqual([again.reason, again.operation], ["reset", "startTls"]);
    });
  }

  test(`TL22: a connection over ${place.name} has agreed on nothing before the handshake`, async () => {
    await using ends = await place.open();
    const before = ends.client.tls;
    await secure(ends);
    assert.deepEqual([before, ends.client.tls?.alpnProtocol], [undefined, null]);
  });
}

if (!onBun) {
  test("Connection.startTls() gives up after 30 s where nobody says how long", needsOpenssl, async () => {
    const ends = await tlsPlaces[0]!.open();
    let elapsed: number | undefined;
    await virtually(async () => {
      const error = await rejection(ends.client.startTls(trusting()));
      assert.deepEqual([error.reason, error.operation], ["timeout", "startTls"]);
      elapsed = error.elapsed;
      ends.server.abort();
    });
    assert.equal(elapsed, 30_000);
  });
}
