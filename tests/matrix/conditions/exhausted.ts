/** The system has nothing left to give. */
import type { Listener, TcpAddress } from "../../../mod.ts";
import { type Condition, type RuntimeName, RUNTIMES } from "../condition.ts";
import { fewDescriptors, fewPorts, PORTS, useUpDescriptors } from "../exhausted.ts";

const around = { group: "Descriptors and ports run out", environment: fewDescriptors } as const;

const portOf = (listener: Listener): number => (listener.address as TcpAddress).port;

/** Longer than a listener that is out of descriptors waits before it tries again. */
const PAUSE = 300;

/** Only Deno's own listener says that it is out of descriptors. */
function everywhereBut(name: RuntimeName, instead: readonly string[]): NonNullable<Condition["impossible"]> {
  const others = RUNTIMES.filter((runtime) => runtime !== name);
  return Object.fromEntries(others.map((runtime) => [runtime, { kind: "not-told", instead }]));
}

export const exhausted: readonly Condition[] = [
  {
    ...around,
    id: "dial-out-of-descriptors",
    title: "a dial when the process has no descriptor left, and again when it has",
    expected: [
      "connect: ConnectError resource-exhausted EMFILE; connect, by local; retry safe",
      "connect again: a connection",
    ],
    async ours({ connect, peer, step }) {
      const { port } = await peer.listen();
      (await connect({ port })).abort(); // Modules are loaded at the first dial.
      const free = useUpDescriptors();
      const dialled = await settled(connect({ port }));
      free();
      await step("connect", dialled());
      await step("connect again", connect({ port }).then(() => Symbol.for("a connection")));
    },
    async raw({ dial, peer }) {
      const { port } = await peer.listen();
      const free = useUpDescriptors();
      await dial({ port });
      free();
    },
  },
  {
    ...around,
    id: "listen-out-of-descriptors",
    title: "a listen when the process has no descriptor left",
    expected: ["listen: ConnectError resource-exhausted EMFILE; listen, by local; retry safe"],
    async ours({ listen, step }) {
      await (await listen({ port: 0 })).close(); // Modules are loaded at the first listen.
      const free = useUpDescriptors();
      const listened = await settled(listen({ port: 0 }));
      free();
      await step("listen", listened());
    },
    async raw({ listen }) {
      const free = useUpDescriptors();
      await listen({ port: 0 });
      free();
    },
  },
  {
    ...around,
    id: "accept-out-of-descriptors",
    title: "an accept when the process has no descriptor left",
    impossible: everywhereBut("deno", ["accept: DOMException TimeoutError"]),
    expected: ["accept: ConnectError resource-exhausted EMFILE; accept, by local; retry safe"],
    async ours({ listen, helper, step, hold }) {
      const listener = await listen({ port: 0 });
      await helper.start();
      const free = useUpDescriptors();
      const accepting = hold(listener.accept({ timeout: 1_000 }));
      await helper.dial({ port: portOf(listener) });
      const accepted = await settled(accepting);
      free();
      await step("accept", accepted());
    },
    async raw({ listen, helper }) {
      const listener = await listen({ port: 0 });
      await helper.start();
      const free = useUpDescriptors();
      const accepting = listener!.accept();
      await helper.dial({ port: listener!.port });
      await accepting;
      free();
    },
  },
  {
    ...around,
    id: "accept-after-out-of-descriptors",
    title: "an iteration over a listener that was out of descriptors goes on when there are some",
    impossible: { "deno-node": { kind: "not-told", instead: ["iteration: NEVER SETTLED"] } },
    expected: ['iteration: "late client"'],
    async ours({ listen, helper, step, hold, rest }) {
      const listener = await listen({ port: 0 });
      await helper.start();
      const free = useUpDescriptors();
      const iterating = hold(lateClient(listener));
      for (let i = 0; i < 3; i++) await helper.dial({ port: portOf(listener) });
      await rest(PAUSE);
      free();
      await rest(PAUSE);
      await helper.send(await helper.dial({ port: portOf(listener) }), "late client");
      await step("iteration", iterating);
    },
    async raw({ listen, helper, rest, note }) {
      const listener = await listen({ port: 0 });
      await helper.start();
      const free = useUpDescriptors();
      const accepting = listener!.accept();
      await helper.dial({ port: listener!.port });
      await accepting;
      free();
      await rest(PAUSE);
      note("descriptors are free, another client dials");
      await helper.dial({ port: listener!.port });
      await listener!.accept();
    },
  },
  {
    id: "no-free-port",
    title: "all local ports lead there already",
    group: around.group,
    needs: ["namespaces"],
    environment: fewPorts,
    expected: ["connect: ConnectError address-not-available EADDRNOTAVAIL; connect, by local; retry safe"],
    async ours({ connect, peer, step }) {
      const { port } = await peer.listen({ port: 7 });
      for (let i = 0; i < PORTS; i++) await connect({ port });
      await step("connect", connect({ port }));
    },
    async raw({ dial, peer }) {
      const { port } = await peer.listen({ port: 7 });
      for (let i = 0; i < PORTS; i++) await dial({ port });
      await dial({ port });
    },
  },
];

/** What an operation has come to, to be looked at later: Deno panics when it prints a stack without descriptors. */
async function settled<T>(work: Promise<T>): Promise<() => Promise<T>> {
  await work.catch(() => {}); // Looked at later.
  return () => work;
}

/** Takes clients until one says something. */
async function lateClient(listener: Listener): Promise<unknown> {
  for await (const connection of listener) {
    const said = await connection.reader.read({ timeout: 1_000 }).catch(() => undefined);
    connection.abort();
    if (said) return said;
  }
  return undefined;
}
