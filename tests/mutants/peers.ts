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
    find: 'return upgrade.role === "server" ? serverContext(upgrade) : clientContext(upgrade);',
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
];
