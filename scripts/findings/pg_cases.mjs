/** What node-postgres is asked to do while the connection goes wrong. */
export function pgCases({ Client, Pool }) {
  const config = (port) => ({ host: "127.0.0.1", port, user: "hawser", database: "postgres" });
  const rows = (result) => result.rows;

  const conversation = (more) => async ({ port, step }) => {
    const client = new Client({ ...config(port), ...more });
    client.on("error", () => {});
    const three = [{ n: 1 }, { n: 2 }, { n: 3 }];
    const ok = await step("connect", () => client.connect().then(() => "connected"), "connected") === "ok" &&
      await step("text", () => client.query("select $1::text as t", ["hello"]).then(rows), [{ t: "hello" }]) === "ok" &&
      await step("rows", () => client.query("select n from generate_series(1, 3) n").then(rows), three) === "ok";
    if (ok) await step("end", () => client.end().then(() => "ended"), "ended");
    client.connection.stream.destroy();
  };

  return {
    "Client": conversation({}),
    "query_timeout 500": conversation({ query_timeout: 500, connectionTimeoutMillis: 500 }),
    /** Whoever does not look at the first error, or shares the client. */
    async "used after the cut"({ port, step }) {
      const client = new Client(config(port));
      client.on("error", () => {});
      await step("connect", () => client.connect().then(() => "connected"), "connected");
      await step("first query", () => client.query("select $1::text as t", ["hello"]).then(rows), [{ t: "hello" }]);
      await step("second query", () => client.query("select $1::text as t", ["hello"]).then(rows), [{ t: "hello" }]);
      await step("end", () => client.end().then(() => "ended"), "ended");
      client.connection.stream.destroy();
    },
    /** Nothing is listened for. */
    async "no error listener"({ port, step }) {
      const client = new Client(config(port));
      await step("connect", () => client.connect().then(() => "connected"), "connected");
      await step("text", () => client.query("select $1::text as t", ["hello"]).then(rows), [{ t: "hello" }]);
      await step("idle", () => new Promise((resolve) => setTimeout(resolve, 600, "idle")), "idle");
      client.on("error", () => {}); // What follows is this program's doing.
      client.connection.stream.destroy();
    },
    async "Pool"({ port, step }) {
      const pool = new Pool({ ...config(port), max: 1 });
      pool.on("error", () => {});
      await step("first", () => pool.query("select $1::text as t", ["hello"]).then(rows), [{ t: "hello" }]);
      await step("second", () => pool.query("select $1::text as t", ["again"]).then(rows), [{ t: "again" }]);
      await step("end", () => pool.end().then(() => "ended"), "ended");
    },
  };
}
