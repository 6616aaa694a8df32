/** The peer resets the connection. */
import type { Condition } from "../condition.ts";

const group = "The peer resets";

export const resets: readonly Condition[] = [
  {
    id: "reset-while-reading",
    title: "RST while a read waits",
    group,
    expected: [
      "read: ConnectionAbortedError reset ECONNRESET; read, by peer; not retry safe; 0 read, 0 written, 0 unsent",
      "read again: ConnectionAbortedError reset ECONNRESET; read, by peer; not retry safe; 0 read, 0 written, 0 unsent",
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold }) {
      const { connection, far } = await pair();
      const reading = hold(connection.reader.read());
      await peer.on(far, "reset");
      await step("read", reading);
      await step("read again", connection.reader.read());
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair();
      const reading = socket.read();
      await peer.on(far, "reset");
      await reading;
      await socket.read();
    },
  },
];
