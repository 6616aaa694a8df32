/** A real PostgreSQL, over TLS that begins in the middle of a connection. */
import assert from "node:assert/strict";
import process from "node:process";
import { connect, type Connection, ConnectionAbortedError, type Framed, framed, type RuntimeName } from "../mod.ts";
import { certificates, needsOpenssl } from "./certificates.ts";
import { skipUnless, test, type TestOptions } from "./harness.ts";
import { columns, fields, type Message, postgres, query, sslRequest, startup, terminate } from "./postgres_codec.ts";
import { hasPostgres, type PostgresServer, startPostgres } from "./postgres_server.ts";
import { onDeno, rejection, runtimes } from "./raw_peers.ts";
import type { StartTlsOptions } from "../mod.ts";

type Session = Framed<Message, Message>;

/** Questions until the server has begun to work on a query: each is a round trip. */
const PATIENCE = 1_000;

/** Each start of a server costs: what is the server's is seen on one Node. */
const here = onDeno || process.version.startsWith("v20.");

const options: TestOptions = here
  ? skipUnless(hasPostgres, "postgresql is not installed (Debian: apt-get install postgresql)")
  : {};

/** A connection that has asked for TLS; the letter is the answer. */
async function ask(connection: Connection): Promise<string> {
  await framed(connection, postgres).send(sslRequest);
  return String.fromCharCode((await connection.reader.readExactly(1))[0]!);
}

/** Logged in, and ready for queries; with the id of the process that serves it. */
async function logIn(connection: Connection, database = "postgres"): Promise<{ session: Session; pid: number }> {
  const session = framed(connection, postgres);
  await session.send(startup("hawser", database));
  let pid = 0;
  for (;;) {
    const message = await session.receive({ required: true });
    if (message.type === "E") throw new Error(fields(message).M);
    if (message.type === "K") pid = new DataView(message.body.buffer, message.body.byteOffset).getInt32(0);
    if (message.type === "Z") return { session, pid };
  }
}

/** Every row of a query, to "ready for query". */
async function rows(session: Session, text: string): Promise<(string | null)[][]> {
  await session.send(query(text));
  const all: (string | null)[][] = [];
  for (;;) {
    const message = await session.receive({ required: true });
    if (message.type === "E") throw new Error(fields(message).M);
    if (message.type === "D") all.push(columns(message));
    if (message.type === "Z") return all;
  }
}

/** Waits until the server works on a query that takes for ever. */
async function untilBusy(witness: Session, pid: number): Promise<void> {
  for (let i = 0; i < PATIENCE; i++) {
    const [row] = await rows(witness, `SELECT wait_event FROM pg_stat_activity WHERE pid = ${pid}`);
    if (row?.[0] === "PgSleep") return;
  }
  throw new Error("Cannot go on: the query never began");
}

for (const runtime of here && !needsOpenssl.skip ? runtimes : []) {
  const dial = ({ port, path }: PostgresServer, transport: "TCP" | "Unix" = "TCP"): Promise<Connection> => {
    const limits: { runtime: RuntimeName; readTimeout: number } = { runtime, readTimeout: 20_000 };
    return connect(transport === "TCP" ? { hostname: "localhost", port, ...limits } : { path, ...limits });
  };

  const upgraded = async (server: PostgresServer, more: StartTlsOptions = {}): Promise<Connection> => {
    const connection = await dial(server);
    assert.equal(await ask(connection), "S");
    await connection.startTls({ caCerts: [certificates().ca], ...more });
    return connection;
  };

  test(
    `postgres: startTls() behind an SSLRequest, for the hostname that was dialled, runtime "${runtime}"`,
    options,
    async () => {
      await using server = await startPostgres();
      const connection = await upgraded(server);
      const { session } = await logIn(connection);
      assert.deepEqual(
        await rows(session, "SELECT n, 'ä' || n, NULL FROM generate_series(1, 3) AS n"),
        [1, 2, 3].map((n) => [`${n}`, `ä${n}`, null]),
      );
      const [[protocol, cipher]] = await rows(
        session,
        "SELECT version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      ) as [string[]];
      assert.deepEqual([connection.tls?.protocol, connection.tls?.cipher], [protocol, cipher]);
      await session.send(terminate);
      // It says goodbye to TLS as well.
      assert.equal(await session.receive(), undefined);
      assert.equal((await connection.close()).clean, true);
    },
  );

  test(`postgres: 20,000 rows come whole over TLS, runtime "${runtime}"`, options, async () => {
    await using server = await startPostgres();
    await using connection = await upgraded(server);
    const { session } = await logIn(connection);
    const all = await rows(session, "SELECT n, repeat(chr(64 + n % 50), n % 500) FROM generate_series(1, 20000) AS n");
    assert.equal(all.length, 20_000);
    for (const [i, [n, text]] of all.entries()) {
      assert.equal(n, `${i + 1}`);
      assert.equal(text, String.fromCharCode(64 + (i + 1) % 50).repeat((i + 1) % 500));
    }
  });

  test(
    `postgres: startTls() refuses a certificate that is not for the name, runtime "${runtime}"`,
    options,
    async () => {
      await using server = await startPostgres();
      const error = await rejection(upgraded(server, { serverName: "other.example" }));
      assert.ok(ConnectionAbortedError.is(error), String(error));
      assert.deepEqual([error.reason, error.operation], ["tls", "startTls"]);
      assert.match(error.message, /the peer's certificate is for another name/);
    },
  );

  test(`postgres: a certificate is who a client is, runtime "${runtime}"`, options, async () => {
    await using server = await startPostgres();
    await using known = await upgraded(server, certificates().other);
    const { session } = await logIn(known, "template1");
    const who = "SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert.deepEqual(await rows(session, who), [["/CN=other"]]);
    await using unknown = await upgraded(server);
    assert.match(String(await rejection(logIn(unknown, "template1"))), /valid client certificate/);
  });

  test(
    `postgres: without TLS it says "N", and the same connection goes on, runtime "${runtime}"`,
    options,
    async () => {
      await using server = await startPostgres();
      await using connection = await dial(server, "Unix");
      assert.equal(await ask(connection), "N");
      const { session } = await logIn(connection);
      assert.deepEqual(await rows(session, "SELECT 6 * 7"), [["42"]]);
    },
  );

  test(
    `postgres: pg_terminate_backend() in a query is its error, then an end in order, runtime "${runtime}"`,
    options,
    async () => {
      await using server = await startPostgres();
      await using connection = await upgraded(server);
      await using other = await upgraded(server);
      const { session, pid } = await logIn(connection);
      const { session: witness } = await logIn(other);
      await session.send(query("SELECT pg_sleep(600)"));
      await untilBusy(witness, pid);
      assert.deepEqual(await rows(witness, `SELECT pg_terminate_backend(${pid})`), [["t"]]);
      const types: string[] = [];
      for await (const message of session) {
        types.push(message.type);
        if (message.type === "E") assert.equal(fields(message).C, "57P01");
      }
      assert.deepEqual(types, ["T", "E"]);
      // Whoever still waits for an answer is told that none will come.
      assert.equal((await rejection(session.receive({ required: true }))).reason, "unexpected-end");
    },
  );

  for (const [over, reason] of [["TLS", "tls"], ["plaintext", "unexpected-end"]] as const) {
    test(`postgres: kill -9 in a query is "${reason}" over ${over}, runtime "${runtime}"`, options, async () => {
      await using server = await startPostgres();
      const connection = over === "TLS" ? await upgraded(server) : await dial(server);
      await using witness = await dial(server);
      const { session, pid } = await logIn(connection);
      const { session: watching } = await logIn(witness);
      await session.send(query("SELECT pg_sleep(600)"));
      await untilBusy(watching, pid);
      const pending = rejection(session.receive({ required: true }));
      process.kill(pid, "SIGKILL");
      const error = await pending;
      assert.ok(ConnectionAbortedError.is(error), String(error));
      assert.deepEqual([error.reason, error.operation, error.initiator], [reason, "read", "peer"]);
      assert.equal((await connection.closed).error?.reason, reason);
    });
  }
}
