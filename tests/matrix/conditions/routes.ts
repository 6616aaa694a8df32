/** Hosts that cannot be reached. */
import type { Condition, Notes, Ours, Raw } from "../condition.ts";
import { far, network } from "../network.ts";

const around = {
  group: "The host cannot be reached",
  needs: ["namespaces"],
  environment: network,
  together: true,
} as const;

/** Bun, where only an answer of the network tells it from a refusal. */
const REFUSED_ON_BUN: NonNullable<Condition["impossible"]> = {
  bun: { kind: "not-told", instead: ["connect: ConnectError refused ECONNREFUSED; connect, by peer; retry safe"] },
};

/** An address that cannot be dialled. */
function closed(
  id: string,
  title: string,
  hostname: string,
  told: string,
  impossible: NonNullable<Condition["impossible"]> = {},
): Condition {
  return {
    ...around,
    impossible,
    id,
    title,
    expected: [`connect: ConnectError ${told}; retry safe`],
    async ours({ connect, step }: Ours) {
      await step("connect", connect({ hostname, port: 7 }));
    },
    async raw({ dial }: Raw) {
      await dial({ hostname, port: 7 });
    },
  };
}

/** A listener whose queue is full: its process is stopped, and as many as the kernel queues have dialled already. */
async function fullBacklog({ helper, peer }: Notes, host: string): Promise<number> {
  const { port } = await helper.listen({ host, backlog: 1 });
  helper.stop();
  for (let i = 0; i < 2; i++) await peer.dial({ host, port }); // The kernel queues one more than was asked for.
  return port;
}

export const routes: readonly Condition[] = [
  closed("no-route", "no route leads there", far.noRoute, "unreachable ENETUNREACH; connect, by network"),
  closed(
    "route-unreachable",
    "the route is marked unreachable",
    far.unreachableRoute,
    "unreachable EHOSTUNREACH; connect, by network",
  ),
  closed(
    "route-prohibited",
    "the route is prohibited",
    far.prohibitedRoute,
    "permission-denied EACCES; connect, by network",
  ),
  closed(
    "no-arp-answer",
    "nobody on the wire has the address",
    far.nobody,
    "unreachable EHOSTUNREACH; connect, by network",
  ),
  closed(
    "icmp-host-unreachable",
    "a router says that the host is unreachable",
    far.unreachable,
    "unreachable EHOSTUNREACH; connect, by network",
    REFUSED_ON_BUN,
  ),
  closed(
    "icmp-prohibited",
    "a firewall says that it is prohibited",
    far.prohibited,
    "unreachable EHOSTUNREACH; connect, by network",
    REFUSED_ON_BUN,
  ),
  closed(
    "icmp-port-unreachable",
    "a firewall says that the port is unreachable",
    far.portUnreachable,
    "refused ECONNREFUSED; connect, by peer",
  ),
  closed(
    "refused-far",
    "nobody listens on the port of another machine",
    far.refusing,
    "refused ECONNREFUSED; connect, by peer",
  ),
  closed(
    "black-hole",
    "a firewall swallows everything, until the kernel gives up",
    far.blackHole,
    "timeout ETIMEDOUT; connect, by network",
  ),
  {
    ...around,
    id: "black-hole-timeout",
    title: "a firewall swallows everything, and the timeout of the dial passes",
    expected: ["connect: ConnectionAbortedError timeout; connect, by local; retry safe"],
    async ours({ connect, step }) {
      await step("connect", connect({ hostname: far.blackHole, port: 7 }, { timeout: 200 }));
    },
    async raw({ note }) {
      await Promise.resolve(note("(no runtime has a timeout for dialling)"));
    },
  },
  {
    ...around,
    id: "black-hole-aborted",
    title: "a firewall swallows everything, and the signal aborts",
    expected: ['connect: ConnectionAbortedError signal; connect, by local; retry safe; cause "given up"'],
    async ours({ connect, step, rest, hold }) {
      const controller = new AbortController();
      const dialling = hold(connect({ hostname: far.blackHole, port: 7 }, { signal: controller.signal }));
      await rest();
      controller.abort("given up");
      await step("connect", dialling);
    },
    async raw({ dial, rest }) {
      const controller = new AbortController();
      const dialling = dial({ hostname: far.blackHole, port: 7 }, controller.signal);
      await rest();
      controller.abort("given up");
      await dialling;
    },
  },
  {
    ...around,
    id: "backlog-full-until-given-up",
    title: "the backlog of the listener is full, until the kernel gives up",
    expected: ["connect: ConnectError timeout ETIMEDOUT; connect, by network; retry safe"],
    async ours(context) {
      const hostname = far.ordinary(0);
      await context.step("connect", context.connect({ hostname, port: await fullBacklog(context, hostname) }));
      context.helper.resume();
    },
    async raw(context) {
      const hostname = far.ordinary(0);
      await context.dial({ hostname, port: await fullBacklog(context, hostname) });
      context.helper.resume();
    },
  },
];
