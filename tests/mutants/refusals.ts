import type { Mutant } from "./mutant.ts";

/** What is not reached, and what has run out. */
export const refusalMutants: Mutant[] = [
  {
    id: "refusal-never-a-timeout",
    file: "lib/runtime/node/refusal.ts",
    find: 'return elapsed < NO_REFUSAL ? "ECONNREFUSED" : "ETIMEDOUT";',
    replace: 'return "ECONNREFUSED";',
    why: "on Bun a firewall that swallows everything would be a peer that refuses",
    test: { file: "tests/node_refusal_test.ts", filter: "refusalCode() takes a refusal for a timeout" },
  },
  {
    id: "refusal-ignores-the-wire",
    file: "lib/runtime/node/refusal.ts",
    find: 'if (await witness.isMissing(address.hostname)) return "EHOSTUNREACH";',
    replace: "",
    why: "on Bun a host that is switched off would be a peer that refuses",
    test: { file: "tests/node_refusal_test.ts", filter: "refusalCode() knows a host that has not answered" },
  },
  {
    id: "refusal-asks-for-a-route-first",
    file: "lib/runtime/node/refusal.ts",
    find: "witness.descriptor() ?? await witness.route(address)",
    replace: "await witness.route(address) ?? witness.descriptor()",
    why: "the descriptors may be back by the time they are asked for",
    test: { file: "tests/node_refusal_test.ts", filter: "refusalCode() asks for a descriptor first" },
  },
  {
    id: "refusal-found-out-in-vain",
    file: "lib/runtime/node/failure.ts",
    find: "found.get(error as object) ?? codeOf(error)",
    replace: "codeOf(error)",
    why: "what was found out about a refusal would be told to nobody",
    test: { file: "tests/node_failure_test.ts", filter: "nodeCode() is the code that was found out" },
  },
  {
    id: "deno-accept-burns-the-processor",
    file: "lib/runtime/deno/listener.ts",
    find: "if (pause > 0) await sleep(pause).done;",
    replace: "",
    why: "out of descriptors, a server that goes on would burn a processor",
    test: { file: "tests/deno_listener_test.ts", filter: "Deno's accept() rests before it asks again" },
  },
  {
    id: "iteration-ends-without-descriptors",
    file: "lib/accept_iterator.ts",
    find: 'if (!ConnectError.is(error) || error.reason !== "resource-exhausted") throw error;',
    replace: "throw error;",
    why: "a client that opens many connections could end the loop of a server",
    test: { file: "tests/accept_iterator_test.ts", filter: "AcceptIterator.next() goes on when" },
  },
  {
    id: "exhaustion-blamed-on-the-network",
    file: "lib/failure.ts",
    find: 'const local = reason === "resource-exhausted" || reason === "address-not-available";',
    replace: "const local = false;",
    why: "people would look for a fault in the network when this process is out of descriptors",
    test: { file: "tests/failure_test.ts", filter: "connectError() says whose doing it was" },
  },
];
