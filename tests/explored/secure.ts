/** Conversations over TLS. They are none of `scenarios.ts`: certificates take a program of the machine's. */
import assert from "node:assert/strict";
import { type Connection, ConnectionAbortedError, type StartTlsOptions } from "@hawser/net";
import type { Cut } from "@hawser/net/testing";
import { type Explored, explored, onceOver } from "./rules.ts";
import type { Identity } from "../certificates.ts";

/** Cuts every so many bytes of ciphertext, and at each event: where one flight of records ends, the next begins. */
const STEP = 151;

/** A client that upgrades, asks and reads the answer. */
export function secureScenarios(ca: string, identity: Identity): readonly Explored[] {
  const client: StartTlsOptions = { serverName: "localhost", caCerts: [ca] };
  const server: StartTlsOptions = { role: "server", ...identity };

  const ask = async ({ reader, writer }: Connection): Promise<string> => {
    await writer.write("a question\n");
    return await reader.readLine({ required: true });
  };
  const answer = async ({ reader, writer }: Connection): Promise<void> => {
    if (await reader.readLine() === "a question") await writer.write("an answer\n");
    await writer.closeWrite();
    await reader.readAll();
  };

  const asClient: Explored = explored("a client that starts TLS and asks", {
    local: ({ connection }) =>
      onceOver(connection, async () => {
        await connection.startTls(client);
        return await ask(connection);
      }),
    async peer(connection) {
      await connection.startTls(server);
      await answer(connection);
    },
  }, { step: STEP, checkError: blameTls });

  const asServer: Explored = explored("a server that is asked to start TLS, and answers", {
    local: ({ connection }) =>
      onceOver(connection, async ({ reader, writer }) => {
        const asked = await reader.readLine({ required: true });
        void writer.write("go ahead\n");
        await connection.startTls(server);
        await answer(connection);
        return asked;
      }),
    async peer(connection) {
      await connection.writer.write("STARTTLS\n");
      await connection.reader.readLine();
      await connection.startTls(client);
      await ask(connection);
      await connection.writer.closeWrite();
    },
  }, { step: STEP, checkError: blameTls });

  // Whoever takes what was cut for the whole is found: it must resolve to what the clean run gave.
  const download: Explored = explored("a client that reads to the end of TLS", {
    local: ({ connection }) =>
      onceOver(connection, async ({ reader }) => {
        await connection.startTls(client);
        return (await reader.readAll()).length;
      }),
    async peer(connection) {
      await connection.startTls(server);
      for (let i = 0; i < 3; i++) {
        await connection.writer.write("x".repeat(100));
        await connection.writer.flush();
      }
      await connection.writer.closeWrite();
    },
  }, { step: STEP, checkError: blameTls });

  return [asClient, asServer, download];
}

/** An end of TLS without a goodbye is a failure of TLS, not of a message. */
function blameTls(error: unknown, { way }: Cut): void {
  assert.ok(ConnectionAbortedError.is(error), `${way} was blamed on ${String(error)}`);
  if (way === "end") {
    assert.ok(["tls", "unexpected-end"].includes(error.reason), `an end was blamed on ${error.reason}`);
  }
}
