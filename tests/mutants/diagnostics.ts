import type { Mutant } from "./mutant.ts";

const told = (filter: string): Mutant["test"] => ({ file: "tests/diagnostics_test.ts", filter });
const counted = (filter: string): Mutant["test"] => ({ file: "tests/connection_stats_test.ts", filter });

/** What is told of connections, and counted. */
export const diagnosticsMutants: Mutant[] = [
  {
    id: "diagnostics-tell-nobody",
    file: "lib/diagnostics.ts",
    find: "channels !== undefined && channels.get(event)!.hasSubscribers",
    replace: "channels !== undefined",
    why: "messages would be made that nobody hears",
    test: told("Diagnostics make no message that nobody hears"),
  },
  {
    id: "diagnostics-load-node-on-deno",
    file: "lib/runtime/diagnostics.ts",
    find: "if (scope.Deno !== undefined) return undefined;",
    replace: "",
    why: "every program on Deno would load all of Node's",
    test: told("channelsAtHand() does not look at process on Deno"),
  },
  {
    id: "diagnostics-forget-the-dial",
    file: "lib/connect.ts",
    find: 'noteOrigin(transport, "dial", id);',
    replace: "",
    why: "a dial and its connection would have two numbers",
    test: told("Diagnostics tell the life of a connection"),
  },
  {
    id: "diagnostics-drained-too-soon",
    file: "lib/connection_stats.ts",
    find: "if (--this.#draining > 0) return undefined;",
    replace: "--this.#draining;",
    why: "waits at the same time would be counted twice",
    test: counted("Tally counts waits for a drain at the same time once"),
  },
  {
    id: "diagnostics-every-wait-is-a-drain",
    file: "lib/writer.ts",
    find: "const drains = this.#queue.clogged;",
    replace: "const drains = true;",
    why: "a flush would look like a slow peer",
    test: counted("Connection.stats has no wait for a drain when a write waits for the kernel alone"),
  },
  {
    id: "diagnostics-abort-of-an-end",
    file: "lib/lifetime.ts",
    find: 'if (this.failure === undefined || this.#settled || !listening("abort")) return;',
    replace: 'if (!listening("abort")) return;',
    why: "an end in order would be told as an abort",
    test: told("Diagnostics tell the life of a connection"),
  },
  {
    id: "diagnostics-no-stack",
    file: "lib/connection.ts",
    find: ', listening("open") || listening("close"))',
    replace: ")",
    why: "nobody would know who forgot a connection",
    test: told("It is remembered where a connection was opened while somebody listens to its close"),
  },
];
