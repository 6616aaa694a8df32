import type { Mutant } from "./mutant.ts";

/** The testing kit: conformance checks, scripts, recordings, leaks. */
export const kitMutants: Mutant[] = [
  {
    id: "check-transport-never-times-out",
    file: "lib/testing/check_transport.ts",
    find: "await inTime(timeout, () => body(local, peer));",
    replace: "await body(local, peer);",
    why: "a check that hangs would hold the whole run, without its name",
    test: { file: "tests/check_transport_test.ts", filter: "checkTransport() aborts both ends after each check" },
  },
  {
    id: "check-transport-keeps-the-peer",
    file: "lib/testing/check_transport.ts",
    find: "    peer.abort();\n",
    replace: "",
    why: "every check would leave a socket behind",
    test: { file: "tests/check_transport_test.ts", filter: "checkTransport() aborts both ends after each check" },
  },
  {
    id: "run-checks-stops-at-a-failure",
    file: "lib/testing/check.ts",
    find: "errors.push(error);",
    replace: "errors.push(error); throw error;",
    why: "one broken sentence would hide the others",
    test: { file: "tests/check_test.ts", filter: "runChecks() goes on after a failure" },
  },
  {
    id: "check-takes-a-short-stream",
    file: "lib/testing/transport_checks/steps.ts",
    find: "expect(actual.length === wanted.length,",
    replace: "expect(true,",
    why: "a transport that loses the last bytes would pass",
    test: { file: "tests/check_transport_test.ts", filter: "3b finds a transport that ends before the last byte" },
  },
  {
    id: "check-takes-any-error",
    file: "lib/testing/transport_checks/steps.ts",
    find: "if (!ConnectionAbortedError.is(error)) {",
    replace: "if (!(error instanceof Error)) {",
    why: "a transport that lets the runtime's own errors through would pass",
    test: { file: "tests/check_transport_test.ts", filter: "4a finds a transport that rejects with the runtime's own" },
  },
  {
    id: "check-lets-calls-dangle",
    file: "lib/testing/transport_checks/steps.ts",
    find: "call.catch(() => {});",
    replace: "",
    why: "a check that fails would also bring the runner down with an unhandled rejection",
    test: { file: "tests/check_transport_test.ts", filter: "1a finds a transport that lets writes wait" },
  },
  {
    id: "node-close-write-forgets-the-first",
    file: "lib/runtime/node/socket.ts",
    find: "return this.#ending ??= new Promise(",
    replace: "return this.#ending = new Promise(",
    why: "of two closeWrite() at once the first would never settle",
    test: { file: "tests/node_socket_test.ts", filter: "NodeTransport.closeWrite() can be called again while" },
  },
];
