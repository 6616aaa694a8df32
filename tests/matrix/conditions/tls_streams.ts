/** After the handshake: records that are harmed, alerts, resets, goodbyes, and what this side does by itself. */
import type { Condition } from "../condition.ts";
import { asEach, overTls } from "../over_tls.ts";
import type { Peer } from "../peer.ts";

const group = "TLS: after the handshake";

/** More than all buffers between the two take. */
const UPLOAD = 8_388_608;

const RESET = "ConnectionAbortedError reset ECONNRESET";
const TLS = "ConnectionAbortedError tls";
const NOTHING = "not retry safe; 0 read, 0 written, 0 unsent";

/** What is wrong with the stream; the read that waits finds it. */
const HARMS: readonly { id: string; title: string; harm(peer: Peer, far: number): Promise<unknown> }[] = [
  {
    id: "tls-corrupt-record",
    title: "a bit of a record is changed on its way",
    harm: async (peer, far) => {
      await peer.harm(far, "out");
      await peer.seal(far, "hello");
    },
  },
  {
    id: "tls-plaintext-inside",
    title: "plaintext in the middle of the stream",
    harm: (peer, far) => peer.send(far, "HTTP/1.1 400 Bad Request\r\n\r\n"),
  },
  {
    id: "tls-zeros-inside",
    title: "zeros in the middle of the stream",
    harm: (peer, far) => peer.send(far, 64),
  },
];

const harmed: readonly Condition[] = HARMS.flatMap(({ id, title, harm }) =>
  asEach((role, name): Condition => ({
    id: name(id),
    title: `${title} (${role})`,
    group,
    expected: [
      `read: ${TLS}; read, by peer; ${NOTHING}`,
      `write: ${TLS}; write, by peer; retry safe; 0 read, 0 written, 0 unsent`,
      "closed: tls",
      "the peer: gone",
    ],
    async ours({ securePair, peer, step, note, closed, hold }) {
      const { connection, far } = await securePair(role);
      const reading = hold(connection.reader.read());
      await harm(peer, far);
      await step("read", reading);
      await step("write", connection.writer.write("x"));
      await closed(connection);
      await peer.on(far, "fate");
      note("the peer: gone");
    },
    async raw({ securePair, peer }) {
      const { socket, far } = await securePair(role);
      await harm(peer, far);
      await socket.readToEnd();
    },
  }))
);

/** What we send is changed on its way, so that the peer answers with an alert. */
const alerted: readonly Condition[] = asEach((role, name): Condition => ({
  id: name("tls-alert"),
  title: `the peer sends a fatal alert (${role})`,
  group,
  expected: [
    "write: done",
    `read: ${TLS}; read, by peer; not retry safe; 0 read, written + unsent = 5`,
    "closed: tls",
  ],
  async ours({ securePair, peer, step, closed, hold }) {
    const { connection, far } = await securePair(role);
    await peer.harm(far, "in");
    const reading = hold(connection.reader.read());
    await step("write", connection.writer.write("hello"));
    await step("read", reading, { accepted: 5, anyWords: true });
    await closed(connection);
  },
  async raw({ securePair, peer }) {
    const { socket, far } = await securePair(role);
    await peer.harm(far, "in");
    await socket.write(5);
    await socket.readToEnd();
  },
}));

const resets: readonly Condition[] = [
  ...asEach((role, name): Condition => ({
    id: name("tls-reset-behind-data"),
    title: `60,000 bytes, then RST, before anybody reads (${role})`,
    group,
    expected: [
      "readExactly: 60000 bytes",
      `read: ${RESET}; read, by peer; not retry safe; 60000 read, 0 written, 0 unsent`,
      "closed: reset",
    ],
    async ours({ securePair, peer, step, closed, rest }) {
      const { connection, far } = await securePair(role);
      await peer.seal(far, 60_000);
      await peer.on(far, "reset");
      await rest(30);
      await step("readExactly", connection.reader.readExactly(60_000));
      await step("read", connection.reader.read());
      await closed(connection);
    },
    async raw({ securePair, peer, rest }) {
      const { socket, far } = await securePair(role);
      await peer.seal(far, 60_000);
      await peer.on(far, "reset");
      await rest(30);
      await socket.readToEnd();
    },
  })),
  {
    id: "tls-reset-while-writing",
    title: "RST while a write waits",
    group,
    expected: [
      `write: ${RESET}; write, by peer; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: reset",
    ],
    async ours({ securePair, peer, step, closed, hold, rest }) {
      const { connection, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest(30);
      await peer.on(far, "reset");
      await step("write", writing, { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ securePair, peer, rest }) {
      const { socket, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      const writing = socket.write(UPLOAD);
      await rest(30);
      await peer.on(far, "reset");
      await writing;
    },
  },
  {
    id: "tls-answer-behind-failed-write",
    title: "the peer answers, and closes with our upload unread: the answer can be read",
    group,
    expected: [
      'read: "413 too large"',
      `read again: ${RESET}; read, by peer; not retry safe; 13 read, written + unsent = ${UPLOAD}`,
      "closed: reset",
    ],
    async ours({ securePair, peer, step, closed, hold, rest }) {
      const { connection, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest(30);
      await peer.seal(far, "413 too large");
      await peer.on(far, "close");
      await step("read", connection.reader.read());
      await step("read again", connection.reader.read(), { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ securePair, peer, rest }) {
      const { socket, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      const writing = socket.write(UPLOAD);
      await rest(30);
      await peer.seal(far, "413 too large");
      await peer.on(far, "close");
      await writing;
      await socket.readToEnd();
    },
  },
  {
    id: "tls-killed",
    title: "the process of the peer is killed (SIGKILL): its kernel says FIN, nobody says close_notify",
    group,
    expected: [`read: ${TLS}; read, by peer; ${NOTHING}`, "closed: tls"],
    async ours({ securePair, peer, step, closed, hold }) {
      const { connection } = await securePair("client");
      const reading = hold(connection.reader.read());
      await peer.kill();
      await step("read", reading);
      await closed(connection);
    },
    async raw({ securePair, peer }) {
      const { socket } = await securePair("client");
      const reading = socket.read();
      await peer.kill();
      await reading;
    },
  },
];

const goodbyes: readonly Condition[] = [
  {
    id: "tls-write-after-goodbye",
    title: "the peer's close_notify closes one direction: we write on",
    group,
    expected: ["read: null", "write: done", "flush: done", "the peer: 5 bytes", "closed: clean"],
    async ours({ securePair, peer, step, note, closed }) {
      const { connection, far } = await securePair("client");
      await peer.goodbye(far);
      await step("read", connection.reader.read());
      await step("write", connection.writer.write("hello"));
      await step("flush", connection.writer.flush());
      note(`the peer: ${(await peer.ask("takeTls", { id: far, bytes: 5 })).bytes} bytes`);
      void connection.close();
      await peer.on(far, "end");
      await closed(connection);
    },
    async raw({ securePair, peer, note }) {
      const { socket, far } = await securePair("client");
      await peer.goodbye(far);
      await socket.read();
      await socket.write(5);
      note(`the peer: ${(await peer.ask("takeTls", { id: far, bytes: 5 })).bytes} bytes`);
    },
  },
  {
    id: "tls-bytes-after-goodbye",
    title: "what comes behind close_notify is nothing (RFC 8446, 6.1)",
    group,
    expected: ["read: null", "read again: null", "closed: clean"],
    async ours({ securePair, peer, step, closed }) {
      const { connection, far } = await securePair("client");
      await peer.goodbye(far);
      await peer.send(far, "more, in plaintext");
      await peer.on(far, "end");
      await step("read", connection.reader.read());
      await step("read again", connection.reader.read());
      void connection.close();
      await closed(connection);
    },
    async raw({ securePair, peer }) {
      const { socket, far } = await securePair("client");
      await peer.goodbye(far);
      await peer.send(far, "more, in plaintext");
      await peer.on(far, "end");
      await socket.readToEnd();
      await socket.read();
    },
  },
  {
    id: "tls-half-close",
    title: "`closeWrite`, then the peer goes on: half-close is close_notify",
    group,
    expected: ["closeWrite: done", "the peer: end", 'read: "late"', "read again: null", "closed: clean"],
    async ours({ securePair, peer, step, note, closed }) {
      const { connection, far } = await securePair("client");
      await step("closeWrite", connection.writer.closeWrite());
      note(`the peer: ${(await peer.fateOfTls(far)).end}`);
      await peer.seal(far, "late");
      await step("read", connection.reader.read());
      await peer.goodbye(far);
      await peer.on(far, "end");
      await step("read again", connection.reader.read());
      await closed(connection);
    },
    async raw({ securePair, peer, note }) {
      const { socket, far } = await securePair("client");
      await socket.closeWrite();
      note(`the peer: ${(await peer.fateOfTls(far)).end}`);
      await peer.seal(far, "late");
      await peer.goodbye(far);
      await peer.on(far, "end");
      await socket.readToEnd();
    },
  },
  {
    id: "tls-close-seen-by-peer",
    title: "what the peer sees of `close`: the last words, and close_notify",
    group,
    expected: ["the peer: end after 10 bytes", "closed: clean"],
    async ours({ securePair, peer, note, closed }) {
      const { connection, far } = await securePair("client");
      void connection.writer.write("last words");
      void connection.close();
      const { end, bytes } = await peer.fateOfTls(far);
      note(`the peer: ${end} after ${bytes} bytes`);
      await peer.goodbye(far);
      await peer.on(far, "end");
      await closed(connection);
    },
    async raw({ securePair, peer, note }) {
      const { socket, far } = await securePair("client");
      await socket.write(10);
      socket.close();
      const { end, bytes } = await peer.fateOfTls(far);
      note(`the peer: ${end} after ${bytes} bytes`);
    },
  },
  {
    id: "tls-unanswered-goodbye",
    title: "`close`, and the peer ends its stream without a close_notify of its own",
    group,
    expected: ["the peer: end", "closed: clean"],
    async ours({ securePair, peer, note, closed }) {
      const { connection, far } = await securePair("client");
      void connection.close();
      note(`the peer: ${(await peer.fateOfTls(far)).end}`);
      await peer.on(far, "end");
      await closed(connection);
    },
    async raw({ securePair, peer, note }) {
      const { socket, far } = await securePair("client");
      await socket.closeWrite();
      note(`the peer: ${(await peer.fateOfTls(far)).end}`);
      await peer.on(far, "end");
      await socket.readToEnd();
    },
  },
  {
    id: "tls-abort-seen-by-peer",
    title: "what the peer sees of `abort`: no goodbye",
    group,
    expected: ["the peer: ECONNRESET"],
    async ours({ securePair, peer, note }) {
      const { connection, far } = await securePair("client");
      connection.abort();
      note(`the peer: ${(await peer.fateOfTls(far)).end}`);
    },
    async raw({ securePair, peer, note }) {
      const { socket, far } = await securePair("client");
      socket.close();
      note(`the peer: ${(await peer.fateOfTls(far)).end}`);
    },
    impossible: { deno: { kind: "no-reset", instead: ["the peer: cut"] }, bun: { kind: "no-tls" } },
  },
];

const local: readonly Condition[] = [
  {
    id: "tls-read-timeout",
    title: "nothing comes, and the read has a `timeout`",
    group,
    expected: [`read: ConnectionAbortedError timeout; read, by local; ${NOTHING}`, "closed: timeout"],
    async ours({ securePair, step, closed }) {
      const { connection } = await securePair("client");
      await step("read", connection.reader.read({ timeout: 50 }));
      await closed(connection);
    },
    async raw({ securePair }) {
      await (await securePair("client")).socket.read();
    },
  },
  {
    id: "tls-read-given-up",
    title: "a read is given up with `keepOpen`, then the data comes",
    group,
    expected: ["read: DOMException TimeoutError", 'read again: "hello"'],
    async ours({ securePair, peer, step }) {
      const { connection, far } = await securePair("client");
      await step("read", connection.reader.read({ timeout: 30, keepOpen: true }));
      await peer.seal(far, "hello");
      await step("read again", connection.reader.read());
    },
    async raw({ securePair, peer }) {
      const { socket, far } = await securePair("client");
      const reading = socket.read();
      await peer.seal(far, "hello");
      await reading;
    },
  },
  {
    id: "tls-write-timeout",
    title: "the peer does not read, and the write has a `timeout`",
    group,
    expected: [
      `write: ConnectionAbortedError timeout; write, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}`,
      "closed: timeout",
    ],
    async ours({ securePair, peer, step, closed }) {
      const { connection, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      const writing = connection.writer.write(new Uint8Array(UPLOAD), { timeout: 60 });
      await step("write", writing, { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ securePair, peer }) {
      const { socket, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      await socket.write(UPLOAD);
    },
  },
  {
    id: "tls-abort-during-write",
    title: "`abort` while a write waits",
    group,
    expected: [
      `write: ConnectionAbortedError closed; write, by local; not retry safe; 0 read, written + unsent = ${UPLOAD}; cause "enough"`,
      "closed: closed",
    ],
    async ours({ securePair, peer, step, closed, hold, rest }) {
      const { connection, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      const writing = hold(connection.writer.write(new Uint8Array(UPLOAD)));
      await rest(30);
      connection.abort("enough");
      await step("write", writing, { accepted: UPLOAD });
      await closed(connection);
    },
    async raw({ securePair, peer, rest }) {
      const { socket, far } = await securePair("client");
      await peer.ask("rest", { id: far });
      const writing = socket.write(UPLOAD);
      await rest(30);
      socket.close();
      await writing;
    },
  },
  {
    id: "tls-signal-while-reading",
    title: "the signal is aborted while a read waits",
    group,
    expected: [
      `read: ConnectionAbortedError signal; read, by local; ${NOTHING}; cause "enough"`,
      "closed: signal",
    ],
    async ours({ securePair, step, closed, hold }) {
      const controller = new AbortController();
      const { connection } = await securePair("client", { options: { signal: controller.signal } });
      const reading = hold(connection.reader.read());
      controller.abort("enough");
      await step("read", reading);
      await closed(connection);
    },
    async raw({ securePair }) {
      const { socket } = await securePair("client");
      const reading = socket.read();
      socket.close();
      await reading;
    },
  },
  ...asEach((role, name): Condition => ({
    id: name("tls-echo"),
    title: `nothing is wrong (${role})`,
    group,
    expected: ["write: done", 'read: "hello"', "protocol: TLSv1.3"],
    async ours({ securePair, peer, step, note }) {
      const { connection, far } = await securePair(role);
      await step("write", connection.writer.write("hello"));
      await peer.ask("takeTls", { id: far, bytes: 5 });
      await peer.seal(far, "hello");
      await step("read", connection.reader.read());
      note(`protocol: ${connection.tls?.protocol}`);
    },
    async raw({ securePair, peer }) {
      const { socket, far } = await securePair(role);
      await socket.write(5);
      await peer.seal(far, "hello");
      await socket.read();
    },
  })),
];

export const tlsStreams: readonly Condition[] = overTls([...local, ...goodbyes, ...resets, ...harmed, ...alerted]);
