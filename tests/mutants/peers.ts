import type { Mutant } from "./mutant.ts";

/** Servers that know their clients, and what real servers have shown. */
export const peerMutants: Mutant[] = [
  {
    id: "tls-server-lets-anybody-in",
    file: "lib/runtime/node/tls_transport.ts",
    find: "if (refusal !== undefined) return this.#fail(tlsFailure(refusal));",
    replace: "",
    why: "a certificate of anybody's own making would open every door",
    test: {
      file: "tests/client_certificates_test.ts",
      filter: "over memory refuses a client that shows one that it has signed itself",
    },
  },
  {
    id: "tls-server-trusts-public-authorities",
    file: "lib/runtime/node/tls.ts",
    find: 'return upgrade.role === "server" ? serverContext(upgrade) : rememberedContext(upgrade);',
    replace: "return clientContext(upgrade);",
    why: "whoever has a certificate of a public authority would be let in",
    test: {
      file: "tests/client_certificates_test.ts",
      filter: "trusts no client for the runtime's own authorities",
    },
    runtime: "node",
  },
  {
    id: "tls-server-asks-nobody",
    file: "lib/runtime/node/tls.ts",
    find: "const asks = upgrade.caCerts !== undefined;",
    replace: "const asks = false;",
    why: "clients without a certificate would be let in",
    test: { file: "tests/client_certificates_test.ts", filter: "over memory knows its client" },
  },
  {
    id: "tls-adopted-needs-no-name",
    file: "lib/start_tls.ts",
    find: "const serverName = tls.serverName ?? hostname;",
    replace: 'const serverName = tls.serverName ?? hostname ?? "localhost";',
    why: "a certificate for localhost would be good for every socket that was adopted",
    test: { file: "tests/tls_names_test.ts", filter: "R07: startTls() of fromNode() without serverName" },
  },
  {
    id: "serve-prints-every-handshake",
    file: "lib/serve.ts",
    find: 'if (ConnectError.is(error) && error.operation === "handshake") return;',
    replace: "",
    why: "whoever knocks could fill the log",
    test: { file: "tests/serve_tls_test.ts", filter: "prints neither a handshake that failed" },
  },
  {
    id: "serve-hides-other-connections",
    file: "lib/serve.ts",
    find: "error.remoteAddress === connection.remoteAddress;",
    replace: "true;",
    why: "a database that is gone would be taken for a client that went away",
    test: { file: "tests/serve_test.ts", filter: "prints what concerns no client of its own" },
  },
  {
    id: "shutdown-forgets-the-latest",
    file: "lib/serve.ts",
    find: "await this.#accepting.catch(() => {});",
    replace: "",
    why: "a connection that was just accepted would outlive the shutdown",
    test: { file: "tests/serve_test.ts", filter: "counts a connection that is accepted meanwhile" },
  },
  {
    id: "listener-counts-nothing",
    file: "lib/runtime/node/listener.ts",
    find: "if (!this.#closed) this.dropped++;",
    replace: "",
    why: "nobody would know that clients are turned away",
    test: { file: "tests/node_listener_test.ts", filter: "keeps at most backlog connections waiting" },
  },
  {
    id: "dial-asks-for-more",
    file: "lib/runtime/node/dial.ts",
    find: " || !(await mayResolve(address))",
    replace: "",
    why: "under Deno, --allow-net=localhost:80 would not be enough to dial localhost:80",
    test: { file: "tests/connect_test.ts", filter: "R30: connect() needs no more permission" },
  },
];
