/** This side ends it: close, abort, dispose, during every operation. */
import type { Connection } from "../../../mod.ts";
import type { Condition, Ours } from "../condition.ts";

const group = "This side ends it";

const UPLOAD = 8_388_608;
const CLOSED = "ConnectionAbortedError closed";

/** What is under way when this side ends the connection. */
interface Pending {
  readonly name: string;
  /** What must be waiting for it to be pending. */
  readonly clogged?: boolean;
  /** `false`: what was accepted is not sent any more, so a close cannot end in order. */
  readonly operation: string;
  start(connection: Connection): Promise<unknown>;
}

const READS: readonly Pending[] = [
  { name: "read", operation: "read", start: ({ reader }) => reader.read() },
  { name: "readExactly", operation: "read", start: ({ reader }) => reader.readExactly(10) },
  { name: "readLine", operation: "read", start: ({ reader }) => reader.readLine() },
  { name: "iteration", operation: "read", start: (connection) => connection[Symbol.asyncIterator]().next() },
];

const WRITES: readonly Pending[] = [
  { name: "write", operation: "write", start: ({ writer }) => writer.write(new Uint8Array(UPLOAD)) },
  { name: "drain", operation: "write", clogged: true, start: ({ writer }) => writer.drain() },
  { name: "flush", operation: "write", clogged: true, start: ({ writer }) => writer.flush() },
  { name: "closeWrite", operation: "closeWrite", clogged: true, start: ({ writer }) => writer.closeWrite() },
];

/** The ways to end it. */
const WAYS: readonly { name: string; cause: string; end(connection: Connection): unknown }[] = [
  { name: "close", cause: "", end: (connection) => connection.close() },
  { name: "dispose", cause: "", end: (connection) => connection[Symbol.dispose]() },
  { name: "abort", cause: '; cause "enough"', end: (connection) => connection.abort("enough") },
];

/** Starts an operation that cannot complete; wrapped, or `await` would wait for it. */
async function begin(
  { hold, rest }: Ours,
  connection: Connection,
  { clogged, start }: Pending,
): Promise<{ work: Promise<unknown> }> {
  if (clogged) hold(connection.writer.write(new Uint8Array(UPLOAD)));
  const work = hold(start(connection));
  await rest(30);
  return { work };
}

function duringRead(): Condition[] {
  return WAYS.flatMap((way) =>
    READS.map((pending): Condition => ({
      id: `${way.name}-during-${pending.name}`.toLowerCase(),
      title: `\`${way.name}\` while \`${pending.name}\` waits`,
      group,
      expected: [
        `${pending.name}: ${CLOSED}; read, by local; not retry safe; 0 read, 0 written, 0 unsent` +
        (pending.name === "readExactly" ? "; 10 expected" : "") + way.cause,
        `closed: ${way.name === "abort" ? "closed" : "clean"}`,
      ],
      async ours(context) {
        const { connection, far } = await context.pair();
        const { work } = await begin(context, connection, pending);
        way.end(connection);
        await context.step(pending.name, work);
        await context.peer.on(far, "end");
        await context.closed(connection);
      },
      async raw({ pair }) {
        const { socket } = await pair();
        const work = socket.read();
        socket.close();
        await work;
      },
    }))
  );
}

function abortDuringWrite(): Condition[] {
  return WRITES.map((pending): Condition => ({
    id: `abort-during-${pending.name}`.toLowerCase(),
    title: `\`abort\` while \`${pending.name}\` waits for a peer that does not read`,
    group,
    expected: [
      `${pending.name}: ${CLOSED}; ${pending.operation}, by local; not retry safe; 0 read, ` +
      `written + unsent = ${UPLOAD}; cause "enough"`,
      "closed: closed",
    ],
    async ours(context) {
      const { connection } = await context.pair();
      const { work } = await begin(context, connection, pending);
      connection.abort("enough");
      await context.step(pending.name, work, { accepted: UPLOAD });
      await context.closed(connection);
    },
    async raw({ pair, rest }) {
      const { socket } = await pair();
      const work = socket.write(UPLOAD);
      await rest(30);
      socket.close();
      await work;
    },
  }));
}

function closeDuringWrite(way: (typeof WAYS)[number]): Condition[] {
  return WRITES.map((pending): Condition => ({
    id: `${way.name}-during-${pending.name}`.toLowerCase(),
    title: `\`${way.name}\` while \`${pending.name}\` waits, then the peer reads on`,
    group,
    expected: [`${pending.name}: done`, `the peer got ${UPLOAD} bytes, then end`, "closed: clean"],
    async ours(context) {
      const { connection, far } = await context.pair();
      const { work } = await begin(context, connection, pending);
      void way.end(connection);
      const fate = context.peer.on(far, "fate");
      await context.step(pending.name, work);
      const { bytes, end } = await fate;
      context.note(`the peer got ${bytes} bytes, then ${end}`);
      await context.peer.on(far, "end");
      await context.closed(connection);
    },
    async raw({ pair, peer, rest, note }) {
      const { socket, far } = await pair();
      const work = socket.write(UPLOAD);
      await rest(30);
      socket.close();
      const { bytes, end } = await peer.on(far, "fate");
      note(bytes === UPLOAD ? `the peer got all, then ${end}` : `the peer got a part, then ${end}`);
      await work;
    },
  }));
}

export const local: readonly Condition[] = [
  ...duringRead(),
  ...abortDuringWrite(),
  ...WAYS.filter(({ name }) => name !== "abort").flatMap(closeDuringWrite),
  {
    id: "abort-seen-by-peer",
    title: "what the peer sees of `abort`",
    group,
    expected: ["the peer: ECONNRESET"],
    async ours({ pair, peer, note }) {
      const { connection, far } = await pair();
      connection.abort();
      note(`the peer: ${(await peer.on(far, "fate")).end}`);
    },
    async raw({ pair, peer, note }) {
      const { socket, far } = await pair();
      socket.close();
      note(`the peer: ${(await peer.on(far, "fate")).end}`);
    },
    impossible: { deno: { kind: "no-reset", instead: ["the peer: end"] } },
  },
  {
    id: "close-seen-by-peer",
    title: "what the peer sees of `close`, with bytes of its own unread here",
    group,
    expected: ["the peer: end", "closed: clean"],
    async ours({ pair, peer, note, closed, rest }) {
      const { connection, far } = await pair();
      await peer.send(far, 100_000);
      await rest(20);
      void connection.close();
      note(`the peer: ${(await peer.on(far, "fate")).end}`);
      await peer.on(far, "end");
      await closed(connection);
    },
    async raw({ pair, peer, note, rest }) {
      const { socket, far } = await pair();
      await peer.send(far, 100_000);
      await rest(20);
      socket.close();
      note(`the peer: ${(await peer.on(far, "fate")).end}`);
    },
  },
  {
    id: "double-close",
    title: "`close` twice, `abort` after it, both again",
    group,
    expected: ["close: clean", "close again: clean", "close after abort: clean", "dispose: done", "closed: clean"],
    async ours({ pair, peer, step, closed, hold }) {
      const { connection, far } = await pair();
      const outcome = (work: ReturnType<Connection["close"]>): Promise<unknown> =>
        hold(work.then(({ clean }) => clean ? Symbol.for("clean") : Symbol.for("not clean")));
      const [first, second] = [outcome(connection.close()), outcome(connection.close())];
      await peer.on(far, "end");
      await step("close", first);
      await step("close again", second);
      connection.abort();
      await step("close after abort", outcome(connection.close()));
      await step("dispose", connection[Symbol.asyncDispose]());
      await closed(connection);
    },
    async raw({ pair }) {
      const { socket } = await pair();
      socket.close();
      socket.close();
    },
  },
  {
    id: "use-after-close",
    title: "every operation after `close`",
    group,
    expected: useAfter(""),
    async ours(context) {
      const { connection, far } = await context.pair();
      void connection.close();
      await context.peer.on(far, "end");
      await connection.closed;
      await useAll(context, connection);
    },
    async raw({ pair }) {
      const { socket } = await pair();
      socket.close();
      await socket.read();
      await socket.write(1);
      await socket.closeWrite();
    },
  },
  {
    id: "use-after-abort",
    title: "every operation after `abort`",
    group,
    expected: useAfter('; cause "enough"'),
    async ours(context) {
      const { connection } = await context.pair();
      connection.abort("enough");
      await connection.closed;
      await useAll(context, connection);
    },
    async raw({ pair }) {
      const { socket } = await pair();
      socket.close();
      await socket.read();
      await socket.write(1);
    },
  },
];

/** Each operation's own error. */
function useAfter(cause: string): string[] {
  const numbers = `0 read, 0 written, 0 unsent${cause}`;
  return [
    `read: ${CLOSED}; read, by local; not retry safe; ${numbers}`,
    `readLine: ${CLOSED}; read, by local; not retry safe; ${numbers}`,
    `write: ${CLOSED}; write, by local; retry safe; ${numbers}`,
    `drain: ${CLOSED}; write, by local; not retry safe; ${numbers}`,
    `flush: ${CLOSED}; write, by local; not retry safe; ${numbers}`,
    `closeWrite: ${CLOSED}; closeWrite, by local; not retry safe; ${numbers}`,
  ];
}

async function useAll({ step }: Ours, { reader, writer }: Connection): Promise<void> {
  await step("read", reader.read());
  await step("readLine", reader.readLine());
  await step("write", writer.write("x"));
  await step("drain", writer.drain());
  await step("flush", writer.flush());
  await step("closeWrite", writer.closeWrite());
}
