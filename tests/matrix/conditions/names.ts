/** Names that cannot be looked up. */
import type { Condition, Ours, Raw } from "../condition.ts";
import { network } from "../network.ts";

const around = {
  group: "Looking up a name",
  needs: ["namespaces"],
  environment: network,
  together: true,
} as const;

/** A name that is no name, by its first label in `name_server.ts`. */
function unknown(id: string, title: string, label: string, told: string): Condition {
  const hostname = `${label}.test`;
  return {
    ...around,
    id,
    title,
    expected: [`connect: ConnectError ${told}; connect, by network; retry safe`],
    async ours({ connect, step }: Ours) {
      await step("connect", connect({ hostname, port: 7 }));
    },
    async raw({ dial }: Raw) {
      await dial({ hostname, port: 7 });
    },
  };
}

export const names: readonly Condition[] = [
  unknown("name-not-found", "the name does not exist (NXDOMAIN)", "missing", "name-not-found ENOTFOUND"),
  unknown("name-without-address", "the name has no address", "empty", "name-not-found ENOTFOUND"),
  unknown("name-server-failing", "the name server says SERVFAIL", "broken", "name-lookup-failed EAI_AGAIN"),
  unknown("name-server-silent", "the name server does not answer", "silent", "name-lookup-failed EAI_AGAIN"),
  {
    ...around,
    id: "listen-name-not-found",
    title: "listening on a name that does not exist",
    expected: ["listen: ConnectError name-not-found ENOTFOUND; listen, by local; retry safe"],
    async ours({ listen, step }) {
      await step("listen", listen({ hostname: "missing.test", port: 0 }));
    },
    async raw({ listen }) {
      await listen({ hostname: "missing.test", port: 0 });
    },
  },
  {
    ...around,
    id: "aborted-during-lookup",
    title: "the signal aborts while the name is looked up",
    expected: ['connect: ConnectionAbortedError signal; connect, by local; retry safe; cause "given up"'],
    async ours({ connect, step, rest, hold }) {
      const controller = new AbortController();
      const dialling = hold(connect({ hostname: "silent.test", port: 7 }, { signal: controller.signal }));
      await rest();
      controller.abort("given up");
      await step("connect", dialling);
    },
    async raw({ dial, rest }) {
      const controller = new AbortController();
      const dialling = dial({ hostname: "silent.test", port: 7 }, controller.signal);
      await rest();
      controller.abort("given up");
      await dialling;
    },
  },
  {
    ...around,
    id: "timeout-during-lookup",
    title: "the timeout of the dial passes while the name is looked up",
    expected: ["connect: ConnectionAbortedError timeout; connect, by local; retry safe"],
    async ours({ connect, step }) {
      await step("connect", connect({ hostname: "silent.test", port: 7 }, { timeout: 200 }));
    },
    async raw({ note }) {
      await Promise.resolve(note("(no runtime has a timeout for dialling)"));
    },
  },
];
