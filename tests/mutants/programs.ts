import type { Mutant } from "./mutant.ts";

const serve = (filter: string): Mutant["test"] => ({ file: "tests/serve_test.ts", filter });
const relay = (filter: string): Mutant["test"] => ({ file: "tests/relay_test.ts", filter });
const reconnect = (filter: string): Mutant["test"] => ({ file: "tests/reconnect_test.ts", filter });

/** What the programs of `examples/` live on. */
export const programMutants: Mutant[] = [
  {
    id: "relay-leaves-the-second-open",
    file: "lib/relay.ts",
    find: "    b.abort(error);\n",
    replace: "",
    why: "a server would wait for ever for a client that was reset",
    test: relay("relay() aborts the second when the first is reset"),
  },
  {
    id: "relay-tells-the-consequence",
    file: "lib/relay.ts",
    find: "first ??= { error };",
    replace: "first = { error };",
    why: "the reason would be that this side gave up, not what the peer did",
    test: relay("K05: relay() ends at once when a read fails"),
  },
  {
    id: "shutdown-cannot-be-shortened",
    file: "lib/serve.ts",
    find: "this.#shutdown === undefined || options?.timeout !== undefined",
    replace: "this.#shutdown === undefined",
    why: "a second SIGTERM would change nothing",
    test: serve("Server.shutdown() may be called again, and shortened"),
  },
  {
    id: "serve-prints-who-went-away",
    file: "lib/serve.ts",
    find: "if (!own) console.error(error);",
    replace: "console.error(error);",
    why: "a log of clients that went away hides the bugs",
    test: serve("serve() prints what a handler throws, but not that a client went away"),
  },
  {
    id: "reconnect-cuts-last-words",
    file: "lib/reconnect.ts",
    find: "    await connection.close();\n",
    replace: "",
    why: "what the handler wrote last would be lost",
    test: reconnect("reconnect() closes the connection in order when the handler returns"),
  },
  {
    id: "reconnect-never-starts-over",
    file: "lib/reconnect.ts",
    find: "if (now() - born > delay) delay = minDelay;",
    replace: "",
    why: "a client that was connected for a day would wait half a minute",
    test: reconnect("reconnect() starts its delay over"),
  },
];
