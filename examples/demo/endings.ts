/** Every way a connection can end, lived through for real. */
import { setTimeout as delay } from "node:timers/promises";
import { connect, type Connection, ConnectionError, type DialLimits, formatAddress, listen } from "@hawser/net";
import { MESSAGE, type Scene, SLOW_LINE } from "./protocol.ts";
import type { ServerProcess } from "./server_process.ts";

/** What one ending came to: the facts of the error, and what else was promised. */
export interface Observation {
  readonly reason: string;
  readonly operation: string;
  readonly initiator: string;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly unsentBytes: number;
  /** Absent where no operation failed. */
  readonly retrySafe?: boolean;
  readonly message: string;
  readonly also: readonly Claim[];
}

/** Something that must be true, in words. */
export interface Claim {
  readonly text: string;
  readonly holds: boolean;
}

/** One way to end. */
export interface Ending {
  /** What `--expect` calls it. */
  readonly name: string;
  readonly title: string;
  readonly promised: Pick<Observation, "reason" | "operation" | "initiator">;
  live(stage: Stage): Promise<Observation>;
}

/** Where the endings are played. */
export interface Stage {
  /** Connects to the server and names the scene. */
  dial(scene: Scene, options?: DialLimits): Promise<Connection>;
  /** A second server, to be killed. */
  readonly victim: ServerProcess;
}

/** A chunk to write often; nobody looks at it. */
const block = new Uint8Array(65_536);

/** Never reached: a demo that goes wrong should say so, not hang. */
const PATIENCE = 5_000;

/** Connects to a server of the demo and names the scene. */
export async function dialScene(port: number, scene: Scene, options: DialLimits = {}): Promise<Connection> {
  const connection = await connect({ port, timeout: PATIENCE, readTimeout: PATIENCE, ...options });
  await connection.writer.write(`${scene}\n`);
  await connection.writer.flush(); // Out of the way of the numbers that follow.
  return connection;
}

export const endings: readonly Ending[] = [
  {
    name: "refused",
    title: "nobody listens there",
    promised: { reason: "refused", operation: "connect", initiator: "peer" },
    async live() {
      const listener = await listen({ port: 0 });
      await listener.close(); // Now the port is free, and certainly nobody's.
      return observe(await caught(connect(listener.address)));
    },
  },
  {
    name: "reset",
    title: "the peer resets (RST)",
    promised: { reason: "reset", operation: "read", initiator: "peer" },
    async live({ dial }) {
      await using connection = await dial("reset");
      return observe(await caught(connection.reader.readLine()));
    },
  },
  {
    name: "killed",
    title: "the peer's process is killed in a message",
    promised: { reason: "unexpected-end", operation: "read", initiator: "peer" },
    async live({ victim }) {
      await using connection = await dialScene(victim.port, "half a message");
      const { reader } = connection;
      const length = Number((await reader.readLine({ required: true })).replace("length ", ""));
      await reader.peek(MESSAGE.sent); // It is under way, and stays in the buffer.
      const reading = caught(reader.readExactly(length));
      await victim.kill();
      const error = await reading;
      const partial = ConnectionError.is(error) ? error.partial : undefined;
      return observe(error, {
        text: `error.partial holds the ${count(MESSAGE.sent)} bytes that had come, of ${count(length)}`,
        holds: partial?.length === MESSAGE.sent,
      });
    },
  },
  {
    name: "gone",
    title: "writing to a peer that said goodbye",
    promised: { reason: "broken-pipe", operation: "write", initiator: "peer" },
    async live({ dial }) {
      await using connection = await dial("leave");
      const { reader, writer } = connection;
      const ended = await reader.read() === null;
      return observe(await caught(keepTalking(writer)), { text: "its end of stream was seen first", holds: ended });
    },
  },
  {
    name: "read-timeout",
    title: "an answer does not come in time",
    promised: { reason: "timeout", operation: "read", initiator: "local" },
    async live({ dial }) {
      await using connection = await dial("silent");
      return observe(await caught(connection.reader.readLine({ timeout: 150 })));
    },
  },
  {
    name: "write-timeout",
    title: "the peer does not read",
    promised: { reason: "timeout", operation: "write", initiator: "local" },
    async live({ dial }) {
      await using connection = await dial("deaf", { writeTimeout: 150 });
      const error = await caught(keepWriting(connection));
      return observe(error, {
        text: "what was accepted and never sent is counted",
        holds: ConnectionError.is(error) && error.unsentBytes > 0,
      });
    },
  },
  {
    name: "signal",
    title: "an AbortSignal",
    promised: { reason: "signal", operation: "read", initiator: "local" },
    async live({ dial }) {
      const controller = new AbortController();
      await using connection = await dial("silent");
      const reading = caught(connection.reader.readLine({ signal: controller.signal }));
      controller.abort(new Error("the user pressed Escape"));
      const error = await reading;
      return observe(error, {
        text: "error.cause is exactly signal.reason",
        holds: error instanceof Error && error.cause === controller.signal.reason,
      });
    },
  },
  {
    name: "closed",
    title: "close() while a read waits",
    promised: { reason: "closed", operation: "read", initiator: "local" },
    async live({ dial }) {
      await using connection = await dial("silent");
      const reading = caught(connection.reader.readLine());
      await connection.close();
      return observe(await reading);
    },
  },
  {
    name: "overflow",
    title: "writing without waiting to a deaf peer",
    promised: { reason: "overflow", operation: "write", initiator: "local" },
    async live({ dial }) {
      await using connection = await dial("deaf", { writeBufferLimit: 1_048_576 });
      return observe(await caught(writeWithoutWaiting(connection)));
    },
  },
  {
    name: "heartbeat",
    title: "no ending: a heartbeat with keepOpen",
    promised: { reason: "TimeoutError", operation: "read", initiator: "local" },
    async live({ dial }) {
      await using connection = await dial("slow line");
      const { line, timeouts } = await readWithHeartbeat(connection);
      const { name, message } = timeouts.at(-1)!;
      const { bytesRead, bytesWritten, writer: { unsentBytes } } = connection;
      return {
        ...{ reason: name, operation: "read", initiator: "local", bytesRead, bytesWritten, unsentBytes, message },
        also: [{
          text: `given up and repeated ${timeouts.length} times, then the whole line came: "${line}"`,
          holds: line === SLOW_LINE.halves.join("") && timeouts.length === SLOW_LINE.heartbeats,
        }],
      };
    },
  },
  {
    name: "goodbye",
    title: "close() in order",
    promised: { reason: "clean", operation: "close", initiator: "local" },
    async live({ dial }) {
      await using connection = await dial("echo");
      await connection.writer.write("goodbye\n");
      const answer = await connection.reader.readLine();
      const { clean, peerEnded, error, ...numbers } = await connection.close();
      return {
        ...{ reason: clean ? "clean" : error?.reason ?? "lost bytes", operation: "close", initiator: "local" },
        ...numbers,
        message: `Closed ${formatAddress(connection.remoteAddress)} in order: everything was sent and answered`,
        also: [{
          text: "the answer was read, and the peer's end of stream was seen",
          holds: answer === "goodbye" && peerEnded,
        }],
      };
    },
  },
];

/** What a promise rejects with. */
async function caught(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("Cannot show the error: there was none");
}

/** The facts of an error; one that is not a connection's is a bug, and thrown. */
function observe(error: unknown, ...also: Claim[]): Observation {
  if (!ConnectionError.is(error)) throw error;
  const { reason, operation, initiator, bytesRead, bytesWritten, unsentBytes, retrySafe, message } = error;
  return { reason, operation, initiator, bytesRead, bytesWritten, unsentBytes, retrySafe, message, also };
}

const count = (bytes: number): string => bytes.toLocaleString("en-US");

/** The first write to a peer that is gone succeeds: only the answer to it tells. */
async function keepTalking(writer: Connection["writer"]): Promise<void> {
  for (let i = 0; i < 500; i++) {
    await writer.write("is anybody there?\n");
    await writer.flush();
    await delay(2);
  }
}

/** The kernels of both ends take some megabytes before a peer that does not read is felt. */
async function keepWriting({ writer }: Connection): Promise<void> {
  for (let i = 0; i < 2_000; i++) await writer.write(block);
}

/** A producer that forgets to await. Resolves as its last write does. */
async function writeWithoutWaiting({ writer, signal }: Connection): Promise<void> {
  let last = Promise.resolve();
  for (let i = 0; i < 2_000 && !signal.aborted; i++) {
    last = writer.write(block);
    await delay(1);
  }
  await last;
}

/** Each time the line is late, says that this side still lives, and waits on. */
async function readWithHeartbeat({ reader, writer }: Connection): Promise<{ line: string; timeouts: Error[] }> {
  const timeouts: Error[] = [];
  for (;;) {
    try {
      return { line: await reader.readLine({ timeout: 50, keepOpen: true, required: true }), timeouts };
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
      timeouts.push(error);
      await writer.write("still here\n");
    }
  }
}
