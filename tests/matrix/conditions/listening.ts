/** What a listener meets. */
import type { TcpAddress } from "../../../mod.ts";
import type { Condition } from "../condition.ts";

const group = "Listening";

/** Belongs to nobody (RFC 5737): binding it fails on this machine, and nothing is sent. */
const FOREIGN = "192.0.2.1";

const portOf = (listener: { address: unknown }): number => (listener.address as TcpAddress).port;

export const listening: readonly Condition[] = [
  {
    id: "address-in-use",
    title: "another socket listens on the port",
    group,
    expected: ["listen: ConnectError address-in-use EADDRINUSE; listen, by local; retry safe"],
    async ours({ peer, listen, step }) {
      await step("listen", listen({ port: (await peer.listen()).port }));
    },
    async raw({ peer, listen }) {
      await listen({ port: (await peer.listen()).port });
    },
  },
  {
    id: "address-in-use-unix",
    title: "another socket listens on the Unix path, or a file is in the way",
    group,
    expected: [
      "listen: ConnectError address-in-use EADDRINUSE; listen, by local; retry safe",
      "a folder: ConnectError address-in-use EADDRINUSE; listen, by local; retry safe",
    ],
    async ours({ peer, listen, step, path }) {
      const file = path("socket");
      await peer.listen({ path: file });
      await step("listen", listen({ path: file }));
      await step("a folder", listen({ path: file.slice(0, file.lastIndexOf("/")) }));
    },
    async raw({ peer, listen, path }) {
      const file = path("socket");
      await peer.listen({ path: file });
      await listen({ path: file });
      await listen({ path: file.slice(0, file.lastIndexOf("/")) });
    },
  },
  {
    id: "listen-path-missing",
    title: "the folder of the Unix path does not exist",
    group,
    expected: ["listen: ConnectError path-not-found ENOENT; listen, by local; retry safe"],
    async ours({ listen, step, path }) {
      await step("listen", listen({ path: `${path("missing")}/socket` }));
    },
    async raw({ listen, path }) {
      await listen({ path: `${path("missing")}/socket` });
    },
  },
  {
    id: "foreign-address",
    title: "the address is not this machine's",
    group,
    expected: ["listen: ConnectError address-not-available EADDRNOTAVAIL; listen, by local; retry safe"],
    async ours({ listen, step }) {
      await step("listen", listen({ hostname: FOREIGN, port: 0 }));
    },
    async raw({ listen }) {
      await listen({ hostname: FOREIGN, port: 0 });
    },
  },
  {
    id: "client-resets-before-accept",
    title: "five clients reset before anybody accepts, a sixth does not",
    group,
    expected: ['the sixth: "hello"'],
    async ours({ peer, listen, step, rest }) {
      const listener = await listen({ port: 0 });
      await resetFive(peer, portOf(listener), rest);
      await peer.send(await peer.dial({ port: portOf(listener) }), "hello");
      const sixth = async (): Promise<unknown> => {
        for await (const connection of listener) {
          const line = await connection.reader.read().catch(() => undefined);
          connection.abort();
          if (line) return line;
        }
        return undefined;
      };
      await step("the sixth", sixth());
    },
    async raw({ peer, listen, rest }) {
      const listener = await listen({ port: 0 });
      await resetFive(peer, listener!.port, rest);
      await peer.dial({ port: listener!.port });
      await listener!.accept();
    },
  },
  {
    id: "close-during-accept",
    title: "`close` while an accept waits, then another accept, and close again",
    group,
    expected: [
      "accept: ConnectionAbortedError closed; accept, by local; not retry safe",
      "accept again: ConnectionAbortedError closed; accept, by local; not retry safe",
      "close again: done",
    ],
    async ours({ listen, step, hold }) {
      const listener = await listen({ port: 0 });
      const accepting = hold(listener.accept());
      await listener.close();
      await step("accept", accepting);
      await step("accept again", listener.accept());
      await step("close again", listener.close());
    },
    async raw({ listen }) {
      const listener = await listen({ port: 0 });
      const accepting = listener!.accept();
      listener!.close();
      await accepting;
    },
  },
  {
    id: "close-during-iteration-of-listener",
    title: "`close` while an iteration waits: it ends",
    group,
    expected: ["iteration: done"],
    async ours({ listen, step, hold, rest }) {
      const listener = await listen({ port: 0 });
      const iterating = hold((async () => {
        for await (const connection of listener) connection.abort();
      })());
      await rest(20);
      await listener.close();
      await step("iteration", iterating);
    },
    async raw({ listen }) {
      const listener = await listen({ port: 0 });
      const accepting = listener!.accept();
      listener!.close();
      await accepting;
    },
  },
  {
    id: "listener-closes-on-waiting-clients",
    title: "`close` resets the clients that nobody has accepted",
    group,
    expected: ["the client: ECONNRESET"],
    async ours({ peer, listen, note, rest }) {
      const listener = await listen({ port: 0 });
      const client = await peer.dial({ port: portOf(listener) });
      await rest(30);
      await listener.close();
      note(`the client: ${(await peer.on(client, "fate")).end}`);
    },
    async raw({ peer, listen, note, rest }) {
      const listener = await listen({ port: 0 });
      const client = await peer.dial({ port: listener!.port });
      await rest(30);
      listener!.close();
      await rest(30);
      await peer.on(client, "close");
      note(`the client: ${(await peer.on(client, "fate")).end}`);
    },
  },
  {
    id: "two-accepts",
    title: "two accepts at once: a mistake of the caller",
    group,
    expected: ["second: BusyError", "first: a connection"],
    async ours({ peer, listen, step, hold, note }) {
      const listener = await listen({ port: 0 });
      const first = hold(listener.accept());
      await listener.accept().then(() => note("second: done"), (error) => note(`second: ${error.name}`));
      await peer.dial({ port: portOf(listener) });
      await step("first", first.then((connection) => (connection.abort(), Symbol.for("a connection"))));
    },
    async raw({ listen }) {
      const listener = await listen({ port: 0 });
      const both = [listener!.accept(), listener!.accept()];
      await Promise.all(both);
    },
  },
  {
    id: "accept-timeout",
    title: "`accept({ timeout })`, then a client comes",
    group,
    expected: ["accept: DOMException TimeoutError", "accept again: a connection"],
    async ours({ peer, listen, step }) {
      const listener = await listen({ port: 0 });
      await step("accept", listener.accept({ timeout: 60 }));
      await peer.dial({ port: portOf(listener) });
      const again = listener.accept().then((connection) => (connection.abort(), Symbol.for("a connection")));
      await step("accept again", again);
    },
    async raw({ listen }) {
      const listener = await listen({ port: 0 });
      await listener!.accept();
    },
  },
];

/** Clients that reset at once, before the listener's queue is looked at. */
async function resetFive(
  peer: { dial(where: { port: number }): Promise<number>; on(id: number, what: "reset"): Promise<unknown> },
  port: number,
  rest: (ms: number) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < 5; i++) await peer.on(await peer.dial({ port }), "reset");
  await rest(30);
}
