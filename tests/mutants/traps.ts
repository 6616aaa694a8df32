import type { Mutant } from "./mutant.ts";

/** What runtimes do that nobody would expect, and what we do about it. */
export const trapMutants: Mutant[] = [
  {
    id: "traps-kernel-is-left-unread",
    file: "lib/runtime/node/socket.ts",
    find: "if (error && !socket.destroyed) this.#inbound.salvage();",
    replace: "",
    why: "the answer before a reset would be lost whenever a write is the first to hear of the reset",
    test: {
      file: "tests/resets_test.ts",
      filter: "R05: The answer before a reset survives a write that fails first, over Unix, node sockets",
    },
    runtime: "node",
  },
  {
    id: "traps-salvage-out-of-order",
    file: "lib/runtime/node/inbound.ts",
    find: "    this.rescue(); // What the Readable holds came first.",
    replace: "",
    why: "what the runtime had read already would come after what it had not, or never",
    test: { file: "tests/node_inbound_test.ts", filter: "Inbound.salvage() takes what the Readable holds" },
  },
  {
    id: "traps-unread-without-limit",
    file: "lib/runtime/node/read_unread.ts",
    find: "total < most;",
    replace: "true;",
    why: "a peer that floods would keep the program in one loop",
    test: { file: "tests/node_read_unread_test.ts", filter: "readUnread() stops near its limit" },
    runtime: "node",
  },
  {
    id: "traps-deno-listens-with-node",
    file: "lib/runtime/mod.ts",
    find: 'name !== "node" && hasDenoSockets()',
    replace: 'name === "deno" && hasDenoSockets()',
    why: "Deno's node:net never accepts again once descriptors have run out",
    test: { file: "tests/runtime_test.ts", filter: 'T10: loadRuntime("auto") is' },
  },
  {
    id: "traps-abort-during-half-close",
    file: "lib/runtime/node/socket.ts",
    find: "if (!shuttingDown) socket.resetAndDestroy?.();",
    replace: "socket.resetAndDestroy?.();",
    why: "libuv refuses a reset while a shutdown is under way, and the handle stays open",
    test: { file: "tests/node_socket_test.ts", filter: "NodeTransport.abort() destroys while a half-close" },
  },
];
