import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Connection, ConnectionAbortedError, type StartTlsOptions } from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { test } from "./harness.ts";
import { onBun, rejection, until } from "./raw_peers.ts";
import { cutter, type Damage, type RecordCutter } from "./record_cutter.ts";
import { type TlsEnds, tlsPlaces } from "./tls_places.ts";

type Role = "client" | "server";

interface Secured extends TlsEnds {
  /** The network beneath `client`. */
  readonly network: RecordCutter;
}

/** Two ends that talk TLS and have said a line to each other; `role` is that of `client`, whose ciphertext is damaged. */
async function secured(
  place: (typeof tlsPlaces)[number],
  role: Role = "client",
  truncation: StartTlsOptions["truncation"] = "error",
): Promise<Secured> {
  const { ca, localhost } = certificates();
  const network = cutter();
  const ends = await place.open({ wrap: network.wrap });
  const client: StartTlsOptions = { serverName: "localhost", caCerts: [ca] };
  const server: StartTlsOptions = { role: "server", ...localhost };
  const [mine, other] = role === "client" ? [client, server] : [server, client];
  await Promise.all([ends.client.startTls({ ...mine, truncation }), ends.server.startTls({ ...other, truncation })]);
  await lines(ends.client, ends.server);
  return { ...ends, network: network.made };
}

async function lines(a: Connection, b: Connection): Promise<void> {
  for (const [from, to] of [[a, b], [b, a]] as const) {
    await from.writer.write("hello\n");
    assert.equal(await to.reader.readLine(), "hello");
  }
}

const PLACES = onBun ? [] : tlsPlaces;

for (const place of PLACES) {
  for (const role of ["client", "server"] as const) {
    // TL18 and TL27: who tolerates an end without close_notify is who reads it, whichever side it is. Our own side always
    // says goodbye, so it is the network that does not let it through.
    const endings: readonly [Damage["how"], string, number][] = [
      ["end", "without close_notify", 1],
      ["end inside", "inside a TLS record", 1],
      ["corrupt", "", 1],
    ];
    for (const [how, words, after] of endings) {
      test(
        `TL14: a TLS ${role} over ${place.name} reads what came whole, then fails: ${how} beneath it`,
        needsOpenssl,
        async () => {
          await using ends = await secured(place, role);
          ends.network.damage({ after, how });
          await ends.server.writer.write("whole\n");
          const first = await ends.client.reader.readLine();
          void ends.server.writer.write("lost\n").catch(() => {});
          const error = await rejection(ends.client.reader.read());
          assert.equal(first, "whole");
          assert.ok(ConnectionAbortedError.is(error), String(error));
          assert.deepEqual([error.reason, error.operation, error.initiator], ["tls", "read", "peer"]);
          assert.match(error.message, new RegExp(words));
          assert.equal((await rejection(ends.client.writer.write("x"))).reason, "tls");
          assert.equal((await ends.client.closed).error?.reason, "tls");
        },
      );
    }

    test(
      `TL15: a TLS ${role} over ${place.name} with truncation "end" takes an end between records for the end`,
      needsOpenssl,
      async () => {
        await using ends = await secured(place, role, "end");
        ends.network.damage({ after: 1, how: "end" });
        await ends.server.writer.write("whole\n");
        assert.equal(await ends.client.reader.readLine(), "whole");
        void ends.server.writer.write("lost\n").catch(() => {});
        assert.equal(await ends.client.reader.read(), null);
      },
    );

    test(
      `a TLS ${role} over ${place.name} with truncation "end" still refuses an end inside a record`,
      needsOpenssl,
      async () => {
        await using ends = await secured(place, role, "end");
        ends.network.damage({ after: 0, how: "end inside" });
        await ends.server.writer.write("lost\n");
        assert.equal((await rejection(ends.client.reader.read())).reason, "tls");
      },
    );

    test(
      `a TLS ${role} over ${place.name} reads the end at close_notify, without a FIN`,
      needsOpenssl,
      async () => {
        await using ends = await secured(place, role);
        ends.network.damage({ after: Infinity, how: "hide the end" });
        await ends.server.writer.closeWrite();
        assert.equal(await ends.client.reader.read(), null);
      },
    );

    test(
      `TL10: a TLS ${role} over ${place.name} half-closes, and reads on what the peer still says`,
      needsOpenssl,
      async () => {
        await using ends = await secured(place, role);
        const { client, server } = ends;
        await client.writer.closeWrite();
        assert.equal(await server.reader.read(), null);
        await server.writer.write("afterwards\n");
        assert.equal(await client.reader.readLine(), "afterwards");
        await server.writer.closeWrite();
        assert.equal(await client.reader.read(), null);
        const [here, there] = await Promise.all([client.close(), server.close()]);
        assert.deepEqual([here.clean, there.clean], [true, true]);
      },
    );
  }

  test(
    `a TLS connection over ${place.name} closes cleanly where the peer leaves without a close_notify of its own`,
    needsOpenssl,
    async () => {
      await using ends = await secured(place);
      ends.network.damage({ after: 0, how: "end" });
      const closing = ends.client.close();
      assert.equal(await ends.server.reader.read(), null); // Our close_notify has come.
      await ends.server.writer.write("and the network ends instead");
      assert.equal((await closing).clean, true);
    },
  );

  test(
    `TL14: a TLS connection over ${place.name} that has half-closed still refuses an end without close_notify`,
    needsOpenssl,
    async () => {
      await using ends = await secured(place);
      await ends.client.writer.closeWrite();
      ends.network.damage({ after: 0, how: "end" });
      await ends.server.writer.write("lost\n");
      assert.equal((await rejection(ends.client.reader.read())).reason, "tls");
    },
  );

  test(
    `a TLS connection over ${place.name} reads what had come when a write failed beneath it`,
    needsOpenssl,
    async () => {
      await using ends = await secured(place);
      const { client, server, network } = ends;
      await server.writer.write("413 too large\n");
      await server.writer.flush();
      network.deaf = true;
      void client.writer.write("an upload that nobody takes");
      assert.equal((await rejection(client.writer.flush())).reason, "reset");
      assert.equal(await client.reader.readLine(), "413 too large");
    },
  );

  test(
    `a TLS connection over ${place.name} moves megabytes both ways at once, and counts plaintext`,
    needsOpenssl,
    async () => {
      await using ends = await secured(place);
      const { client, server } = ends;
      const sum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
      const payload = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 2_654_435_761) >>> 13);
      const send = async (from: Connection): Promise<void> => {
        for (let at = 0; at < payload.length; at += 70_001) await from.writer.write(payload.subarray(at, at + 70_001));
        await from.writer.closeWrite();
      };
      const receive = async (to: Connection): Promise<string> => sum(await to.reader.readAll({ limit: 4_000_000 }));
      const [, , up, down] = await Promise.all([send(client), send(server), receive(server), receive(client)]);
      assert.deepEqual([up, down], [sum(payload), sum(payload)]);
      assert.deepEqual([client.bytesWritten, client.bytesRead], [3_000_006, 3_000_006]);
    },
  );

  test(
    `a TLS server over ${place.name} reads what a client says that shakes hands, speaks and goes at once`,
    needsOpenssl,
    async () => {
      const { ca, localhost } = certificates();
      for (let round = 0; round < 10; round++) {
        await using ends = await place.open();
        const { client, server } = ends;
        const going = (async () => {
          await client.startTls({ serverName: "localhost", caCerts: [ca] });
          await client.writer.write("in a hurry\n");
          await client.close();
        })();
        await server.startTls({ role: "server", ...localhost });
        assert.equal(await server.reader.readLine(), "in a hurry");
        assert.equal(await server.reader.read(), null);
        await Promise.all([going, server.close()]);
      }
    },
  );

  test(
    `a TLS reader over ${place.name} that is slow gets everything that came before close_notify`,
    needsOpenssl,
    async () => {
      await using ends = await secured(place);
      const { client, server } = ends;
      const sending = server.writer.write(new Uint8Array(400_000)).then(() => server.close());
      let bytes = 0;
      for (;;) {
        const chunk = await client.reader.read();
        if (chunk === null) break;
        bytes += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assert.equal(bytes, 400_000);
      await client.close();
      await sending;
    },
  );

  test(
    `backpressure holds over TLS over ${place.name}: who does not read clogs who writes`,
    needsOpenssl,
    async () => {
      await using ends = await secured(place);
      const { client, server } = ends;
      let settled = 0;
      const writing = (async () => {
        // More than every buffer on the way can take.
        for (let i = 0; i < 256; i++, settled++) await client.writer.write(new Uint8Array(131_072));
      })();
      let [seen, turns] = [0, 0];
      await until(() => {
        turns = seen === settled ? turns + 1 : 0;
        seen = settled;
        return turns === 100;
      }, "a pause of a hundred turns");
      assert.ok(settled < 256, `${settled} writes were taken`);
      server.abort();
      const error = await rejection(writing);
      assert.ok(["reset", "broken-pipe", "tls"].includes(error.reason), error.reason);
    },
  );
}
