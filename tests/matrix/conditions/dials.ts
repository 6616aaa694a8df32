/** What can go wrong before there is a connection. */
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Condition, Environment, Notes } from "../condition.ts";

const group = "Dialling";

/** A port on which nobody listens any more. */
async function deadPort({ peer }: Notes): Promise<number> {
  const { id, port } = await peer.listen();
  await peer.ask("unlisten", { id });
  return port;
}

/** A socket file whose listener was killed. */
async function stalePath({ peer, path }: Notes): Promise<string> {
  const stale = path("stale");
  await peer.listen({ path: stale });
  await peer.kill();
  return stale;
}

/** A port that answers no dial: its process is stopped and its queue is full. */
export async function clogBacklog({ peer, helper, rest }: Notes): Promise<number> {
  const { port } = await peer.listen({ backlog: 1 });
  peer.stop();
  await helper.dial({ port, times: 4 });
  await rest(50);
  return port;
}

/** Somebody else's folder, and a process of root without the right to look into it all the same. */
async function shutOut(): Promise<Environment> {
  const folder = await mkdtemp(join(tmpdir(), "matrix_closed_"));
  await chown(folder, 65534, 65534);
  return {
    launch: ["setpriv", "--bounding-set=-dac_override,-dac_read_search"],
    data: { path: join(folder, "socket") },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const NO_PERMISSIONS = { kind: "no-permissions" } as const;

export const dials: readonly Condition[] = [
  {
    id: "refused",
    title: "nobody listens on the port",
    group,
    expected: ["connect: ConnectError refused ECONNREFUSED; connect, by peer; retry safe"],
    async ours(context) {
      await context.step("connect", context.connect({ port: await deadPort(context) }));
    },
    async raw(context) {
      await context.dial({ port: await deadPort(context) });
    },
  },
  {
    id: "backlog-full",
    title: "the queue of the listener is full: nobody answers within `timeout`",
    group,
    expected: ["connect: ConnectionAbortedError timeout; connect, by local; retry safe"],
    async ours(context) {
      const port = await clogBacklog(context);
      await context.step("connect", context.connect({ port }, { timeout: 100 }));
      context.peer.resume();
    },
    async raw(context) {
      const port = await clogBacklog(context);
      await context.dial({ port });
      context.peer.resume();
    },
  },
  {
    id: "dial-aborted-before",
    title: "the signal was aborted before the dial",
    group,
    expected: [
      'connect: ConnectionAbortedError signal; connect, by local; retry safe; cause "stop"',
      'unix: ConnectionAbortedError signal; connect, by local; retry safe; cause "stop"',
      "the peer has accepted nobody",
    ],
    async ours({ peer, connect, step, path, rest, note }) {
      const { port } = await peer.listen();
      const [file, signal] = [path("socket"), AbortSignal.abort("stop")];
      await peer.listen({ path: file });
      await step("connect", connect({ port }, { signal }));
      await step("unix", connect({ path: file }, { signal }));
      await rest(50);
      note(`the peer has accepted ${(await peer.ask("accepted")).bytes === 0 ? "nobody" : "somebody"}`);
    },
    async raw({ peer, dial, rest, note }) {
      const { port } = await peer.listen();
      await dial({ port }, AbortSignal.abort("stop"));
      await rest(50);
      note(`the peer has accepted ${(await peer.ask("accepted")).bytes === 0 ? "nobody" : "somebody"}`);
    },
  },
  {
    id: "dial-aborted-during-lookup",
    title: "the signal is aborted in the turn of the dial, a name must be looked up",
    group,
    expected: ['connect: ConnectionAbortedError signal; connect, by local; retry safe; cause "stop"'],
    async ours({ peer, connect, step, hold }) {
      const { port } = await peer.listen();
      const controller = new AbortController();
      const dialling = hold(connect({ hostname: "localhost", port }, { signal: controller.signal }));
      controller.abort("stop");
      await step("connect", dialling);
    },
    async raw({ peer, dial }) {
      const { port } = await peer.listen();
      const controller = new AbortController();
      const dialling = dial({ hostname: "localhost", port }, controller.signal);
      controller.abort("stop");
      await dialling;
    },
  },
  {
    id: "dial-aborted-at-success",
    title: "the signal is aborted when the peer has accepted: the dial rejects, or the connection is over",
    group,
    expected: [
      'connect, then read: ConnectionAbortedError signal; by local; cause "stop"',
      "the peer's end is over",
    ],
    async ours({ peer, connect, step, hold, note }) {
      const { port } = await peer.listen();
      const controller = new AbortController();
      const dialling = connect({ port }, { signal: controller.signal });
      const used = hold(dialling.then((connection) => connection.reader.read()));
      const far = await peer.accept();
      controller.abort("stop");
      await step("connect, then read", used, { brief: true });
      await peer.on(far, "fate");
      note("the peer's end is over");
    },
    async raw({ peer, dial, rest }) {
      const { port } = await peer.listen();
      const controller = new AbortController();
      const dialling = dial({ port }, controller.signal);
      await peer.accept();
      controller.abort("stop");
      const socket = await dialling;
      await rest(20);
      await socket?.read();
    },
  },
  {
    id: "path-missing",
    title: "no such Unix path",
    group,
    expected: ["connect: ConnectError path-not-found ENOENT; connect, by network; retry safe"],
    async ours({ connect, step, path }) {
      await step("connect", connect({ path: path("missing") }));
    },
    async raw({ dial, path }) {
      await dial({ path: path("missing") });
    },
  },
  {
    id: "path-stale",
    title: "a Unix path whose listener was killed",
    group,
    expected: ["connect: ConnectError refused ECONNREFUSED; connect, by peer; retry safe"],
    async ours(context) {
      await context.step("connect", context.connect({ path: await stalePath(context) }));
    },
    async raw(context) {
      await context.dial({ path: await stalePath(context) });
    },
  },
  {
    id: "path-too-long",
    title: "a Unix path of 150 bytes, whose first 107 are a live socket",
    group,
    expected: ["connect: RangeError", "the peer has accepted nobody"],
    async ours({ peer, connect, note, path }) {
      const long = path("x").padEnd(150, "x");
      await peer.listen({ path: long.slice(0, 107) });
      // Its message names the path, which is a different one each time.
      await connect({ path: long }).then(() => note("connect: done"), (error) => note(`connect: ${error.name}`));
      note(`the peer has accepted ${(await peer.ask("accepted")).bytes === 0 ? "nobody" : "somebody"}`);
    },
    async raw({ peer, dial, path, rest, note }) {
      const long = path("x").padEnd(150, "x");
      await peer.listen({ path: long.slice(0, 107) });
      await dial({ path: long });
      await rest(20);
      note(`the peer has accepted ${(await peer.ask("accepted")).bytes === 0 ? "nobody" : "somebody"}`);
    },
  },
  {
    id: "path-not-permitted",
    title: "a Unix path in a folder that this user may not enter",
    group,
    needs: ["root"],
    environment: shutOut,
    expected: ["connect: ConnectError permission-denied EACCES; connect, by network; retry safe"],
    async ours({ connect, step, environment }) {
      await step("connect", connect({ path: environment["path"]! }));
    },
    async raw({ dial, environment }) {
      await dial({ path: environment["path"]! });
    },
  },
  {
    id: "permission-missing",
    title: "Deno without `--allow-net`: the runtime's own error, untouched",
    group,
    environment: () =>
      Promise.resolve({
        denoFlags: ["--allow-read", "--allow-write", "--allow-run", "--allow-env", "--allow-sys"],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    expected: [
      'connect: NotCapable: Requires net access to "127.0.0.1:PORT", run again with the --allow-net flag',
      'listen: NotCapable: Requires net access to "127.0.0.1:PORT", run again with the --allow-net flag',
    ],
    async ours({ peer, connect, listen, step }) {
      const { port } = await peer.listen();
      await step("connect", connect({ port }));
      await step("listen", listen({ port }));
    },
    async raw({ peer, dial, listen }) {
      const { port } = await peer.listen();
      await dial({ port });
      await listen({ port });
    },
    impossible: {
      node20: NO_PERMISSIONS,
      node22: NO_PERMISSIONS,
      node24: NO_PERMISSIONS,
      node26: NO_PERMISSIONS,
      bun: NO_PERMISSIONS,
    },
  },
];
