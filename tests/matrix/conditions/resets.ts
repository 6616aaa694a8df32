/** The peer resets the connection, or is gone while ours still goes out. */
import type { Condition, Ours } from "../condition.ts";
import { overAll, overTcp } from "../over.ts";

const group = "The peer resets or is gone";

/** More than the buffers of both kernels take. */
const UPLOAD = 8_388_608;

const RESET = "ConnectionAbortedError reset ECONNRESET";

export const resets: readonly Condition[] = [
  ...overTcp((over, name) => ({
    id: name("reset-while-reading"),
    title: `RST while a read waits (${over})`,
    group,
    expected: [
      `read: ${RESET}; read, by peer; not retry safe; 0 read, 0 written, 0 unsent`,
      `read again: ${RESET}; read, by peer; not retry safe; 0 read, 0 written, 0 unsent`,
      `write: ${RESET}; write, by peer; retry safe; 0 read, 0 written, 0 unsent`,
      `closeWrite: ${RESET}; closeWrite, by peer; not retry safe; 0 read, 0 written, 0 unsent`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold }) {
      const { connection, far } = await pair({}, over);
      const reading = hold(connection.reader.read());
      await peer.on(far, "reset");
      await step("read", reading);
      await step("read again", connection.reader.read());
      await step("write", connection.writer.write("x"));
      await step("closeWrite", connection.writer.closeWrite());
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair(over);
      const reading = socket.read();
      await peer.on(far, "reset");
      await reading;
      await socket.read();
      await socket.write(1);
    },
  })),
  ...overTcp((over, name) => ({
    id: name("reset-before-first-read"),
    title: `RST while nobody reads, then a read (${over})`,
    group,
    expected: [
      `read: ${RESET}; read, by peer; not retry safe; 0 read, 0 written, 0 unsent`,
      `write: ${RESET}; write, by peer; retry safe; 0 read, 0 written, 0 unsent`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, rest }) {
      const { connection, far } = await pair({}, over);
      await peer.on(far, "reset");
      await rest(30);
      await step("read", connection.reader.read());
      await step("write", connection.writer.write("x"));
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      await peer.on(far, "reset");
      await rest(30);
      await socket.read();
      await socket.read();
    },
  })),
  ...overTcp((over, name) => ({
    id: name("reset-behind-data-while-reading"),
    title: `data and RST in one turn, while a read waits (${over})`,
    group,
    expected: [
      'read: "hello"',
      `read again: ${RESET}; read, by peer; not retry safe; 5 read, 0 written, 0 unsent`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold }) {
      const { connection, far } = await pair({}, over);
      const reading = hold(connection.reader.read());
      await peer.ask("sendAndReset", { id: far, text: "hello" });
      await step("read", reading);
      await step("read again", connection.reader.read());
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair(over);
      const reading = socket.readToEnd();
      await peer.ask("sendAndReset", { id: far, text: "hello" });
      await reading;
    },
  })),
  ...overTcp((over, name) => ({
    id: name("reset-behind-data-twenty-times"),
    title: `twenty times data and RST in one turn: never an end of stream (${over})`,
    group,
    expected: ['20 times "hello", then reset'],
    async ours(context) {
      await manyTimes(context, async ({ pair, peer }) => {
        const { connection, far } = await pair({}, over);
        await peer.ask("sendAndReset", { id: far, text: "hello" });
        const first = await connection.reader.read();
        const second = await connection.reader.read().catch((error: { reason: string }) => error.reason);
        return `${JSON.stringify(new TextDecoder().decode(first!))}, then ${second}`;
      });
    },
    async raw({ pair, peer }) {
      for (let i = 0; i < 20; i++) {
        const { socket, far } = await pair(over);
        await peer.ask("sendAndReset", { id: far, text: "hello" });
        await socket.readToEnd();
      }
    },
  })),
  ...overTcp((over, name) => ({
    id: name("reset-behind-unread-data"),
    title: `100,000 bytes and RST before anybody reads: the data first, then the error (${over})`,
    group,
    expected: [
      "readExactly: 100000 bytes",
      `read: ${RESET}; read, by peer; not retry safe; 100000 read, 0 written, 0 unsent`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, rest }) {
      const { connection, far } = await pair({}, over);
      await peer.ask("sendAndReset", { id: far, bytes: 100_000 });
      await rest(30);
      await step("readExactly", connection.reader.readExactly(100_000));
      await step("read", connection.reader.read());
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      await peer.ask("sendAndReset", { id: far, bytes: 100_000 });
      await rest(30);
      await socket.readToEnd();
    },
  })),
  ...overTcp((over, name) => ({
    id: name("reset-inside-line"),
    title: `RST inside a line (${over})`,
    group,
    expected: [
      `readLine: ${RESET}; read, by peer; not retry safe; 3 read, 0 written, 0 unsent; partial "hel"`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold }) {
      const { connection, far } = await pair({}, over);
      const reading = hold(connection.reader.readLine());
      await peer.ask("sendAndReset", { id: far, text: "hel" });
      await step("readLine", reading);
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair(over);
      const reading = socket.readToEnd();
      await peer.ask("sendAndReset", { id: far, text: "hel" });
      await reading;
    },
  })),
  ...overTcp((over, name) => ({
    id: name("end-then-reset"),
    title: `FIN and RST before anybody reads, then a write (${over})`,
    group,
    // The kernel gives the end of the stream first, and what was reset behind it to the write.
    expected: [
      "read: null",
      "write: ConnectionAbortedError broken-pipe EPIPE; by peer",
      "closed: broken-pipe",
    ],
    async ours({ pair, peer, step, closed, rest }) {
      const { connection, far } = await pair({}, over);
      await peer.on(far, "end");
      await peer.on(far, "reset");
      await rest(30);
      await step("read", connection.reader.read());
      await step("write", connection.writer.write("x").then(() => connection.writer.flush()), { brief: true });
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      await peer.on(far, "end");
      await peer.on(far, "reset");
      await rest(30);
      await socket.readToEnd();
      await socket.write(1);
    },
  })),
  ...overTcp((over, name) => ({
    id: name("reset-while-writing"),
    title: `RST while 8 MiB of ours wait, nobody reads (${over})`,
    group,
    expected: [
      `write: ${RESET}; write, by peer; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      `write again: ${RESET}; write, by peer; retry safe; 0 read, written + unsent = ${UPLOAD}`,
      `read: ${RESET}; read, by peer; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold, rest }) {
      const { connection, far } = await pair({}, over);
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest();
      await peer.on(far, "reset");
      await step("write", writing, { accepted: UPLOAD });
      await step("write again", connection.writer.write("x"), { accepted: UPLOAD });
      await step("read", connection.reader.read(), { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      const writing = socket.write(UPLOAD);
      await rest();
      await peer.on(far, "reset");
      await writing;
      await socket.read();
    },
  })),
  ...overTcp((over, name) => ({
    id: name("reset-while-reading-and-writing"),
    title: `RST while a read waits and 8 MiB of ours wait (${over})`,
    group,
    expected: [
      `read: ${RESET}; read, by peer; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      `write: ${RESET}; write, by peer; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold, rest }) {
      const { connection, far } = await pair({}, over);
      const reading = hold(connection.reader.read());
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest();
      await peer.on(far, "reset");
      await step("read", reading, { accepted: UPLOAD });
      await step("write", writing, { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      const reading = socket.read();
      const writing = socket.write(UPLOAD);
      await rest();
      await peer.on(far, "reset");
      await reading;
      await writing;
    },
  })),
  ...overAll((over, name) => ({
    id: name("closed-with-our-data-unread"),
    title: `the peer closes with our data unread: the kernel resets (${over})`,
    group,
    expected: [
      `read: ${RESET}; read, by peer; not retry safe; 0 read, 5 written, 0 unsent`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold, rest }) {
      const { connection, far } = await pair({}, over);
      await connection.writer.write("hello");
      await connection.writer.flush();
      await rest(20);
      const reading = hold(connection.reader.read());
      await peer.on(far, "close");
      await step("read", reading);
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      await socket.write(5);
      await rest(20);
      const reading = socket.read();
      await peer.on(far, "close");
      await reading;
      await socket.read();
    },
  })),
  ...overAll((over, name) => ({
    id: name("closed-while-we-write"),
    title: `the peer closes while 8 MiB of ours wait, nobody reads (${over})`,
    group,
    expected: [
      `write: ${RESET}; write, by peer; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      `read: ${RESET}; read, by peer; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold, rest }) {
      const { connection, far } = await pair({}, over);
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest();
      await peer.on(far, "close");
      await step("write", writing, { accepted: UPLOAD });
      await step("read", connection.reader.read(), { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      const writing = socket.write(UPLOAD);
      await rest();
      await peer.on(far, "close");
      await writing;
      await socket.read();
    },
  })),
  ...overAll((over, name) => ({
    id: name("answer-before-reset"),
    title: `the peer answers 413 and closes while our upload waits, nobody reads (${over})`,
    group,
    expected: [
      `write: ${RESET}; write, by peer; not retry safe; some read, written + unsent = ${UPLOAD}`,
      'readLine: "413 Too Large"',
      `readLine again: ${RESET}; read, by peer; not retry safe; 14 read, written + unsent = ${UPLOAD}`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold, rest }) {
      const { connection, far } = await pair({}, over);
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest();
      await peer.ask("sendAndClose", { id: far, text: "413 Too Large\n" });
      await step("write", writing, { accepted: UPLOAD, anyRead: true });
      await step("readLine", connection.reader.readLine());
      await step("readLine again", connection.reader.readLine(), { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      const writing = socket.write(UPLOAD);
      await rest();
      await peer.ask("sendAndClose", { id: far, text: "413 Too Large\n" });
      await writing;
      await socket.readToEnd();
    },
  })),
  ...overTcp((over, name) => ({
    id: name("answer-before-reset-while-reading"),
    title: `the peer answers 413 and closes while our upload waits and a read waits (${over})`,
    group,
    expected: [
      'readLine: "413 Too Large"',
      `readLine again: ${RESET}; read, by peer; not retry safe; 14 read, written + unsent = ${UPLOAD}`,
      `write: ${RESET}; write, by peer; not retry safe; some read, written + unsent = ${UPLOAD}`,
      "closed: reset",
    ],
    async ours({ pair, peer, step, closed, hold, rest }) {
      const { connection, far } = await pair({}, over);
      const reading = hold(connection.reader.readLine());
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest();
      await peer.ask("sendAndClose", { id: far, text: "413 Too Large\n" });
      await step("readLine", reading);
      await step("readLine again", connection.reader.readLine(), { accepted: UPLOAD });
      await step("write", writing, { accepted: UPLOAD, anyRead: true });
      await closed(connection);
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair(over);
      const reading = socket.readToEnd();
      const writing = socket.write(UPLOAD);
      await rest();
      await peer.ask("sendAndClose", { id: far, text: "413 Too Large\n" });
      await reading;
      await writing;
    },
  })),
];

/** Does something twenty times, and notes how often it came to what. */
async function manyTimes(context: Ours, once: (context: Ours) => Promise<string>): Promise<void> {
  const counts = new Map<string, number>();
  for (let i = 0; i < 20; i++) {
    const line = await once(context);
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  for (const [line, count] of counts) context.note(`${count} times ${line}`);
}
