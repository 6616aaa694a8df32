/** The other end of an established connection is not there any more, and says nothing. */
import type { Connection, ConnectionError, DialLimits } from "../../../mod.ts";
import type { Condition, Notes, Ours, Raw } from "../condition.ts";
import { command, far, network } from "../network.ts";
import type { RawSocket } from "../raw_socket.ts";

const around = {
  group: "The other end falls silent",
  needs: ["namespaces"],
  environment: network,
  together: true,
} as const;

/** Enough to fill the buffers of both kernels. */
const BIG = 16_000_000;

/** Longer than the kernel of a `network()` repeats data before it gives up. */
const GIVEN_UP = 2_500;

async function established(
  { peer, connect }: Ours,
  hostname: string,
  options: DialLimits = { keepAlive: false },
): Promise<Connection> {
  const { port } = await peer.listen({ host: hostname });
  return await connect({ hostname, port }, options);
}

async function rawEstablished({ peer, dial }: Raw, hostname: string): Promise<RawSocket> {
  const { port } = await peer.listen({ host: hostname });
  return (await dial({ hostname, port }))!;
}

/** From now on nothing arrives from there. */
function swallow(host: string): Promise<void> {
  return command("iptables", ["-w", "-A", "INPUT", "-s", host, "-j", "DROP"]);
}

/** This end of the second cable is switched off. */
function cutCable(): Promise<void> {
  return command("ip", ["link", "set", "near2", "down"]);
}

/** The far end of the third cable answers no ARP any more, and this end has forgotten what it knew. */
async function forgetNeighbour({ environment }: Notes): Promise<void> {
  await command("ip", ["-netns", environment["far"]!, "link", "set", "far3", "arp", "off"]);
  await command("ip", ["neighbour", "flush", "dev", "near3"]);
}

/** From now on a firewall in front of the host answers everything with a reset. */
function resetAll({ environment }: Notes, host: string): Promise<void> {
  const rule = ["-w", "-A", "INPUT", "-p", "tcp", "-d", host, "-j", "REJECT", "--reject-with", "tcp-reset"];
  return command("ip", ["netns", "exec", environment["far"]!, "iptables", ...rule]);
}

/** Only why it failed. */
function briefly(work: Promise<unknown>): Promise<unknown> {
  return work.catch(({ reason, code }: ConnectionError) => Symbol.for(`${reason} ${code}`));
}

/** A few bytes go nowhere while a read waits. */
function writeThenRead(
  id: string,
  title: string,
  host: string,
  break_: (notes: Notes) => Promise<void>,
  told: { reason: string; code: string; by: string },
): Condition {
  const { reason, code, by } = told;
  return {
    ...around,
    id,
    title,
    expected: [
      "write: done",
      `read: ConnectionAbortedError ${reason} ${code}; read, by ${by}; not retry safe; 0 read, 5 written, 0 unsent`,
      `closed: ${reason}`,
    ],
    async ours(context) {
      const connection = await established(context, host);
      await break_(context);
      const reading = context.hold(connection.reader.read());
      await context.step("write", connection.writer.write("hello").then(() => connection.writer.flush()));
      await context.step("read", reading);
      await context.closed(connection);
    },
    async raw(context) {
      const socket = await rawEstablished(context, host);
      await break_(context);
      const reading = socket.read();
      await socket.write(5);
      await reading;
    },
  };
}

export const silences: readonly Condition[] = [
  {
    ...around,
    id: "silent-keep-alive",
    title: "nothing arrives any more, an idle read waits, keep-alive notices",
    expected: [
      "read: ConnectionAbortedError timeout ETIMEDOUT; read, by network; not retry safe; 0 read, 0 written, 0 unsent",
      "closed: timeout",
    ],
    async ours(context) {
      const connection = await established(context, far.ordinary(1), { keepAlive: true });
      await swallow(far.ordinary(1));
      await context.step("read", connection.reader.read());
      await context.closed(connection);
    },
    async raw(context) {
      const socket = await rawEstablished(context, far.ordinary(1));
      socket.keepAlive();
      await swallow(far.ordinary(1));
      await socket.read();
    },
  },
  writeThenRead(
    "silent-after-write",
    "nothing arrives any more, a small write waits for its acknowledgement while a read waits",
    far.ordinary(2),
    () => swallow(far.ordinary(2)),
    { reason: "timeout", code: "ETIMEDOUT", by: "network" },
  ),
  {
    ...around,
    id: "silent-nobody-reads",
    title: "nothing arrives any more, a small write was never acknowledged, nobody reads",
    expected: [
      "first write: done",
      "read: ConnectionAbortedError timeout ETIMEDOUT; read, by network; not retry safe; 0 read, 5 written, 0 unsent",
      "closed: timeout",
    ],
    async ours({ step, rest, closed, ...context }) {
      const connection = await established({ step, rest, closed, ...context }, far.ordinary(3));
      await swallow(far.ordinary(3));
      await step("first write", connection.writer.write("hello").then(() => connection.writer.flush()));
      await rest(GIVEN_UP);
      await step("read", connection.reader.read());
      await closed(connection);
    },
    async raw(context) {
      const socket = await rawEstablished(context, far.ordinary(3));
      await swallow(far.ordinary(3));
      await socket.write(5);
      await context.rest(GIVEN_UP);
      await socket.read();
      await socket.read();
    },
  },
  {
    ...around,
    id: "silent-next-write",
    title: "nothing arrives any more, a small write was never acknowledged, the next one is told",
    expected: [
      "first write: done",
      "next write: timeout ETIMEDOUT",
      "read: timeout ETIMEDOUT",
      "closed: timeout",
    ],
    // No counts: Node and Bun notice at once and refuse the next write, Deno notices when it has been accepted.
    async ours({ step, rest, closed, ...context }) {
      const connection = await established({ step, rest, closed, ...context }, far.ordinary(4));
      const { reader, writer } = connection;
      await swallow(far.ordinary(4));
      await step("first write", writer.write("hello").then(() => writer.flush()));
      await rest(GIVEN_UP);
      await step("next write", briefly(writer.write("again").then(() => writer.flush())));
      await step("read", briefly(reader.read()));
      await closed(connection);
    },
    async raw(context) {
      const socket = await rawEstablished(context, far.ordinary(4));
      await swallow(far.ordinary(4));
      await socket.write(5);
      await context.rest(GIVEN_UP);
      await socket.write(5);
      await socket.read();
    },
  },
  {
    ...around,
    id: "silent-big-write",
    title: "nothing arrives any more while a big write waits for room",
    expected: [
      `write: ConnectionAbortedError timeout ETIMEDOUT; write, by network; not retry safe; 0 read, written + unsent = ${BIG}`,
      "closed: timeout",
    ],
    async ours(context) {
      const connection = await established(context, far.ordinary(5));
      await swallow(far.ordinary(5));
      await context.step("write", connection.writer.write(new Uint8Array(BIG)), { accepted: BIG });
      await context.closed(connection);
    },
    async raw(context) {
      const socket = await rawEstablished(context, far.ordinary(5));
      await swallow(far.ordinary(5));
      await socket.write(BIG);
    },
  },
  writeThenRead("link-down", "this end of the cable is switched off", far.secondCable, cutCable, {
    reason: "timeout",
    code: "ETIMEDOUT",
    by: "network",
  }),
  writeThenRead("arp-gone", "the neighbour answers no ARP any more", far.thirdCable, forgetNeighbour, {
    reason: "unreachable",
    code: "EHOSTUNREACH",
    by: "network",
  }),
  writeThenRead(
    "middlebox-reset",
    "a firewall resets the connection",
    far.ordinary(6),
    (notes) => resetAll(notes, far.ordinary(6)),
    { reason: "reset", code: "ECONNRESET", by: "peer" },
  ),
];
