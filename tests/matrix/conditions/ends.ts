/** The peer ends its stream in order. */
import type { Condition } from "../condition.ts";
import { overAll } from "../over.ts";

const group = "The peer ends";

export const ends: readonly Condition[] = [
  ...overAll((over, name) => ({
    id: name("fin-while-reading"),
    title: `FIN while a read waits (${over})`,
    group,
    expected: ["read: null", "read again: null", "write: done", "closed: clean"],
    async ours({ pair, peer, step, closed, hold }) {
      const { connection, far } = await pair({}, over);
      const reading = hold(connection.reader.read());
      await peer.on(far, "end");
      await step("read", reading);
      await step("read again", connection.reader.read());
      await step("write", connection.writer.write("x"));
      void connection.close();
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair(over);
      const reading = socket.read();
      await peer.on(far, "end");
      await reading;
      await socket.read();
      await socket.write(1);
    },
  })),
  {
    id: "fin-behind-data",
    title: "data, then FIN, before anybody reads",
    group,
    expected: ['read: "hello"', "read again: null"],
    async ours({ pair, peer, step, rest }) {
      const { connection, far } = await pair();
      await peer.send(far, "hello");
      await peer.on(far, "end");
      await rest(20);
      await step("read", connection.reader.read());
      await step("read again", connection.reader.read());
    },
    async raw({ pair, peer, rest }) {
      const { socket, far } = await pair();
      await peer.send(far, "hello");
      await peer.on(far, "end");
      await rest(20);
      await socket.readToEnd();
    },
  },
  {
    id: "fin-required",
    title: "FIN while an answer is outstanding (`required`)",
    group,
    expected: [
      'read: ConnectionAbortedError unexpected-end; read, by peer; not retry safe; 0 read, 0 written, 0 unsent; partial ""',
      "closed: unexpected-end",
    ],
    async ours({ pair, peer, step, closed }) {
      const { connection, far } = await pair();
      await peer.on(far, "end");
      await step("read", connection.reader.read({ required: true }));
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair();
      await peer.on(far, "end");
      await socket.read();
    },
  },
  ...overAll((over, name) => ({
    id: name("fin-inside-line"),
    title: `FIN inside a line (${over})`,
    group,
    expected: [
      'readLine: ConnectionAbortedError unexpected-end; read, by peer; not retry safe; 3 read, 0 written, 0 unsent; partial "hel"',
      "write: ConnectionAbortedError unexpected-end; write, by peer; retry safe; 3 read, 0 written, 0 unsent",
      "closed: unexpected-end",
    ],
    async ours({ pair, peer, step, closed }) {
      const { connection, far } = await pair({}, over);
      await peer.send(far, "hel");
      await peer.on(far, "end");
      await step("readLine", connection.reader.readLine());
      await step("write", connection.writer.write("x"));
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair(over);
      await peer.send(far, "hel");
      await peer.on(far, "end");
      await socket.readToEnd();
    },
  })),
  {
    id: "fin-inside-exactly",
    title: "FIN inside `readExactly(10)`",
    group,
    expected: [
      'readExactly: ConnectionAbortedError unexpected-end; read, by peer; not retry safe; 3 read, 0 written, 0 unsent; partial "hel"; 10 expected',
      "closed: unexpected-end",
    ],
    async ours({ pair, peer, step, closed }) {
      const { connection, far } = await pair();
      await peer.send(far, "hel");
      await peer.on(far, "end");
      await step("readExactly", connection.reader.readExactly(10));
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair();
      await peer.send(far, "hel");
      await peer.on(far, "end");
      await socket.readToEnd();
    },
  },
  ...overAll((over, name) => ({
    id: name("killed-idle"),
    title: `the peer is killed (SIGKILL) while nothing is said (${over})`,
    group,
    expected: ["read: null"],
    async ours({ pair, peer, step, hold }) {
      const { connection } = await pair({}, over);
      const reading = hold(connection.reader.read());
      await peer.kill();
      await step("read", reading);
    },
    async raw({ pair, peer }) {
      const { socket } = await pair(over);
      const reading = socket.read();
      await peer.kill();
      await reading;
    },
  })),
  {
    id: "killed-in-message",
    title: "the peer is killed (SIGKILL) inside a line",
    group,
    expected: [
      'readLine: ConnectionAbortedError unexpected-end; read, by peer; not retry safe; 3 read, 0 written, 0 unsent; partial "hel"',
      "closed: unexpected-end",
    ],
    async ours({ pair, peer, step, hold, closed }) {
      const { connection, far } = await pair();
      const reading = hold(connection.reader.readLine());
      await peer.send(far, "hel");
      await peer.kill();
      await step("readLine", reading);
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair();
      const reading = socket.readToEnd();
      await peer.send(far, "hel");
      await peer.kill();
      await reading;
    },
  },
  {
    id: "half-close-by-peer-while-writing",
    title: "FIN while 8 MiB of ours wait to be read",
    group,
    expected: [
      "read: null",
      "write: done",
      "flush: done",
      "closeWrite: done",
      "the peer got all, then end",
      "closed: clean",
    ],
    async ours({ pair, peer, step, hold, rest, note, closed }) {
      const { connection, far } = await pair();
      const writing = hold(connection.writer.write(new Uint8Array(8_388_608)));
      await rest();
      await peer.on(far, "end");
      const options = { accepted: 8_388_608 };
      await step("read", connection.reader.read(), options);
      const fate = peer.on(far, "fate");
      await step("write", writing, options);
      await step("flush", connection.writer.flush(), options);
      await step("closeWrite", connection.writer.closeWrite(), options);
      const { bytes, end } = await fate;
      note(`the peer got ${bytes === 8_388_608 ? "all" : "a part"}, then ${end}`);
      await closed(connection);
    },
    impossible: {
      "deno-node": {
        kind: "deno-half-close",
        instead: [
          ...["read: R; read", "write: R; write", "flush: R; write", "closeWrite: R; closeWrite"].map((step) =>
            `${step.replace("R", "ConnectionAbortedError reset ECONNRESET")}, by peer; not retry safe; ` +
            "0 read, written + unsent = 8388608"
          ),
          "the peer got a part, then end",
          "closed: reset",
        ],
      },
    },
    async raw({ pair, peer, rest, note }) {
      const { socket, far } = await pair();
      const writing = socket.write(8_388_608);
      await rest();
      await peer.on(far, "end");
      await socket.read();
      const fate = peer.on(far, "fate");
      await writing;
      socket.close();
      const { bytes, end } = await fate;
      note(`the peer got ${bytes} bytes, then ${end}`);
    },
  },
  {
    id: "half-close-by-us",
    title: "our half-close, then the peer's answer and end",
    group,
    expected: [
      "closeWrite: done",
      "closeWrite again: done",
      "write: TypeError: Cannot write: closeWrite() was called on this connection",
      'readAll: "got it"',
      "closed: clean",
    ],
    async ours({ pair, peer, step, closed }) {
      const { connection, far } = await pair();
      await connection.writer.write("ask");
      await step("closeWrite", connection.writer.closeWrite());
      await step("closeWrite again", connection.writer.closeWrite());
      await step("write", connection.writer.write("more"));
      await peer.on(far, "fate");
      await peer.send(far, "got it");
      await peer.on(far, "end");
      await step("readAll", connection.reader.readAll());
      await closed(connection);
    },
    async raw({ pair, peer }) {
      const { socket, far } = await pair();
      await socket.write(3);
      await socket.closeWrite();
      await peer.on(far, "fate");
      await peer.send(far, "got it");
      await peer.on(far, "end");
      await socket.readToEnd();
    },
  },
  {
    id: "half-close-by-us-while-writing",
    title: "our half-close while 8 MiB of ours wait to be read",
    group,
    expected: ["closeWrite: done", "write: done", "the peer got 8388608 bytes, then end"],
    async ours({ pair, peer, step, hold, note, rest }) {
      const { connection, far } = await pair();
      const writing = hold(connection.writer.write(new Uint8Array(8_388_608)));
      const ending = hold(connection.writer.closeWrite());
      await rest();
      const fate = peer.on(far, "fate");
      await step("closeWrite", ending);
      await step("write", writing);
      const { bytes, end } = await fate;
      note(`the peer got ${bytes} bytes, then ${end}`);
    },
    async raw({ pair, peer, rest, note }) {
      const { socket, far } = await pair();
      const writing = socket.write(8_388_608);
      const ending = socket.closeWrite();
      await rest();
      const fate = peer.on(far, "fate");
      await writing;
      await ending;
      const { bytes, end } = await fate;
      note(`the peer got ${bytes} bytes, then ${end}`);
    },
  },
];
