/** The caller's signal, with every kind of reason. */
import type { Condition } from "../condition.ts";
import { clogBacklog } from "./dials.ts";

const group = "The caller's signal";

interface Reason {
  readonly name: string;
  /** What is made of it. */
  readonly told: string;
  readonly cause: string;
  signal(): { signal: AbortSignal; abort(): void };
}

function controlled(reason?: unknown): () => { signal: AbortSignal; abort(): void } {
  return () => {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort(reason) };
  };
}

const REASONS: readonly Reason[] = [
  { name: "string", told: "signal", cause: 'cause "stop"', signal: controlled("stop") },
  { name: "undefined", told: "signal", cause: "cause DOMException AbortError", signal: controlled() },
  {
    name: "domexception",
    told: "signal",
    cause: "cause DOMException DataCloneError",
    signal: controlled(new DOMException("mine", "DataCloneError")),
  },
  {
    name: "timeout",
    told: "timeout",
    cause: "cause DOMException TimeoutError",
    signal: () => ({ signal: AbortSignal.timeout(60), abort: () => {} }),
  },
];

function onRead({ name, told, cause, signal: make }: Reason): Condition {
  const end = `read, by local; not retry safe; 0 read, 0 written, 0 unsent; ${cause}`;
  return {
    id: `signal-${name}-on-read`,
    title: `a signal with reason ${name} ends a read`,
    group,
    expected: [
      `read: ConnectionAbortedError ${told}; ${end}`,
      `read again: ConnectionAbortedError ${told}; ${end}`,
      `closed: ${told}`,
    ],
    async ours({ pair, step, hold, rest, closed }) {
      const { connection } = await pair();
      const { signal, abort } = make();
      const reading = hold(connection.reader.read({ signal }));
      await rest(20);
      abort();
      await step("read", reading);
      await step("read again", connection.reader.read());
      await closed(connection);
    },
    async raw({ pair }) {
      const { socket } = await pair();
      const reading = socket.read();
      socket.close();
      await reading;
    },
  };
}

function onWrite({ name, told, cause, signal: make }: Reason): Condition {
  const counts = `0 read, written + unsent = 8388608; ${cause}`;
  return {
    id: `signal-${name}-on-write`,
    title: `a signal with reason ${name} ends a write`,
    group,
    expected: [
      `write: ConnectionAbortedError ${told}; write, by local; not retry safe; ${counts}`,
      `closed: ${told}`,
    ],
    async ours({ pair, step, hold, rest, closed }) {
      const { connection } = await pair();
      const { signal, abort } = make();
      const writing = hold(connection.writer.write(new Uint8Array(8_388_608), { signal }));
      await rest(20);
      abort();
      await step("write", writing, { accepted: 8_388_608 });
      await closed(connection);
    },
    async raw({ pair, rest }) {
      const { socket } = await pair();
      const writing = socket.write(8_388_608);
      await rest(20);
      socket.close();
      await writing;
    },
  };
}

function onConnect({ name, told, cause, signal: make }: Reason): Condition {
  return {
    id: `signal-${name}-on-connect`,
    title: `a signal with reason ${name} ends a dial that nobody answers`,
    group,
    expected: [`connect: ConnectionAbortedError ${told}; connect, by local; retry safe; ${cause}`],
    async ours(context) {
      const { peer, connect, step, hold, rest } = context;
      const port = await clogBacklog(context);
      const { signal, abort } = make();
      const dialling = hold(connect({ port }, { signal }));
      await rest(20);
      abort();
      await step("connect", dialling);
      peer.resume();
    },
    async raw(context) {
      const { peer, dial, rest } = context;
      const port = await clogBacklog(context);
      const { signal, abort } = make();
      const dialling = dial({ port }, signal);
      await rest(20);
      abort();
      await dialling;
      peer.resume();
    },
  };
}

function onAccept({ name, cause, signal: make }: Reason): Condition {
  return {
    id: `signal-${name}-on-accept`,
    title: `a signal with reason ${name} ends an accept; the next one gets who comes`,
    group,
    expected: [`accept: ${cause.replace("cause ", "")}`, "accept again: a connection"],
    async ours({ peer, listen, step, hold, rest }) {
      const listener = await listen({ port: 0 });
      const { signal, abort } = make();
      const accepting = hold(listener.accept({ signal }));
      await rest(20);
      abort();
      await step("accept", accepting);
      await peer.dial({ port: (listener.address as { port: number }).port });
      const next = listener.accept().then((connection) => {
        connection.abort();
        return Symbol.for("a connection");
      });
      await step("accept again", next);
    },
    async raw({ listen }) {
      const listener = await listen({ port: 0 });
      const accepting = listener!.accept();
      listener!.close();
      await accepting;
    },
  };
}

/** Counts as aborted during the call, though the bytes are at hand. */
function before({ name, told, cause }: Reason): Condition {
  const reasons: Record<string, unknown> = {
    string: "stop",
    domexception: new DOMException("mine", "DataCloneError"),
    timeout: new DOMException("late", "TimeoutError"),
  };
  const aborted = (): AbortSignal => AbortSignal.abort(reasons[name]);
  const counts = `5 read, 0 written, 0 unsent; ${cause}`;
  return {
    id: `signal-${name}-aborted-before`,
    title: `a signal with reason ${name}, aborted before: a read with bytes at hand, a write`,
    group,
    expected: [
      `kept open: ${cause.replace("cause ", "")}`,
      `read: ConnectionAbortedError ${told}; read, by local; not retry safe; ${counts}`,
      `write: ConnectionAbortedError ${told}; write, by local; retry safe; ${counts}`,
      `write on another: ConnectionAbortedError ${told}; write, by local; retry safe; 0 read, 0 written, 0 unsent; ${cause}`,
    ],
    async ours({ pair, peer, step }) {
      const { connection, far } = await pair();
      await peer.send(far, "hello");
      await connection.reader.ready();
      await step("kept open", connection.reader.read({ signal: aborted(), keepOpen: true }));
      await step("read", connection.reader.read({ signal: aborted() }));
      await step("write", connection.writer.write("x"));
      const other = await pair();
      await step("write on another", other.connection.writer.write("x", { signal: aborted() }));
    },
    async raw({ pair }) {
      const { socket } = await pair();
      socket.close();
      await socket.read();
      await socket.write(1);
    },
  };
}

function onConnection({ name, told, cause, signal: make }: Reason): Condition {
  const end = `by local; not retry safe; 0 read, 0 written, 0 unsent; ${cause}`;
  return {
    id: `signal-${name}-on-connection`,
    title: `a signal with reason ${name}, given to \`connect\`, ends the connection`,
    group,
    expected: [`read: ConnectionAbortedError ${told}; read, ${end}`, `closed: ${told}`],
    async ours({ pair, step, hold, rest, closed }) {
      const { signal, abort } = make();
      const { connection } = await pair({ signal });
      const reading = hold(connection.reader.read());
      await rest(20);
      abort();
      await step("read", reading);
      await closed(connection);
    },
    async raw({ peer, dial, rest }) {
      const { port } = await peer.listen();
      const { signal, abort } = make();
      const socket = await dial({ port }, signal);
      const reading = socket!.read();
      await rest(20);
      abort();
      await reading;
    },
  };
}

export const signals: readonly Condition[] = [
  ...REASONS.map(onRead),
  ...REASONS.map(onWrite),
  ...REASONS.map(onConnect),
  ...REASONS.map(onAccept),
  ...REASONS.map(onConnection),
  ...REASONS.map(before),
];
