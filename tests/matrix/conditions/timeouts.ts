/** Every timeout, and too many bytes for a peer that does not read. */
import type { Condition } from "../condition.ts";

const group = "Time and room run out";

const UPLOAD = 8_388_608;
const TIMEOUT = "ConnectionAbortedError timeout";

/** Long enough for what must happen before it, short enough to wait for. */
const SHORT = 80;

/** What the runtimes themselves have: nothing ends a wait. */
const hangs: Pick<Condition, "raw"> = {
  async raw({ pair }) {
    const { socket } = await pair();
    await socket.read();
  },
};

const clogs: Pick<Condition, "raw"> = {
  async raw({ pair }) {
    const { socket } = await pair();
    await socket.write(UPLOAD);
  },
};

export const timeouts: readonly Condition[] = [
  {
    id: "read-call-timeout",
    title: "`read({ timeout })`, the peer is silent",
    group,
    expected: [`read: ${TIMEOUT}; read, by local; not retry safe; 0 read, 0 written, 0 unsent`, "closed: timeout"],
    async ours({ pair, step, closed }) {
      const { connection } = await pair();
      await step("read", connection.reader.read({ timeout: SHORT }));
      await closed(connection);
    },
    ...hangs,
  },
  {
    id: "read-call-timeout-in-message",
    title: "`readLine({ timeout })`, half a line has come",
    group,
    expected: [`readLine: ${TIMEOUT}; read, by local; not retry safe; 3 read, 0 written, 0 unsent`, "closed: timeout"],
    async ours({ pair, peer, step, closed }) {
      const { connection, far } = await pair();
      await peer.send(far, "hel");
      await step("readLine", connection.reader.readLine({ timeout: SHORT }));
      await closed(connection);
    },
    ...hangs,
  },
  {
    id: "read-keep-open-timeout",
    title: "`read({ timeout, keepOpen })`, then the peer speaks",
    group,
    expected: ["read: DOMException TimeoutError", 'read again: "hello"', "write: done"],
    async ours({ pair, peer, step }) {
      const { connection, far } = await pair();
      await step("read", connection.reader.read({ timeout: SHORT, keepOpen: true }));
      await peer.send(far, "hello");
      await step("read again", connection.reader.read());
      await step("write", connection.writer.write("x"));
    },
    ...hangs,
  },
  {
    id: "read-timeout",
    title: "`readTimeout` of the connection",
    group,
    expected: [`read: ${TIMEOUT}; read, by local; not retry safe; 0 read, 0 written, 0 unsent`, "closed: timeout"],
    async ours({ pair, step, closed }) {
      const { connection } = await pair({ readTimeout: SHORT });
      await step("read", connection.reader.read());
      await closed(connection);
    },
    ...hangs,
  },
  {
    id: "write-call-timeout",
    title: "`write(data, { timeout })`, the peer does not read",
    group,
    expected: [
      `write: ${TIMEOUT}; write, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: timeout",
    ],
    async ours({ pair, step, closed }) {
      const { connection } = await pair();
      const writing = connection.writer.write(new Uint8Array(UPLOAD), { timeout: SHORT });
      await step("write", writing, { accepted: UPLOAD });
      await closed(connection);
    },
    ...clogs,
  },
  {
    id: "closewrite-call-timeout",
    title: "`closeWrite({ timeout })`, the peer does not read",
    group,
    expected: [
      `closeWrite: ${TIMEOUT}; closeWrite, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      `write: ${TIMEOUT}; write, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: timeout",
    ],
    async ours({ pair, step, hold, closed }) {
      const { connection } = await pair();
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await step("closeWrite", connection.writer.closeWrite({ timeout: SHORT }), { accepted: UPLOAD });
      await step("write", writing, { accepted: UPLOAD });
      await closed(connection);
    },
    ...clogs,
  },
  {
    id: "iteration-timeout",
    title: "`lines({ timeout })`: one line comes, the next does not",
    group,
    expected: [
      'first: {"value":"one","done":false}',
      `second: ${TIMEOUT}; read, by local; not retry safe; 4 read, 0 written, 0 unsent`,
      "closed: timeout",
    ],
    async ours({ pair, peer, step, closed }) {
      const { connection, far } = await pair();
      const lines = connection.reader.lines({ timeout: SHORT })[Symbol.asyncIterator]();
      await peer.send(far, "one\n");
      await step("first", lines.next());
      await step("second", lines.next());
      await closed(connection);
    },
    ...hangs,
  },
  {
    id: "write-timeout",
    title: "`writeTimeout` of the connection, the write is awaited",
    group,
    expected: [
      `write: ${TIMEOUT}; write, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: timeout",
    ],
    async ours({ pair, step, closed }) {
      const { connection } = await pair({ writeTimeout: SHORT });
      await step("write", connection.writer.write(new Uint8Array(UPLOAD)), { accepted: UPLOAD });
      await closed(connection);
    },
    ...clogs,
  },
  {
    id: "write-timeout-unawaited",
    title: "`writeTimeout` of the connection, nobody awaits the write",
    group,
    expected: [
      "closed: timeout",
      `close: ${TIMEOUT}; close, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "close again: done",
    ],
    async ours({ pair, step, closed }) {
      const { connection } = await pair({ writeTimeout: SHORT });
      void connection.writer.write(new Uint8Array(UPLOAD));
      await closed(connection);
      await step("close", connection.close(), { accepted: UPLOAD });
      await step("close again", connection.close().then(() => {}));
    },
    ...clogs,
  },
  {
    id: "idle-timeout",
    title: "`idleTimeout`, nobody reads or writes, then a read",
    group,
    expected: [
      "closed: timeout",
      `read: ${TIMEOUT}; read, by local; not retry safe; 0 read, 0 written, 0 unsent`,
    ],
    async ours({ pair, step, closed }) {
      const { connection } = await pair({ idleTimeout: SHORT });
      await closed(connection);
      await step("read", connection.reader.read());
    },
    ...hangs,
  },
  {
    id: "drain-timeout",
    title: "`drain({ timeout })` and `flush({ timeout })`, the peer does not read, then it does",
    group,
    expected: ["drain: DOMException TimeoutError", "flush: DOMException TimeoutError", "write: done"],
    async ours({ pair, peer, step, hold }) {
      const { connection, far } = await pair();
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await step("drain", connection.writer.drain({ timeout: SHORT }));
      await step("flush", connection.writer.flush({ timeout: SHORT }));
      await peer.on(far, "read");
      await step("write", writing);
    },
    ...clogs,
  },
  {
    id: "close-timeout-unsent",
    title: "`close({ timeout })` with bytes that the peer does not read",
    group,
    expected: [
      `close: ${TIMEOUT}; close, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: timeout",
    ],
    async ours({ pair, step, closed }) {
      const { connection } = await pair();
      void connection.writer.write(new Uint8Array(UPLOAD));
      await step("close", connection.close({ timeout: SHORT }), { accepted: UPLOAD });
      await closed(connection);
    },
    ...clogs,
  },
  {
    id: "close-timeout-sent",
    title: "`close({ timeout })`, everything is with the kernel, the peer never ends",
    group,
    expected: ["closed: clean", "the peer got 100000 bytes, then end"],
    async ours({ pair, peer, note, closed }) {
      const { connection, far } = await pair();
      await connection.writer.write(new Uint8Array(100_000));
      await connection.close({ timeout: SHORT });
      await closed(connection);
      const { bytes, end } = await peer.on(far, "fate");
      note(`the peer got ${bytes} bytes, then ${end}`);
    },
    async raw({ pair, peer, note }) {
      const { socket, far } = await pair();
      await socket.write(100_000);
      await socket.closeWrite();
      socket.close();
      const { bytes, end } = await peer.on(far, "fate");
      note(`the peer got ${bytes} bytes, then ${end}`);
    },
  },
  {
    id: "overflow",
    title: "a write that finds more than `writeBufferLimit` bytes waiting",
    group,
    expected: [
      `second: ConnectionAbortedError overflow; write, by local; retry safe; 0 read, written + unsent = ${UPLOAD}`,
      `first: ConnectionAbortedError overflow; write, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      `third: ConnectionAbortedError overflow; write, by local; retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: overflow",
    ],
    async ours({ pair, step, hold, closed }) {
      const { connection } = await pair({ writeBufferLimit: 100_000 });
      const first = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await step("second", connection.writer.write("x"), { accepted: UPLOAD });
      await step("first", first, { accepted: UPLOAD });
      await step("third", connection.writer.write("x"), { accepted: UPLOAD });
      await closed(connection);
    },
    ...clogs,
  },
];
