/** Writes to a peer that is not there any more. */
import type { Connection } from "../../../mod.ts";
import type { Condition, Ours } from "../condition.ts";
import { overAll } from "../over.ts";

const group = "Writing to a peer that is gone";

/** One byte, until the kernel has it. How many of them it still takes is its own affair, so only the reason is noted. */
async function writeOne({ step, rest }: Ours, name: string, connection: Connection): Promise<void> {
  const written = connection.writer.write("x").then(() => connection.writer.flush());
  await step(name, written, { brief: true });
  await rest(30);
}

export const gone: readonly Condition[] = [
  ...overAll((over, name) => {
    const told = "ConnectionAbortedError reset ECONNRESET; by peer";
    return {
      id: name("write-to-gone-peer"),
      title: `writes after the peer has closed, its end not read: first, second, hundredth (${over})`,
      group,
      expected: [
        `first: ${over !== "unix" ? "done" : told}`,
        `second: ${told}`,
        `hundredth: ${told}`,
        `read: ${told}`,
        "closed: reset",
      ],
      async ours(context) {
        const { connection, far } = await context.pair({}, over);
        await context.peer.on(far, "close");
        await context.rest(30);
        await writeOne(context, "first", connection);
        await writeOne(context, "second", connection);
        for (let i = 2; i < 99; i++) await connection.writer.write("x").catch(() => {});
        await writeOne(context, "hundredth", connection);
        await context.step("read", connection.reader.read(), { brief: true });
        await context.closed(connection);
      },
      async raw({ pair, peer, rest }) {
        const { socket, far } = await pair(over);
        await peer.on(far, "close");
        await rest(30);
        for (let i = 0; i < 3; i++) {
          await socket.write(1);
          await rest(30);
        }
      },
    };
  }),
  ...overAll((over, name) => {
    const told = "ConnectionAbortedError broken-pipe EPIPE; by peer";
    return {
      id: name("write-to-gone-peer-after-end"),
      title: `writes after the peer has closed, its end read: first, second, hundredth (${over})`,
      group,
      expected: [
        "read: null",
        `first: ${over !== "unix" ? "done" : told}`,
        `second: ${told}`,
        `hundredth: ${told}`,
        "closed: broken-pipe",
      ],
      async ours(context) {
        const { connection, far } = await context.pair({}, over);
        await context.peer.on(far, "close");
        await context.step("read", connection.reader.read());
        await writeOne(context, "first", connection);
        await writeOne(context, "second", connection);
        for (let i = 2; i < 99; i++) await connection.writer.write("x").catch(() => {});
        await writeOne(context, "hundredth", connection);
        await context.closed(connection);
      },
      async raw({ pair, peer, rest }) {
        const { socket, far } = await pair(over);
        await peer.on(far, "close");
        await socket.read();
        for (let i = 0; i < 3; i++) {
          await socket.write(1);
          await rest(30);
        }
      },
    };
  }),
  {
    id: "write-to-killed-peer",
    title: "writes after the peer was killed (SIGKILL) with data of ours unread",
    group,
    expected: [
      "first: ConnectionAbortedError reset ECONNRESET; by peer",
      "second: ConnectionAbortedError reset ECONNRESET; by peer",
      "closed: reset",
    ],
    async ours(context) {
      const { connection } = await context.pair();
      await connection.writer.write("unread");
      await connection.writer.flush();
      await context.rest(30);
      await context.peer.kill();
      await context.rest(30);
      await writeOne(context, "first", connection);
      await writeOne(context, "second", connection);
      await context.closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket } = await pair();
      await socket.write(6);
      await rest(30);
      await peer.kill();
      await rest(30);
      await socket.write(1);
      await socket.write(1);
    },
  },
];
