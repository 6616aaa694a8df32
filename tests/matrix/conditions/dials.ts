/** What can go wrong before there is a connection. */
import type { Condition } from "../condition.ts";

/** A port on which nobody listens any more. */
async function deadPort(
  { peer }: { peer: { listen(): Promise<{ id: number; port: number }>; ask: PeerAsk } },
): Promise<number> {
  const { id, port } = await peer.listen();
  await peer.ask("unlisten", { id });
  return port;
}

type PeerAsk = (what: string, parameters: Record<string, unknown>) => Promise<unknown>;

const group = "Dialling";

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
];
